"""A rule replayed on what has happened: which records it would have taken, from whom, what was won after.

Replayed are contacts (the timeline), owners (facts) and deals; the filter is asked of the records as they are
now, because most of what it asks has no history worth the wait.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.holidays import is_working_day
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.fields.time import today
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, conditions
from guanxi.platform.records.sql import fetch, fetch_value
from guanxi.platform.records.writing import clean_values
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.home import today_here
from guanxi.platform.tenancy.models import Workspace
from guanxi.sales.contracts.models import Contract
from guanxi.sales.deals.models import Deal
from guanxi.sales.pools.holding import members_of
from guanxi.sales.pools.models import Pool, PoolRule
from guanxi.sales.pools.objects import POOL_RULE
from guanxi.sales.pools.recycling import ENDING, LASTING, OPEN_LEADS, back, condition

DAYS = 92
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Taken:
    """A record that the rule would have taken: when, from whom, and what was won with it afterwards."""

    record_id: int
    title: str
    owner_id: int
    on: date
    won: int = 0
    amount: Decimal = Decimal(0)


@dataclass(slots=True)
class Replay:
    """What a rule would have done between two days.

    looked_at   records whose history was replayed
    by_owner    member → how many would have gone
    won, amount what was won later with those that would have gone, in the workspace's currency
    """

    start: date
    end: date
    looked_at: int = 0
    taken: list[Taken] = field(default_factory=list)
    by_owner: dict[int, int] = field(default_factory=dict)

    def told(self, most: int) -> dict[str, Any]:
        """As JSON, with the first `most` of what would have gone."""
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "looked_at": self.looked_at,
            "count": len(self.taken),
            "won": self.won,
            "amount": str(self.amount),
            "by_owner": [[str(key), count] for key, count in self.by_owner.items()],
            "taken": [
                [
                    str(one.record_id),
                    one.title,
                    str(one.owner_id),
                    one.on.isoformat(),
                    one.won,
                    str(one.amount),
                ]
                for one in self.taken[:most]
            ],
        }

    @property
    def won(self) -> int:
        return sum(one.won for one in self.taken)

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.taken), Decimal(0))


@dataclass(slots=True)
class _Past:
    """One record's history as far as rules ask for it.

    owners     (since, owner) in their order: whose it was from that day
    contracts  (last day, made on): what it had, or was to have
    """

    title: str
    day: date | None
    owners: list[tuple[date, int | None]]
    touches: list[date] = field(default_factory=list)
    deals: list[date] = field(default_factory=list)
    wins: list[tuple[date, Decimal]] = field(default_factory=list)
    contracts: list[tuple[date, date]] = field(default_factory=list)


def draft_rule(pool: Pool, values: Mapping[str, Any], *, by: Actor) -> PoolRule:
    """The rule as it was typed, not saved, checked as far as it can be; raises InvalidValues."""
    context = field_context(by)
    cleaned = clean_values(POOL_RULE, {**values, "pool": pool.pk}, by=by, context=context, creating=True)
    draft = PoolRule()
    for name, value in cleaned.items():
        POOL_RULE[name].put(draft, value)
    draft.pool = pool
    draft.verify(set(cleaned))
    with transaction.atomic():
        condition(draft, registry.get(pool.holds), members_of(pool) or {0}, today=today(context))
    return draft


def replay(rule: PoolRule, *, end: date | None = None, days: int = DAYS) -> Replay:
    """Replay a rule, saved or not, over the days before `end` (today)."""
    end = end or today_here()
    found = Replay(start=end - timedelta(days=days), end=end)
    obj, members = registry.get(rule.pool.holds), members_of(rule.pool)
    calendar, total = _Calendar(rule), _count(obj, rule)
    for some in _in_parts(obj, rule):
        report_progress(found.looked_at, total)
        past = _read(obj, some, rule, found.start)
        found.looked_at += len(past)
        for record_id, one in past.items():
            taken = _taken(one, rule, members, calendar, found)
            if taken is not None:
                on, owner_id = taken
                after = [amount for day, amount in one.wins if on <= day]
                found.taken.append(
                    Taken(record_id, one.title, owner_id, on, len(after), sum(after, Decimal(0)))
                )
                found.by_owner[owner_id] = found.by_owner.get(owner_id, 0) + 1
    found.taken.sort(key=lambda one: (-one.amount, one.on, one.record_id))
    return found


def _taken(
    one: _Past, rule: PoolRule, members: Collection[int], calendar: _Calendar, span: Replay
) -> tuple[date, int] | None:
    """The first day in the span on which the rule would have taken the record, and from whom."""
    for at, (since, owner_id) in enumerate(one.owners):
        if owner_id is None or owner_id not in members:
            continue
        until = one.owners[at + 1][0] if at + 1 < len(one.owners) else span.end
        for on in _ripe(one, rule, since, until, calendar):
            day = max(on, span.start)
            if day >= until or day > span.end:
                continue
            if (
                rule.keep_won
                and rule.kind != PoolRule.Kind.CONTRACT
                and any(won <= day for won, _amount in one.wins)
            ):
                return None
            return day, owner_id
    return None


def _ripe(one: _Past, rule: PoolRule, since: date, until: date, calendar: _Calendar) -> Iterator[date]:
    """Days on which the rule would take what has been somebody's since a day, the first ones first."""
    if rule.kind == PoolRule.Kind.DATE:
        if one.day is not None:
            yield max(since, calendar.ahead(one.day, rule.days))
        return
    if rule.kind == PoolRule.Kind.CONTRACT:
        for last, _made in (each for each in one.contracts if each[0] < date.max):
            ripe = max(calendar.ahead(last, -rule.days), calendar.ahead(since, rule.days))
            if not any(later > last and made <= ripe for later, made in one.contracts):
                yield ripe
        return
    if rule.kind == PoolRule.Kind.NO_DEAL:
        made = next((day for day in one.deals if day >= since), None)
        ripe = calendar.ahead(since, rule.days)
        if made is None or made > ripe:
            yield ripe
        return
    last = since
    for touch in [*one.touches[bisect_right(one.touches, since) :], until]:
        ripe = calendar.ahead(last, rule.days)
        if ripe < touch:
            yield ripe
        last = touch


