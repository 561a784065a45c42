"""Days of a calendar: which ones a view shows, when they begin and end where the member is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MONTH, WEEK, DAY = "month", "week", "day"
VIEWS = (MONTH, WEEK, DAY)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last` that a view of `day` shows, and days of its neighbours."""

    view: str
    day: date
    first: date
    last: date
    before: date
    after: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=count) for count in range((self.last - self.first).days + 1)]

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its beginning and its end, UTC. Days are as long as they are: 23 hours when clocks go forward."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)


def span_of(view: str, day: date) -> Span:
    """What a view shows around a day; a month in whole weeks, from Monday."""
    if view == DAY:
        return Span(view, day, day, day, day - timedelta(days=1), day + timedelta(days=1))
    monday = day - timedelta(days=day.weekday())
    if view == WEEK:
        week = timedelta(weeks=1)
        return Span(view, day, monday, monday + timedelta(days=6), day - week, day + week)
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    last = after - timedelta(days=1)
    return Span(
        MONTH,
        day,
        first - timedelta(days=first.weekday()),
        last + timedelta(days=6 - last.weekday()),
        (first - timedelta(days=1)).replace(day=1),
        after,
    )


def midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day in a zone, UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def at_same_time(moment: datetime, day: date, zone: tzinfo, clock: time | None = None) -> datetime:
    """The moment's time of day, or `clock`, on another day: ten o'clock stays ten o'clock when clocks change.

    A time that the day skips is an hour later.
    """
    wanted = clock or moment.astimezone(zone).time()
    return datetime.combine(day, wanted, zone).astimezone(UTC)
