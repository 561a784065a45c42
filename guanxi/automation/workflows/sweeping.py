"""What the clock starts: dates, schedules, conditions that have lasted. Each minute, in each workspace."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from cronsim import CronSim
from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError
from django.utils import timezone

from guanxi.automation.workflows.matching import (
    Rule,
    acting,
    book_of_workspace,
    holding_ids,
    why_idle,
    workspace_zone,
)
from guanxi.automation.workflows.models import Holding, Run
from guanxi.automation.workflows.recipe import MOST_LOOPED, earlier
from guanxi.automation.workflows.running import run_of, start_runs
from guanxi.automation.workflows.trouble import failing_ids, note_failure, note_success
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import Filter, compile_filter
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.trash.asking import not_trashed

_log = logging.getLogger(__name__)
AT_ONCE = 200  # runs that one workflow begins in a minute; the next minute takes the next
_MOST_READ = 5_000
_BEHIND = timedelta(days=2)  # dates that were missed (a standstill) are made up for as long as this


def sweep_clock(now: datetime) -> int:
    """Start what is due, in the chosen workspace; returns how many runs."""
    book, failing = book_of_workspace(), failing_ids()
    return sum(
        _sweep(rule, now, failing=rule.id in failing) for rule in book.rules.values() if rule.kind in _SWEEPS
    )


def sweep_runs(now: datetime) -> int:
    """Runs whose time has come, and those that nobody goes on with: their job was lost."""
    from guanxi.automation.workflows.jobs import advance_runs, call_outside

    due = Run.objects.filter(state=Run.State.WAITING, next_at__lte=now).order_by("next_at")[:500]
    left = Run.objects.filter(state=Run.State.READY, ended_at=None, begun_at__lt=now - timedelta(minutes=1))[
        :500
    ]
    for run in due:
        (call_outside.enqueue(run_id=run.pk) if run.attempts else advance_runs.enqueue(run_ids=[run.pk]))
    for run in left:
        advance_runs.enqueue(run_ids=[run.pk])
    return len(due) + len(left)


def _sweep(rule: Rule, now: datetime, *, failing: bool) -> int:
    """One workflow's fault must not stop the others: it is shown at the workflow, which is tried again."""
    if why := why_idle(rule):
        note_failure(rule.id, why)
        return 0
    try:
        with transaction.atomic():
            begun = len(start_runs(_SWEEPS[rule.kind](rule, now)))
        if failing:
            note_success(rule.id)
        return begun
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:
        _log.exception("workflow %s by the clock", rule.id)
        note_failure(rule.id, str(problem) or repr(problem))
        return 0


def _by_date(rule: Rule, now: datetime) -> list[Run]:
    """Records whose date, so many days on, has come since it was switched on."""
    when, zone = rule.recipe["when"], workspace_zone()
    field = registry.get(rule.object)[when["field"]]
    days = timedelta(days=when["days"])
    since = max(rule.on_at, now - _BEHIND)
    name = field.expression("r")
    if field.type == "datetime":
        bounds: tuple[Any, Any] = (field.bound(since - days), field.bound(now - days))
        return _due(rule, Sql(f"{name} > %s AND {name} <= %s", bounds), name, by_moment=not field.own)
    at, local, begun = time.fromisoformat(when["at"]), now.astimezone(zone), since.astimezone(zone)
    # The last day whose hour has come, and the first whose hour came after it was switched on.
    last = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    first = begun.date() if begun.time() <= at else begun.date() + timedelta(days=1)
    bounds = (field.bound(first - days), field.bound(last - days))
    return _due(rule, Sql(f"{name} >= %s AND {name} <= %s", bounds), name, by_moment=False)