class _Calendar:
    """Days ahead, working ones where the rule asks; each is worked out once."""

    def __init__(self, rule: PoolRule) -> None:
        self._working = rule.work_days
        self._country = Workspace.objects.values_list("country", flat=True).get(pk=require_workspace_id())
        self._known: dict[tuple[date, int], date] = {}

    def ahead(self, day: date, days: int) -> date:
        """The first day on which so many days are over; the day itself, where they are before it."""
        if days < 0:
            return back(day, -days, self._working)
        if not self._working:
            return day + timedelta(days=days + 1)
        key = (day, days)
        if key not in self._known:
            found, left = day, days
            while left > 0:
                found += timedelta(days=1)
                left -= is_working_day(found, self._country)
            self._known[key] = found + timedelta(days=1)
        return self._known[key]


def _meant(obj: Object, rule: PoolRule) -> Sql:
    """The records that the rule is about."""
    by = system_actor(require_workspace_id(), "Guanxi")
    where = conditions(ListQuery(obj=obj, columns=(), filter=parse_filter(rule.filter or "")), by=by)
    if obj.name == "lead":
        marks = ", ".join(["%s"] * len(OPEN_LEADS))
        where = Sql(f"{where.text} AND r.status IN ({marks})", (*where.params, *OPEN_LEADS))
    return where


def _count(obj: Object, rule: PoolRule) -> int:
    where = _meant(obj, rule)
    return int(fetch_value(f'SELECT count(*) FROM "{obj.table}" r WHERE {where.text}', where.params))


def _in_parts(obj: Object, rule: PoolRule) -> Iterator[list[tuple[int, str, datetime, int | None]]]:
    """(id, title, made, owner) of the records that the rule is about, some at a time."""
    where, after = _meant(obj, rule), 0
    while True:
        rows = fetch(
            f'SELECT r.id, r.name, r.created_at, r.owner_id FROM "{obj.table}" r'
            f" WHERE {where.text} AND r.id > %s ORDER BY r.id LIMIT {AT_ONCE}",
            (*where.params, after),
        )
        if not rows:
            return
        yield list(rows)
        after = rows[-1][0]


def _read(
    obj: Object, rows: Sequence[tuple[int, str, datetime, int | None]], rule: PoolRule, start: date
) -> dict[int, _Past]:
    ids = [row[0] for row in rows]
    owners = _owners(obj, rows, ids, start)
    past = {row[0]: _Past(row[1], None, owners[row[0]]) for row in rows}
    if rule.kind == PoolRule.Kind.DATE:
        attribute = obj[rule.date_field or ""]
        for record in obj.rows().filter(pk__in=ids):
            value = attribute.get(record)
            past[record.pk].day = value.date() if isinstance(value, datetime) else value
    if rule.kind == PoolRule.Kind.SILENT:
        entries = TimelineEntry.objects.filter(object=obj.name, record_id__in=ids)
        touched = entries.exclude(incoming=0, outgoing=0).order_by("at").values_list("record_id", "at")
        for record_id, at in touched:
            past[record_id].touches.append(at.date())
    if rule.kind == PoolRule.Kind.CONTRACT:
        states = {*ENDING, *LASTING}
        there = Contract.objects.filter(company_id__in=ids, archived_at=None, status__in=states)
        for company_id, last, made in there.order_by("runs_until").values_list(
            "company_id", "runs_until", "created_at"
        ):
            past[company_id or 0].contracts.append((last or date.max, made.date()))
    if obj.name == "company":
        deals = Deal.objects.filter(company_id__in=ids, archived_at=None).order_by("created_at")
        for company_id, made, status, closed, amount in deals.values_list(
            "company_id", "created_at", "status", "closed_on", "amount_base"
        ):
            past[company_id or 0].deals.append(made.date())
            if status == "won" and closed:
                past[company_id or 0].wins.append((closed, amount or Decimal(0)))
    return past


def _owners(
    obj: Object, rows: Sequence[tuple[int, str, datetime, int | None]], ids: Sequence[int], start: date
) -> dict[int, list[tuple[date, int | None]]]:
    """Whose each record was: what facts say of owners since the start, backwards from whose it is now."""
    now = {record_id: owner_id for record_id, _title, _made, owner_id in rows}
    made = {record_id: _day(moment) for record_id, _title, moment, _owner in rows}
    begin = datetime.combine(start - timedelta(days=400), time(), UTC)
    facts = Fact.objects.filter(object=obj.name, record_id__in=ids, at__gte=begin).order_by("-pk")
    found: dict[int, list[tuple[date, int | None]]] = defaultdict(list)
    for record_id, at, changes in facts.values_list("record_id", "at", "changes"):
        pair = changes.get("owner")
        if pair is not None:
            found[record_id].append((at.date(), now[record_id]))
            now[record_id] = int(pair[0]) if pair[0] else None
    told: dict[int, list[tuple[date, int | None]]] = {}
    for record_id in ids:
        later = found[record_id][::-1]
        begun = not later or later[0][0] > made[record_id]
        told[record_id] = [(made[record_id], now[record_id]), *later] if begun else later
    return told


def _day(moment: datetime | str) -> date:
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).date()
