"""What stands above and beside the stream: the briefing, the month's numbers, the day's meetings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
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
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.contexts import workspace_country
from guanxi.platform.records.filters import All, Condition, print_filter
from guanxi.platform.records.listing import ListQuery, Row, list_question
from guanxi.platform.records.measuring import may_measure, measure_question, metric_query
from guanxi.platform.records.questions import Question, Raw, together
from guanxi.platform.records.titles import Key, Ref
from guanxi.web.components import CalendarEntry


@dataclass(frozen=True, slots=True)
class Goal:
    """A metric of this month against the whole of the last one. `href` leads to the records behind it.

    `counts` is False where both are nothing: who does not sell is not told so every morning.
    """

    label: str
    value: str
    of: str
    percent: int
    href: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Month:
    """This month so far; `pace` is the share of its working days that have begun, in percent."""

    today: date
    day: int
    days: int
    pace: int
    goals: list[Goal]


def month_question(*, by: Actor, mine: bool) -> Question[Month]:
    """The headline metrics of this month, for the actor or for everybody in reach."""
    today = timezone.localdate()
    pace = month_pace(today, workspace_country(by.workspace_id))
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    shown = [one for one in metrics() if one.headline and may_measure(one, by=by)]
    spans = ((first, today), (before, first - timedelta(days=1)))
    every = together(
        [
            measure_question(one, by=by, first=start, last=end, mine=mine)
            for one in shown
            for start, end in spans
        ]
    )

    def read(raw: Sequence[Raw]) -> Month:
        values = every.read(raw)
        pairs = zip(values[::2], values[1::2], strict=True)
        goals = [
            _goal(one, value, usual, by=by, href=_behind(one, first, today, mine))
            for one, (value, usual) in zip(shown, pairs, strict=True)
        ]
        return Month(today, pace.day, pace.days, round(100 * pace.day / max(pace.days, 1)), goals)

    return Question(every.selects, read)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What begins today, in order; `rows` with the object that they are of."""

    rows: list[tuple[Object, Row]]

    @property
    def keys(self) -> set[Key]:
        """Whom it is about."""
        return {key for obj, row in self.rows for key in _about(obj, row)}

    def entries(self, refs: Mapping[Key, Ref]) -> list[CalendarEntry]:
        now = timezone.now()
        return [
            CalendarEntry(
                title=str(row.values[obj.title]),
                href=f"/{obj.plural}/{row.id}/",
                time=format_time(row.values[obj.starts]),
                tone="azurite",
                past=row.values[obj.starts] < now,
                done=bool(obj.done and row.values[obj.done]),
                note=" · ".join(refs[key].title for key in _about(obj, row) if key in refs),
            )
            for obj, row in self.rows
        ]


def agenda_question(*, by: Actor, mine: bool) -> Question[Agenda]:
    """What begins today."""
    seen = (as_seen(obj, by) for obj in registry.objects() if by.may("see", obj.name))
    objs = [obj for obj in seen if obj.starts]
    every = together([list_question(_beginning(obj, mine), by=by) for obj in objs])

    def read(raw: Sequence[Raw]) -> Agenda:
        found = zip(objs, every.read(raw), strict=True)
        return Agenda([(obj, row) for obj, (rows, _after) in found for row in rows])

    return Question(every.selects, read)


def _beginning(obj: Object, mine: bool) -> ListQuery:
    tests = [Condition(obj.starts, "is", "today"), *([Condition("owner", "is", "me")] if mine else [])]
    columns = tuple(name for name in (obj.title, obj.starts, obj.done, _about_field(obj)) if name)
    return ListQuery(obj=obj, columns=columns, filter=All(tuple(tests)), sort=obj.starts, limit=30)


def _about_field(obj: Object) -> str:
    return next((one.name for one in obj.fields if one.type == "about"), "")


def _about(obj: Object, row: Row) -> list[Key]:
    return [(name, record_id) for name, record_id in row.values.get(_about_field(obj)) or ()]


def quiet_ones(entries: Sequence[Entry]) -> int:
    """How many of today's people have been silent for longer than usual."""
    return sum(1 for one in entries if "quiet" in {signal.rule for signal in (one.signal, *one.others)})


def _goal(one: Metric, value: Decimal, usual: Decimal, *, by: Actor, href: str) -> Goal:
    shown = [
        format_money(part, by.currency, compact=True) if one.money else format_number(part)
        for part in (value, usual)
    ]
    return Goal(
        label=str(one.label),
        value=shown[0],
        of=shown[1],
        percent=min(100, int(100 * value / usual)) if usual > 0 else (100 if value > 0 else 0),
        href=href,
        counts=bool(value or usual),
    )


def _behind(one: Metric, first: date, last: date, mine: bool) -> str:
    """The list of the records behind a number."""
    query = metric_query(one, first=first, last=last, mine=mine)
    return f"/{query.obj.plural}/?{urlencode({'filter': print_filter(query.filter)})}"
