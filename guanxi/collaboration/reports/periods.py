"""The times that reports are of: a day, or a week that is known by its Monday, where the member lives."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from guanxi.platform.i18n.holidays import add_working_days
from guanxi.platform.identity.models import Member

DAY, WEEK = "day", "week"
PERIODS = (DAY, WEEK)


class Span(NamedTuple):
    """A day or a week where a member lives: its moments, and until when is planned after it."""

    start: datetime
    end: datetime
    ahead: date


def zone_of(member: Member) -> ZoneInfo:
    return ZoneInfo(member.user.timezone or member.workspace.timezone)


def first_day(period: str, day: date) -> date:
    """The day by which a report is known: itself, or the Monday of its week."""
    return day if period == DAY else day - timedelta(days=day.weekday())


def span_of(member: Member, period: str, day: date) -> Span:
    first, zone = first_day(period, day), zone_of(member)
    after = first + timedelta(days=1 if period == DAY else 7)
    start, end = (datetime.combine(one, time(), zone) for one in (first, after))
    ahead = (
        add_working_days(first, 1, member.workspace.country) if period == DAY else after + timedelta(days=6)
    )
    return Span(start, end, ahead)
