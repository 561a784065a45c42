"""Who would gain and who would lose by other rules, before they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from guanxi.automation.scoring.models import Score, ScoreModel
from guanxi.automation.scoring.recipe import Rule
from guanxi.automation.scoring.weighing import (
    AT_ONCE,
    Hits,
    hits_of,
    kept_hits,
    names_counted,
    past_facts,
    weigh,
)
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object

MOST_LOOKED_AT = 50_000
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Would:
    """A record and its total, as it is and as it would be."""

    record_id: int
    now: int
    then: int
    title: str = ""

    @property
    def by(self) -> int:
        return self.then - self.now


@dataclass(slots=True)
class Dry:
    """What the rules would do: how many records gain, lose and pass the mark, and the extremes."""

    looked_at: int = 0
    gain: int = 0
    lose: int = 0
    over: int = 0
    under: int = 0
    gainers: list[Would] = field(default_factory=list)
    losers: list[Would] = field(default_factory=list)
    whole: bool = True


def dry_run(model: ScoreModel, rules: Sequence[Rule], *, now: datetime | None = None) -> Dry:
    """Weigh all records by rules that do not count yet; nothing is written."""
    now = now or datetime.now(UTC)
    obj, found, last = registry.get(model.object), Dry(), 0
    fresh = names_counted(rules) - (names_counted(model.rules) if model.on_at else frozenset())
    more = _looked_up(obj, rules, fresh, now) if fresh else {}
    while found.looked_at < MOST_LOOKED_AT:
        rows = obj.rows().filter(pk__gt=last, archived_at=None).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            break
        last = ids[-1]
        hits = {key: list(some) for key, some in kept_hits(obj, ids, now).items()}
        for key in ids:
            if key in more:
                kept = [one for one in hits.get(key, ()) if one[0] not in fresh]
                hits[key] = [*kept, *more[key]]
        _compare(model, obj, rules, ids, hits, now, found)
    found.whole = found.looked_at < MOST_LOOKED_AT
    titles = obj.rows().in_bulk([one.record_id for one in (*found.gainers, *found.losers)])
    for some in (found.gainers, found.losers):
        some[:] = [
            Would(one.record_id, one.now, one.then, str(titles.get(one.record_id, ""))) for one in some
        ]
    return found


def _compare(
    model: ScoreModel,
    obj: Object,
    rules: Sequence[Rule],
    ids: list[int],
    hits: Hits,
    now: datetime,
    found: Dry,
) -> None:
    rows = Score.objects.filter(model=model, record_id__in=ids)
    known = {one.record_id: (one.given, one.total) for one in rows}
    for key, weighed in weigh(obj, model.field, rules, ids, now=now, hits=hits).items():
        given, written = known.get(key, (0, 0))
        stands = weighed.stands or 0
        would = Would(key, stands, weighed.total(given + stands - written))
        found.looked_at += 1
        if would.by > 0:
            found.gain += 1
            found.gainers.append(would)
        elif would.by < 0:
            found.lose += 1
            found.losers.append(would)
        found.over += would.then > model.leads >= would.now
        found.under += would.now > model.leads >= would.then
    found.gainers = sorted(found.gainers, key=lambda one: (-one.by, one.record_id))[:SHOWN]
    found.losers = sorted(found.losers, key=lambda one: (one.by, one.record_id))[:SHOWN]


def _looked_up(
    obj: Object, rules: Sequence[Rule], names: frozenset[str], now: datetime
) -> dict[int, list[tuple[str, datetime]]]:
    found: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    since = now - timedelta(days=max(one.get("within", 0) for one in rules))
    for hit in hits_of(obj, past_facts(names, since=since), names):
        found[hit.record_id].append((hit.fact, hit.at))
    return found
