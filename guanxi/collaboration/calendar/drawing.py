"""From rows to the cells of a calendar, in the member's zone and language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from guanxi.collaboration.activities.objects import KINDS
from guanxi.collaboration.calendar.queries import when
from guanxi.platform.i18n.dates import format_day, format_month, format_range, format_time
from guanxi.platform.i18n.holidays import holiday_name, is_working_day
from guanxi.platform.i18n.spans import DAY, WEEK, Span
from guanxi.platform.identity.queries import member_names
from guanxi.platform.records.listing import Row

_TONES = {"meeting": "indigo", "visit": "ochre", "call": "azurite", "todo": "malachite"}
_ICONS = {option.value: option.icon for option in KINDS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity in a cell; `time` is empty for what has the whole day."""

    id: int
    title: str
    icon: str
    tone: str
    time: str
    until: str
    place: str
    owner: str
    at: datetime
    done: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One cell: its day, and what stands on it."""

    day: date
    label: str
    today: bool
    outside: bool
    working: bool
    note: str
    entries: list[Entry] = field(default_factory=list)


def draw(
    span: Span, rows: Sequence[Row], *, now: datetime, zone: ZoneInfo, country: str, team: bool
) -> list[Day]:
    """The days of a span with their entries; `team` names the owners."""
    names = member_names({row.values["owner"] for row in rows if row.values["owner"]}) if team else {}
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for row in rows:
        owner = names.get(row.values["owner"] or 0)
        by_day[when(row).astimezone(zone).date()].append(_entry(row, now, zone, str(owner or "")))
    today = now.astimezone(zone).date()
    return [
        Day(
            day=day,
            label=format_day(day),
            today=day == today,
            outside=day.month != span.day.month and span.view not in (WEEK, DAY),
            working=is_working_day(day, country),
            note=holiday_name(day, country),
            entries=sorted(by_day[day], key=lambda entry: (bool(entry.time), entry.at)),
        )
        for day in span.days
    ]


def heading(span: Span) -> str:
    """What the page is called: November 2026, 23 – 29 Nov, Today."""
    if span.view == DAY:
        return format_day(span.day)
    return format_range(span.first, span.last) if span.view == WEEK else format_month(span.day)


def _entry(row: Row, now: datetime, zone: ZoneInfo, owner: str) -> Entry:
    at = when(row)
    local = at.astimezone(zone)
    whole_day = not row.values["starts_at"] and local.time() == time()
    done = row.values["done_at"] is not None
    return Entry(
        id=row.id,
        title=row.values["subject"],
        icon=_ICONS.get(row.values["kind"], "circle"),
        tone=_TONES.get(row.values["kind"], ""),
        time="" if whole_day else format_time(at),
        until=format_time(row.values["ends_at"]),
        place=row.values["place"] or "",
        owner=owner,
        at=at,
        done=done,
        late=not done and (local.date() < now.astimezone(zone).date() if whole_day else at < now),
    )
