"""The sum: Σ points · 2^(−age / half-life) over the rules that hold, fit and engagement apart.

Conditions are asked of the database, all of them in one statement for a piece of records; facts that count
are read once for the piece. Every rule is rounded by itself, so the reasons always add up to the total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from guanxi.automation.scoring.models import ScoreHit
from guanxi.automation.scoring.recipe import Rule, facts_of_rule
from guanxi.automation.workflows.matching import acting
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import Condition, FilterSyntaxError, compile_filter, parse_filter
from guanxi.platform.records.models import Tag
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id

LEAST, MOST = 0, 100
AT_ONCE = 2_000
KEPT_DAYS = 366
_DAY = 86_400.0
# (fact, when) of a record
Hits = Mapping[int, Sequence[tuple[str, datetime]]]


@dataclass(slots=True)
class Weighed:
    """What the rules make of one record, and the number that stands in its field now."""

    stands: int | None
    fit: int = 0
    engagement: int = 0
    parts: list[list[Any]] = field(default_factory=list)

    def total(self, given: int) -> int:
        return max(LEAST, min(MOST, self.fit + self.engagement + given))


def weigh(
    obj: Object,
    number: str,
    rules: Sequence[Rule],
    ids: Sequence[int],
    *,
    now: datetime,
    hits: Hits | None = None,
) -> dict[int, Weighed]:
    """Records of the chosen workspace by these rules, up to some thousand at once; who is gone is left out.

    number   the field of the total
    hits     the facts that count; without it those that are kept
    A rule that makes no sense any more (a field is gone) counts nothing.
    """
    if not ids:
        return {}
    by = acting(None, "")
    asked = [(one, sql) for one in rules if (sql := _asked(obj, one, by)) is not None]
    columns, params = [obj[number].expression("r")], list[Any]()
    for one, sql in asked:
        columns.append(f"CASE WHEN {sql.text} THEN 1 ELSE 0 END")
        params += sql.params
        if one.get("since"):
            columns.append(obj[one["since"]].expression("r"))
    marks = ", ".join(["%s"] * len(ids))
    rows = fetch(
        f'SELECT r.id, {", ".join(columns)} FROM "{obj.table}" r'
        f" WHERE r.workspace_id = %s AND r.id IN ({marks})",
        (*params, require_workspace_id(), *ids),
    )
    counted = [one for one in rules if one.get("fact")]
    if counted and hits is None:
        hits = kept_hits(obj, ids, now)
    found: dict[int, Weighed] = {}
    for key, stands, *values in rows:
        weighed = found[key] = Weighed(int(stands) if stands is not None else None)
        rest = iter(values)
        for one, _sql in asked:
            holds = next(rest)
            since = next(rest) if one.get("since") else None
            if holds:
                _add(weighed, one, one["points"] * _fading(one, since, now), 1)
        for one in counted:
            _count(weighed, one, (hits or {}).get(key, ()), now)
    return found


def kept_hits(obj: Object, ids: Sequence[int], now: datetime) -> Hits:
    """The facts that are kept for these records."""
    found: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    rows = ScoreHit.objects.filter(
        object=obj.name, record_id__in=ids, at__gt=now - timedelta(days=KEPT_DAYS)
    ).values_list("record_id", "fact", "at")
    for key, name, at in rows:
        found[key].append((name, at))
    return found


def hits_of(obj: Object, facts: Iterable[Fact], names: frozenset[str]) -> list[ScoreHit]:
    """What these facts count for, whichever record of the object they are of or about."""
    found = []
    for fact in facts:
        if fact.name not in names:
            continue
        whom = {int(key) for name, key in fact.about if name == obj.name}
        if fact.object == obj.name:
            whom.add(fact.record_id)
        found += [
            ScoreHit(object=obj.name, record_id=key, fact=fact.name, fact_id=fact.pk, at=fact.at)
            for key in sorted(whom)
        ]
    return found


def past_facts(names: Iterable[str], *, since: datetime) -> Iterable[Fact]:
    """Facts of these names since a moment: for rules that have not been listening."""
    for name in sorted(set(names)):
        object, _dot, verb = name.partition(".")
        yield from Fact.objects.filter(object=object, verb=verb, at__gt=since).iterator(chunk_size=2_000)


def names_counted(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset(name for one in rules for name in facts_of_rule(one))


def _asked(obj: Object, rule: Rule, by: Actor) -> Any:
    """A rule's condition as SQL; None for a rule of facts, and for one that can't be asked."""
    try:
        if rule.get("tag"):
            ids = [one.pk for one in Tag.objects.filter(key=rule["tag"].casefold(), archived_at=None)]
            tree: Any = Condition("tags", "in", ids) if ids and "tags" in obj.fields_by_name else None
        else:
            tree = parse_filter(rule["if"]) if rule.get("if") else None
        if tree is None or (rule.get("since") and rule["since"] not in obj.fields_by_name):
            return None
        return compile_filter(tree, obj, by=by, context=field_context(by), vendor=connection.vendor)
    except (FieldError, FilterSyntaxError):
        return None


def _count(weighed: Weighed, rule: Rule, hits: Sequence[tuple[str, datetime]], now: datetime) -> None:
    first, names = now - timedelta(days=rule["within"]), facts_of_rule(rule)
    mine = [at for name, at in hits if name in names and at > first]
    if not mine:
        return
    points = rule["points"] * sum(_fading(rule, at, now) for at in mine)
    most = rule.get("most")
    if most:
        points = max(-most, min(most, points))
    _add(weighed, rule, points, len(mine))


def _add(weighed: Weighed, rule: Rule, points: float, count: int) -> None:
    whole = int(points + 0.5) if points >= 0 else -int(-points + 0.5)
    if not whole:
        return
    if rule["kind"] == "engagement":
        weighed.engagement += whole
    else:
        weighed.fit += whole
    weighed.parts.append([rule["key"], whole, count])


def _fading(rule: Rule, since: Any, now: datetime) -> float:
    if not rule.get("half_life"):
        return 1.0
    moment = _moment(since)
    if moment is None:
        return 0.0
    age = max((now - moment).total_seconds(), 0.0) / _DAY
    return float(0.5 ** (age / rule["half_life"]))


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else None