def _held(rule: Rule, now: datetime) -> list[Run]:
    """Records of which the condition has lasted long enough, each once for each time that it began."""
    when = rule.recipe["when"]
    until = earlier(now, when["for"])
    if when.get("since"):
        obj = registry.get(rule.object)
        fields = [obj[name] for name in when["since"]]
        names = [one.expression("r") for one in fields]
        since = f"COALESCE({', '.join(names)})" if len(names) > 1 else names[0]
        own = any(one.own for one in fields)
        return _due(rule, Sql(f"{since} <= %s", (fields[0].bound(until),)), since, by_moment=not own)
    lasting = list(
        Holding.objects.filter(workflow_id=rule.id, done_at=None, since__lte=until).order_by("since")[
            :AT_ONCE
        ]
    )
    obj = registry.get(rule.object)
    by = acting(rule.acts_as, rule.title)
    ids = [one.record_id for one in lasting]
    holding = holding_ids(obj, rule.filter, rule.recipe.get("formula", ""), by=by, among=ids)
    Holding.objects.filter(pk__in=[one.pk for one in lasting]).update(done_at=now)
    return _runs(
        rule,
        [
            (one.record_id, f"held {one.record_id} {one.since.isoformat()}", one.since)
            for one in lasting
            if one.record_id in holding
        ],
    )


def _by_schedule(rule: Rule, now: datetime) -> list[Run]:
    """The last time of the clock table that has passed; once, however many were missed."""
    zone = workspace_zone()
    since = max(rule.on_at, now - _BEHIND)
    last: datetime | None = None
    for moment in CronSim(rule.recipe["when"]["cron"], since.astimezone(zone)):
        if moment.astimezone(UTC) > now:
            break
        last = moment.astimezone(UTC)
    if last is None:
        return []
    if not rule.recipe.get("if") and not rule.recipe.get("formula"):
        return _runs(rule, [(0, f"clock {last.isoformat()}", last)])
    ids = matching_ids(rule, limit=MOST_LOOPED)
    return _runs(rule, [(one, f"clock {last.isoformat()} {one}", last) for one in ids])


_SWEEPS = {"date": _by_date, "held": _held, "schedule": _by_schedule}


def matching_ids(rule: Rule, *, limit: int, more: Sql | None = None, order: str = "r.id") -> list[int]:
    """Records of which the workflow's condition holds now."""
    obj = registry.get(rule.object)
    by = acting(rule.acts_as, rule.title)
    where = _where(rule, obj, more)
    rows = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {where.text} ORDER BY {order} LIMIT {limit}', where.params
    )
    ids = [row[0] for row in rows]
    formula = rule.recipe.get("formula", "")
    if not formula:
        return ids
    kept = holding_ids(obj, rule.filter, formula, by=by, among=ids)
    return [one for one in ids if one in kept]


def ids_where(obj: Object, tree: Filter, *, by: Actor, limit: int) -> list[int]:
    """Records that meet a filter, for an actor."""
    where = _conditions(obj, tree, by, None)
    rows = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {where.text} ORDER BY r.id LIMIT {limit}', where.params
    )
    return [row[0] for row in rows]


def count_matching(rule: Rule) -> int:
    """How many records meet the condition now, its formula aside."""
    obj = registry.get(rule.object)
    where = _where(rule, obj, None)
    return int(fetch(f'SELECT COUNT(*) FROM "{obj.table}" r WHERE {where.text}', where.params)[0][0])


def _where(rule: Rule, obj: Object, more: Sql | None) -> Sql:
    return _conditions(obj, rule.filter, acting(rule.acts_as, rule.title), more)


def _conditions(obj: Object, tree: Filter, by: Actor, more: Sql | None) -> Sql:
    asked = compile_filter(tree, obj, by=by, context=field_context(by), vendor=connection.vendor)
    parts = [
        row_rule(obj, by),
        Sql(f"({asked.text})", asked.params),
        not_trashed(obj),
        Sql("r.archived_at IS NULL"),
        *([more] if more is not None else []),
    ]
    return Sql(" AND ".join(one.text for one in parts), tuple(value for one in parts for value in one.params))


