"""What a workflow would have done: its conditions asked of the past, as the facts tell it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cronsim import CronSim
from django.utils import timezone

from guanxi.automation.workflows.conditions import Answer, find_linked, predicate
from guanxi.automation.workflows.matching import Rule, acting, holding_ids, rule_of, workspace_zone
from guanxi.automation.workflows.models import Workflow
from guanxi.automation.workflows.recipe import earlier
from guanxi.automation.workflows.sweeping import due_between, matching_ids
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.queries import MemberRef, member_names
from guanxi.platform.metadata import registry
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import All, Condition, parse_filter
from guanxi.platform.records.writing import told

MOST_FACTS = 20_000
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Would:
    """One run that there would have been."""

    record_id: int
    title: str
    owner: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dry:
    """count: how often it would have run; most: on one day for one owner; whole: no fact was left unread;
    known: whether the past can say it at all, which it can't of buttons and of calls of other systems."""

    count: int
    shown: Sequence[Would]
    people: int
    most: int
    whole: bool
    known: bool = True


def dry_run(workflow: Workflow, *, days: int, now: datetime | None = None) -> Dry:
    """The runs of the last `days`; conditions behind links, and formulas, are asked as they are now.

    Raises FieldError and FilterSyntaxError for a recipe that makes no sense any more.
    """
    now = now or timezone.now()
    since = now - timedelta(days=days)
    rule = rule_of(workflow, workflow.draft or workflow.recipe)
    whole = True
    match rule.kind:
        case "fact" | "enters" | "leaves":
            found, whole = _by_facts(rule, since)
        case "date":
            shift = timedelta(days=rule.recipe["when"]["days"])
            name = rule.recipe["when"]["field"]
            found = [(key, at + shift) for key, at in due_between(rule, [name], since - shift, now - shift)]
        case "held" if rule.recipe["when"].get("since"):
            length = now - earlier(now, rule.recipe["when"]["for"])
            names = rule.recipe["when"]["since"]
            found = [(key, at + length) for key, at in due_between(rule, names, since - length, now - length)]
        case "held":
            found, whole = _by_holding(rule, since, now)
        case "schedule":
            found = _by_clock(rule, since, now)
        case _:
            return Dry(0, (), 0, 0, True, known=False)
    found = _in_reach(rule, found)
    return _told(rule, sorted(found, key=lambda one: one[1], reverse=True), whole)


def _in_reach(rule: Rule, found: list[tuple[int, datetime]]) -> list[tuple[int, datetime]]:
    """Those whose record is there, within reach of the one as whom it acts, and meets the formula."""
    obj, by = registry.get(rule.object), acting(rule.acts_as, rule.title)
    formula = "" if rule.kind == "leaves" else rule.recipe.get("formula", "")
    ids = sorted({key for key, _at in found if key})
    there = {0}
    for start in range(0, len(ids), 1_000):
        among = ids[start : start + 1_000]
        there |= holding_ids(obj, parse_filter(""), formula, by=by, among=among)
    return [one for one in found if one[0] in there]


def _by_facts(rule: Rule, since: datetime) -> tuple[list[tuple[int, datetime]], bool]:
    by_record, whole = _facts_since(rule, since)
    verb = rule.recipe["when"].get("verb", "*")
    found = [
        (one.fact.record_id, one.fact.at)
        for one in _replayed(rule, by_record)
        if _would(rule, one.fact, verb, one.now, one.before, one.was)
    ]
    return found, whole


def _by_holding(rule: Rule, since: datetime, now: datetime) -> tuple[list[tuple[int, datetime]], bool]:
    """When the condition had held for so long, where facts say when it began and when it ended."""
    length = now - earlier(now, rule.recipe["when"]["for"])
    by_record, whole = _facts_since(rule, since - length)
    ended: dict[int, datetime] = {}
    found = []
    for one in _replayed(rule, by_record):
        key, before = one.fact.record_id, one.fact.verb != "created" and one.before is not False
        if one.now is False and before:
            ended[key] = one.fact.at
        elif one.now is not False and not before:
            due = one.fact.at + length
            if since <= due <= ended.get(key, now):
                found.append((key, due))
    return found, whole


