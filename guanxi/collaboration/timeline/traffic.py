"""Traffic: what counts as contact, weekly counts, and the rhythm that follows from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.utils import timezone

from guanxi.collaboration.timeline.models import TimelineEntry, Traffic
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.records.models import Batch
from guanxi.platform.records.sql import run_many
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.home import zone_here

CONTACT_KINDS = frozenset({"call", "meeting", "visit", "email", "message"})
_RHYTHM_OVER = timedelta(days=365)
_TOUCHES_FOR_RHYTHM = 3

Key = tuple[str, int]


def sides(kind: str, direction: str) -> tuple[int, int]:
    """Whether a done activity of this kind is a tick above the line (they came) and below it (we went).

    A meeting that neither side called is both. What does not say where it went was done by us.
    """
    if kind not in CONTACT_KINDS:
        return 0, 0
    if direction == "in":
        return 1, 0
    if direction == "none" and kind == "meeting":
        return 1, 1
    return 0, 1


def recount(touched: Iterable[TimelineEntry]) -> None:
    """Count the weeks of these entries anew, and the last contact and the rhythm of their records."""
    zone = zone_here()  # one pulse for all who look at it
    weeks: dict[Key, set[date]] = defaultdict(set)
    for entry in touched:
        weeks[entry.object, entry.record_id].add(week_of(entry.at, zone))
    for name, record_weeks in _by_object(weeks):
        _hold(name, record_weeks.keys())
        _count_weeks(name, record_weeks, zone)
        _keep_rhythm(name, record_weeks.keys(), zone)


def recount_merged(facts: Iterable[Fact]) -> None:
    """Records that were merged, or are apart again, have other entries: all their weeks are counted."""
    keys: set[Key] = set()
    for fact in facts:
        if fact.verb == "merged" and registry.has(fact.object):
            keys |= {(fact.object, fact.record_id), *((str(name), int(key)) for name, key in fact.about)}
        elif fact.verb == "restored" and "undoes" in fact.data and registry.has(fact.object):
            undone = Batch.objects.filter(pk=int(fact.data["undoes"]), kind="merge").first()
            if undone is not None:
                keys |= {(fact.object, fact.record_id), (fact.object, int(undone.values["winner"]))}
    for name, record_id in keys:
        if not registry.get(name).touched:
            continue
        there = TimelineEntry.objects.filter(object=name, record_id=record_id)
        entries = list(there.exclude(incoming=0, outgoing=0).only("object", "record_id", "at"))
        weeks = Traffic.objects.filter(object=name, record_id=record_id).values_list("week", flat=True)
        entries += [
            TimelineEntry(object=name, record_id=record_id, at=datetime.combine(week, time(12), UTC))
            for week in weeks
        ]
        recount(entries)


def week_of(moment: datetime, zone: ZoneInfo) -> date:
    """The Monday of a moment's week."""
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def rhythm(days: Collection[date]) -> int | None:
    """The usual number of days between two days with contact; None for fewer than three such days."""
    if len(days) < _TOUCHES_FOR_RHYTHM:
        return None
    ordered = sorted(days)
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return max(1, round(median(gaps)))


def _by_object(weeks: dict[Key, set[date]]) -> Iterator[tuple[str, dict[int, set[date]]]]:
    by_object: dict[str, dict[int, set[date]]] = defaultdict(dict)
    for (name, record_id), found in weeks.items():
        by_object[name][record_id] = found
    yield from sorted(by_object.items())


def _hold(name: str, ids: Collection[int]) -> None:
    """Two who count the same record take turns, in one order, so that they don't wait for each other."""
    records = registry.get(name).rows()
    list(records.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _count_weeks(name: str, weeks: dict[int, set[date]], zone: ZoneInfo) -> None:
    every = set().union(*weeks.values())
    entries = TimelineEntry.objects.filter(
        object=name,
        record_id__in=weeks.keys(),
        at__gte=_midnight(min(every), zone),
        at__lt=_midnight(max(every) + timedelta(weeks=1), zone),
    ).exclude(incoming=0, outgoing=0)
    counted: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0])
    for record_id, at, came, went in entries.values_list("record_id", "at", "incoming", "outgoing"):
        found = counted[record_id, week_of(at, zone)]
        found[0] += came
        found[1] += went
    Traffic.objects.filter(object=name, record_id__in=weeks.keys(), week__in=every).delete()
    Traffic.objects.bulk_create(
        Traffic(object=name, record_id=record_id, week=week, incoming=came, outgoing=went)
        for (record_id, week), (came, went) in counted.items()
        if week in every
    )


def _keep_rhythm(name: str, ids: Collection[int], zone: ZoneInfo) -> None:
    """Plain updates: being called is no edit, so the version stays and nobody's form goes stale."""
    if not registry.get(name).touched:
        return
    touches = TimelineEntry.objects.filter(object=name, record_id__in=ids).exclude(incoming=0, outgoing=0)
    last = dict(touches.values("record_id").annotate(last=Max("at")).values_list("record_id", "last"))
    days: dict[int, set[date]] = defaultdict(set)
    recent = touches.filter(at__gte=timezone.now() - _RHYTHM_OVER)
    for record_id, at in recent.values_list("record_id", "at"):
        days[record_id].add(at.astimezone(zone).date())
    run_many(
        f'UPDATE "{registry.get(name).table}" SET last_touch_at = %s, rhythm_days = %s'
        " WHERE workspace_id = %s AND id = %s",
        [(last.get(pk), rhythm(days[pk]), require_workspace_id(), pk) for pk in ids],
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
