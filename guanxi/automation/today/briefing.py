"""What stands above and beside the stream: the briefing, the month's numbers, the day's meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from guanxi.automation.today.stream import Entry
from guanxi.platform.i18n.dates import format_time
from guanxi.platform.i18n.holidays import month_pace
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.metrics import Metric, metrics
from guanxi.platform.records.contexts import workspace_country
from guanxi.platform.records.filters import All, Condition, print_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.measuring import measure, metric_query
from guanxi.web.components import CalendarEntry


@dataclass(frozen=True, slots=True)
class Goal:
    """A metric of this month against the whole of the last one. `href` leads to the records behind it."""

    label: str
    value: str
    of: str
    percent: int
    href: str


@dataclass(frozen=True, slots=True)
class Month:
    """This month so far; `pace` is the share of its working days that have begun, in percent."""

    today: date
    day: int
    days: int
    pace: int
    goals: list[Goal]


def month(*, by: Actor, mine: bool) -> Month:
    """The headline metrics of this month, for the actor or for everybody in reach."""
    today = timezone.localdate()
    pace = month_pace(today, workspace_country(by.workspace_id))
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    goals = [
        _goal(one, by=by, mine=mine, first=first, today=today, before=before)
        for one in metrics()
        if one.headline and by.may("see", one.object)
    ]
    return Month(today, pace.day, pace.days, round(100 * pace.day / max(pace.days, 1)), goals)


def agenda(*, by: Actor, mine: bool) -> list[CalendarEntry]:
    """What begins today, in order."""
    entries: list[CalendarEntry] = []
    now = timezone.now()
    for obj in registry.objects():
        if not (obj.starts and by.may("see", obj.name)):
            continue
        tests = [Condition(obj.starts, "is", "today"), *([Condition("owner", "is", "me")] if mine else [])]
        about = next((one.name for one in obj.fields if one.type == "about"), "")
        columns = tuple(name for name in (obj.title, obj.starts, obj.done, about) if name)
        query = ListQuery(obj=obj, columns=columns, filter=All(tuple(tests)), sort=obj.starts, limit=30)
        page = list_records(query, by=by)
        entries += [
            CalendarEntry(
                title=str(row.values[obj.title]),
                href=f"/{obj.plural}/{row.id}/",
                time=format_time(row.values[obj.starts]),
                tone="azurite",
                past=row.values[obj.starts] < now,
                done=bool(obj.done and row.values[obj.done]),
                note=" · ".join(
                    page.refs[key].title
                    for key in map(tuple, row.values.get(about) or ())
                    if key in page.refs
                ),
            )
            for row in page.rows
        ]
    return entries


def quiet_ones(entries: Sequence[Entry]) -> int:
    """How many of today's people have been silent for longer than usual."""
    return sum(1 for one in entries if "quiet" in {signal.rule for signal in (one.signal, *one.others)})


def _goal(one: Metric, *, by: Actor, mine: bool, first: date, today: date, before: date) -> Goal:
    value = measure(one, by=by, first=first, last=today, mine=mine)
    usual = measure(one, by=by, first=before, last=first - timedelta(days=1), mine=mine)
    shown = [
        format_money(part, by.currency, compact=True) if one.sum else format_number(part)
        for part in (value, usual)
    ]
    query = metric_query(one, first=first, last=today, mine=mine)
    return Goal(
        label=str(one.label),
        value=shown[0],
        of=shown[1],
        percent=min(100, int(100 * value / usual)) if usual > 0 else (100 if value > 0 else 0),
        href=f"/{query.obj.plural}/?{urlencode({'filter': print_filter(query.filter)})}",
    )