def _facts_since(rule: Rule, since: datetime) -> tuple[dict[int, list[Fact]], bool]:
    """Record → its facts, the newest first; whether these are all."""
    facts = list(Fact.objects.filter(object=rule.object, at__gte=since).order_by("-id")[: MOST_FACTS + 1])
    by_record: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts[:MOST_FACTS]:
        by_record[fact.record_id].append(fact)
    return by_record, len(facts) <= MOST_FACTS


@dataclass(frozen=True, slots=True)
class Replayed:
    """A fact, and whether the condition held after it, before it, and what was to hold before."""

    fact: Fact
    now: Answer
    before: Answer
    was: Answer


def _replayed(rule: Rule, by_record: dict[int, list[Fact]]) -> Iterator[Replayed]:
    """Each record's facts from the newest back, its values being what they were then."""
    obj = registry.get(rule.object)
    by = acting(rule.acts_as, rule.title)
    context = field_context(by)
    known: dict[tuple[Condition, str], Answer] = {}

    def ask(one: Condition, value: Any) -> Answer:
        key = (Condition(one.field, one.operator, str(one.value)), str(value))
        if key not in known:
            found = find_linked(obj, one)
            known[key] = None
            if found is not None:
                ids = holding_ids(found[0], All((found[1],)), "", by=by, among=[int(value)])
                known[key] = bool(ids)
        return known[key]

    holds = predicate(rule.filter, obj, context, ask=ask)
    was = predicate(rule.was, obj, context, ask=ask)
    for record in _in_pieces(obj.rows(), list(by_record)):
        values = told(obj, record)
        for fact in by_record[record.pk]:
            before = values | {name: pair[0] for name, pair in fact.changes.items()}
            yield Replayed(fact, holds(values), holds(before), was(before))
            values = before


def _would(rule: Rule, fact: Fact, verb: str, now: Answer, before: Answer, was: Answer) -> bool:
    if not rule.concerns(fact):
        return False
    made = fact.verb == "created"
    if rule.kind == "enters":
        return now is not False and (made or before is False)
    if rule.kind == "leaves":
        return not made and now is False and before is not False
    if verb not in ("*", fact.verb) or now is False:
        return False
    return not rule.recipe["when"].get("was") or (not made and was is not False)


def _by_clock(rule: Rule, since: datetime, now: datetime) -> list[tuple[int, datetime]]:
    moments: list[datetime] = []
    for moment in CronSim(rule.recipe["when"]["cron"], since.astimezone(workspace_zone())):
        at = moment.astimezone(UTC)
        if at > now or len(moments) >= 1_000:
            break
        moments.append(at)
    if not rule.recipe.get("if") and not rule.recipe.get("formula"):
        return [(0, at) for at in moments]
    ids = matching_ids(rule, limit=500)
    return [(key, at) for at in moments for key in ids][:MOST_FACTS]


def _told(rule: Rule, found: list[tuple[int, datetime]], whole: bool) -> Dry:
    obj = registry.get(rule.object)
    ids = list({key for key, _at in found if key})
    records = {one.pk: one for one in _in_pieces(obj.rows(), ids)}
    owners = {key: getattr(one, "owner_id", None) for key, one in records.items()}
    names: dict[int, MemberRef] = member_names({one for one in owners.values() if one})
    a_day = Counter((owners.get(key), timezone.localtime(at).date()) for key, at in found)
    shown = [
        Would(
            key,
            str(records[key]) if key in records else "",
            names[owners[key]].name if owners.get(key) in names else "",  # type: ignore[index]
            at,
        )
        for key, at in found[:MOST_SHOWN]
    ]
    people = len({owners.get(key) for key, _at in found} - {None})
    return Dry(len(found), shown, people, max(a_day.values(), default=0), whole)


def _in_pieces(rows: Any, ids: list[int]) -> Iterator[Any]:
    for start in range(0, len(ids), 500):
        yield from rows.filter(pk__in=ids[start : start + 500])
