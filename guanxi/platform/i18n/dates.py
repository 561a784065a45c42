"""Dates and times as the three languages say them, in the member's time zone.

24 Nov · 11月24日 · Tue 24 Nov · 11月24日 周二 · 34 days ago · 34 天前 · 6 days late · 逾期 6 天

Moments are aware datetimes and are shown in the active time zone; plain dates stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import get_timezone_location
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from guanxi.platform.i18n.languages import ENGLISH, active_language, babel_locale

Day = date | datetime

_NEXT_FEW_MONTHS = 240


def format_date(day: Day | None, *, year: bool | None = None, weekday: bool = False) -> str:
    """24 Nov, 11月24日. The year is shown where it is in doubt, unless `year` says otherwise."""
    if day is None:
        return ""
    shown = _local_day(day)
    return _date_text(shown, active_language(), _year_in_doubt(shown) if year is None else year, weekday)


def _year_in_doubt(day: date) -> bool:
    """In November nobody takes “9 Jan” for last winter, but does so for a day much further away."""
    today = _today()
    return day.year != today.year and not 0 < (day - today).days < _NEXT_FEW_MONTHS


@lru_cache(maxsize=8192)
def _date_text(day: date, language: str, year: bool, weekday: bool) -> str:
    name = _weekday_names(language, "abbreviated")[day.weekday()] if weekday else ""
    if language == ENGLISH:
        month = _month_names(language, "abbreviated")[day.month - 1]
        return f"{name} {day.day} {month}{f' {day.year}' if year else ''}".lstrip()
    return f"{f'{day.year}年' if year else ''}{day.month}月{day.day}日 {name}".rstrip()


def format_time(moment: datetime | None) -> str:
    """16:00, on the 24-hour clock."""
    return "" if moment is None else _clock(_local(moment))


def _clock(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def format_hour(hour: int) -> str:
    """A full hour of a day, as a clock shows it: 08:00."""
    return _clock(datetime(2000, 1, 1, hour))


def format_datetime(moment: datetime | None, *, year: bool | None = None) -> str:
    """24 Nov 16:00, 11月24日 16:00."""
    if moment is None:
        return ""
    local = _local(moment)
    return f"{format_date(local.date(), year=year)} {_clock(local)}"


def format_day(day: Day | None, *, inside: bool = False) -> str:
    """The heading of a day: Today, Yesterday, Friday 20 November; 今天, 昨天, 11月20日 星期五.

    `inside` a sentence: yesterday.
    """
    if day is None:
        return ""
    shown = _local_day(day)
    if word := _near_day((shown - _today()).days, inside=inside):
        return word
    name = weekday_names("wide")[shown.weekday()]
    year = "" if shown.year == _today().year else str(shown.year)
    if active_language() == ENGLISH:
        return f"{name} {shown.day} {month_names('wide')[shown.month - 1]} {year}".strip()
    return f"{f'{year}年' if year else ''}{shown.month}月{shown.day}日 {name}"


def format_month(day: Day) -> str:
    """November 2026, 2026年11月."""
    shown = _local_day(day)
    if active_language() == ENGLISH:
        return f"{month_names('wide')[shown.month - 1]} {shown.year}"
    return f"{shown.year}年{shown.month}月"


def format_range(first: Day, last: Day) -> str:
    """17 – 28 Nov, 11月17日 – 28日; the year only where it is another one than now."""
    start, end = _local_day(first), _local_day(last)
    if start == end:
        return format_date(start)
    same_month = (start.year, start.month) == (end.year, end.month)
    if active_language() == ENGLISH:
        opening = str(start.day) if same_month else format_date(start, year=start.year != end.year)
        return f"{opening} – {format_date(end)}"
    closing = f"{end.day}日" if same_month else format_date(end, year=start.year != end.year or None)
    return f"{format_date(start)} – {closing}"


def format_relative(moment: Day | None, *, now: datetime | None = None) -> str:
    """How long ago, or how soon: just now, 3 min ago, yesterday, 34 days ago, in 2 days; 34 天前, 2 天后.

    By the clock within a day, by the calendar beyond.
    """
    if moment is None:
        return ""
    now = now or _now()
    if isinstance(moment, datetime):
        seconds = (now - moment).total_seconds()
        if abs(seconds) < 60:
            return _("just now")
        if abs(seconds) < 3600:
            return _minutes(int(seconds / 60))
        days = (_local_day(moment) - _local_day(now)).days
        if days == 0:
            return _hours(int(seconds / 3600))
    else:
        days = (moment - _local_day(now)).days
    return _days_text(days, get_language())


@lru_cache(maxsize=4096)
def _days_text(days: int, _language: str | None) -> str:
    return _near_day(days, inside=True) or (_ago(-days) if days < 0 else _ahead(days))


def _minutes(count: int) -> str:
    if count > 0:
        return ngettext("%(count)s min ago", "%(count)s min ago", count) % {"count": count}
    return ngettext("in %(count)s min", "in %(count)s min", -count) % {"count": -count}


def _hours(count: int) -> str:
    if count > 0:
        return ngettext("%(count)s h ago", "%(count)s h ago", count) % {"count": count}
    return ngettext("in %(count)s h", "in %(count)s h", -count) % {"count": -count}


def _ago(days: int) -> str:
    if days < 100:
        return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
    if days < 730:
        months = round(days / 30.44)
        return ngettext("%(count)s month ago", "%(count)s months ago", months) % {"count": months}
    years = days // 365
    return ngettext("%(count)s year ago", "%(count)s years ago", years) % {"count": years}


def _ahead(days: int) -> str:
    if days < 100:
        return ngettext("in %(count)s day", "in %(count)s days", days) % {"count": days}
    if days < 730:
        months = round(days / 30.44)
        return ngettext("in %(count)s month", "in %(count)s months", months) % {"count": months}
    years = days // 365
    return ngettext("in %(count)s year", "in %(count)s years", years) % {"count": years}


def format_due(due: Day | None, *, now: datetime | None = None) -> str:
    """When something is due: 6 days late, Today, Today 16:00, Tomorrow, Fri 27 Nov, 4 Dec."""
    if due is None:
        return ""
    now = now or _now()
    day = _local_day(due)
    days = (day - _local_day(now)).days
    if days < 0:
        return format_late(-days)
    word = _near_day(days) or format_date(day, weekday=days < 7)
    # Midnight is how a day without a time is kept.
    timed = isinstance(due, datetime) and (_local(due).hour, _local(due).minute) != (0, 0) and days < 7
    return f"{word} {format_time(due)}" if timed and isinstance(due, datetime) else word


def format_late(days: int) -> str:
    """6 days late, 逾期 6 天."""
    return ngettext("%(count)s day late", "%(count)s days late", days) % {"count": days}


def format_duration(length: timedelta | int | None) -> str:
    """How long something takes; an int is seconds: 12 min, 1 h 20 min, 3 days."""
    if length is None:
        return ""
    seconds = int(length.total_seconds()) if isinstance(length, timedelta) else length
    if seconds < 60:
        return _("%(count)s s") % {"count": seconds}
    if seconds < 86400:
        hours, minutes = divmod(round(seconds / 60), 60)
        parts = [_("%(count)s h") % {"count": hours}] if hours else []
        parts += [_("%(count)s min") % {"count": minutes}] if minutes else []
        return " ".join(parts)
    days = round(seconds / 86400)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def _near_day(days: int, *, inside: bool = False) -> str:
    """The word for a day near today, or "". `inside` a sentence it has no capital."""
    if days == 0:
        return _("today") if inside else _("Today")
    if days == -1:
        return _("yesterday") if inside else _("Yesterday")
    if days == 1:
        return _("tomorrow") if inside else _("Tomorrow")
    return ""


def month_names(width: str = "wide") -> list[str]:
    """January first; width "wide" or "abbreviated"."""
    return _month_names(active_language(), width)


@cache
def _month_names(language: str, width: str) -> list[str]:
    names = babel_locale(language).months["format"][width]
    return [str(names[month]) for month in range(1, 13)]


def weekday_names(width: str = "wide") -> list[str]:
    """Monday first; width "wide", "abbreviated" or "narrow"."""
    return _weekday_names(active_language(), width)


@cache
def _weekday_names(language: str, width: str) -> list[str]:
    names = babel_locale(language).days["format" if width != "narrow" else "stand-alone"][width]
    return [str(names[day]) for day in range(7)]


def time_zones() -> list[tuple[str, str]]:
    """Every time zone and its name for a select, from west to east: ("Asia/Shanghai", "UTC+08:00 · 上海")."""
    return _time_zones(active_language(), _today().isoformat())


@cache
def _time_zones(language: str, today: str) -> list[tuple[str, str]]:
    noon = datetime.fromisoformat(f"{today}T12:00:00").replace(tzinfo=UTC)
    locale = babel_locale(language)
    rows: list[tuple[timedelta, str, str]] = [(timedelta(), "UTC", "UTC")]
    for name in _places(get_global("zone_territories")):
        offset = ZoneInfo(name).utcoffset(noon) or timedelta()
        city = get_timezone_location(name, locale=locale, return_city=True)
        rows.append((offset, city, name))
    return [(name, f"{_offset(offset)} · {city}") for offset, city, name in sorted(rows)]


def _places(zones: Iterable[str]) -> list[str]:
    """Names of cities only; UTC stands apart, and old abbreviations are not offered."""
    aliases = get_global("zone_aliases")
    return [name for name in zones if "/" in name and not name.startswith("Etc/") and name not in aliases]


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() / 60)
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


_told_from: ContextVar[datetime | None] = ContextVar("told_from", default=None)


@contextmanager
def told_from(moment: datetime) -> Iterator[None]:
    """Within it days near and far are counted from another moment than now, as on a page of the past."""
    token = _told_from.set(moment)
    try:
        yield
    finally:
        _told_from.reset(token)


def _now() -> datetime:
    return _told_from.get() or timezone.now()


def _today() -> date:
    return timezone.localdate(_now())


def _local(moment: datetime) -> datetime:
    return moment.astimezone(timezone.get_current_timezone())


def _local_day(day: Day) -> date:
    return _local(day).date() if isinstance(day, datetime) else day