def _due(rule: Rule, due: Sql, moment: str, *, by_moment: bool) -> list[Run]:
    """Runs for records that are due; for those that have had one for this very moment, no other.

    by_moment   the database compares the moments; else (days, own fields) all that are due are read
    """
    obj = registry.get(rule.object)
    where = _where(rule, obj, due)
    params: tuple[Any, ...] = where.params
    text = where.text
    if by_moment:
        text += (
            " AND NOT EXISTS (SELECT 1 FROM automation_run x WHERE x.workspace_id = r.workspace_id"
            f" AND x.workflow_id = %s AND x.record_id = r.id AND x.moment = {moment})"
        )
        params += (rule.id,)
    rows = fetch(
        f'SELECT r.id, {moment} FROM "{obj.table}" r WHERE {text} ORDER BY {moment} DESC LIMIT {_MOST_READ}',
        params,
    )
    due_at = {row[0]: _moment(row[1]) for row in rows}
    if rule.recipe.get("formula"):
        by = acting(rule.acts_as, rule.title)
        kept = holding_ids(obj, rule.filter, rule.recipe["formula"], by=by, among=list(due_at))
        due_at = {key: at for key, at in due_at.items() if key in kept}
    once = {key: f"due {key} {at.isoformat()}" for key, at in due_at.items()}
    had = set(
        Run.objects.filter(workflow_id=rule.id, record_id__in=due_at, once__in=once.values()).values_list(
            "record_id", flat=True
        )
    )
    fresh = [key for key in due_at if key not in had]
    if most := rule.recipe.get("most_a_day"):
        fresh = _within(rule, obj, fresh, most)
    fresh = fresh[:AT_ONCE]
    return _runs(rule, [(key, once[key], due_at[key]) for key in fresh])


def _within(rule: Rule, obj: Object, ids: list[int], most: int) -> list[int]:
    """Of these records so many that no owner has more than `most` in a day."""
    if not obj.owned or not ids:
        return ids[:most]
    begin = datetime.combine(timezone.now().astimezone(workspace_zone()).date(), time(), workspace_zone())
    today = Run.objects.filter(workflow_id=rule.id, begun_at__gte=begin).values_list("record_id", flat=True)
    counts = Counter(obj.rows().filter(pk__in=list(today[:10_000])).values_list("owner_id", flat=True))
    owners = dict(obj.rows().filter(pk__in=ids).values_list("pk", "owner_id"))
    kept = []
    for one in ids:
        counts[owners.get(one)] += 1
        if counts[owners.get(one)] <= most:
            kept.append(one)
    return kept


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC)


def _runs(rule: Rule, due: Sequence[tuple[int, str, datetime]]) -> list[Run]:
    """Runs for (record, once, moment); what the records are called is asked once for all of them."""
    ids = [record_id for record_id, _once, _at in due if record_id]
    rows = registry.get(rule.object).rows().filter(pk__in=ids) if ids else ()
    titles = {one.pk: str(one)[:300] for one in rows}
    return [
        run_of(
            rule.id,
            rule.version,
            object=rule.object,
            record_id=record_id,
            title=titles.get(record_id, ""),
            once=once,
            moment=moment,
            workflow_title=rule.title,
        )
        for record_id, once, moment in due
    ]


def remember_holdings(rule: Rule) -> None:
    """When it is switched on: what meets the condition now counts from now."""
    now = timezone.now()
    ids: Sequence[int] = matching_ids(rule, limit=100_000)
    Holding.objects.bulk_create(
        [Holding(workflow_id=rule.id, object=rule.object, record_id=one, since=now) for one in ids],
        ignore_conflicts=True,
        batch_size=1_000,
    )


def due_between(
    rule: Rule, names: Sequence[str], low: datetime, high: datetime
) -> list[tuple[int, datetime]]:
    """(record, moment) of those that meet the condition now and whose moment lies between: for dry runs."""
    obj = registry.get(rule.object)
    fields = [obj[name] for name in names]
    expressions = [one.expression("r") for one in fields]
    moment = f"COALESCE({', '.join(expressions)})" if len(fields) > 1 else expressions[0]
    first = fields[0]
    bounds = (low, high) if first.type == "datetime" else (low.date(), high.date())
    due = Sql(f"{moment} > %s AND {moment} <= %s", tuple(first.bound(one) for one in bounds))
    where = _where(rule, obj, due)
    rows = fetch(
        f'SELECT r.id, {moment} FROM "{obj.table}" r WHERE {where.text} LIMIT {_MOST_READ}', where.params
    )
    return [(key, _moment(value)) for key, value in rows]
