"""Working days of a country: weekends, public holidays, and the Saturdays that China works instead."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from django.conf import settings

from guanxi.platform.i18n.languages import ENGLISH, HANS, HANT, active_language

if TYPE_CHECKING:
    from guanxi.platform.i18n.own_days import OwnDay

_CODE = re.compile("[A-Z]{2}")
_LANGUAGES = {ENGLISH: ("en_US", "en_HK"), HANS: ("zh_CN",), HANT: ("zh_TW", "zh_HK")}


class Calendar(NamedTuple):
    """One year of a country: the names of its free days, and the weekend days that are worked."""

    names: dict[date, str]
    worked: frozenset[date]
    weekend: frozenset[int]


def is_working_day(day: date, country: str) -> bool:
    """Whether people work on a day. A country that is not known works from Monday to Friday.

    What the chosen workspace says of a day of its own, and of its week (own_days.py), holds before what the
    country does; a holiday is free also in a week of one's own, and a weekend day that is made up is worked.
    """
    said = said_of_day(day, country)
    return day.weekday() in working_weekdays(country, day.year) if said is None else said


def said_of_day(day: date, country: str) -> bool | None:
    """Worked or free whatever its weekday: an own day, a holiday, a made-up one. None: as its weekday."""
    own = _own(day)
    if own is not None:
        return own.working
    calendar = _calendar(country.upper(), day.year, ENGLISH)
    if day in calendar.worked:
        return True
    return False if day in calendar.names else None


def working_weekdays(country: str, year: int) -> frozenset[int]:
    """The weekdays that are worked (Monday is 0), as the chosen workspace says, else its country."""
    from guanxi.platform.i18n.own_days import own_week

    return own_week() or weekdays_of(country, year)


def weekdays_of(country: str, year: int) -> frozenset[int]:
    """The weekdays that are worked in a country in a year (Monday is 0)."""
    return frozenset(range(7)) - _calendar(country.upper(), year, ENGLISH).weekend


def holiday_name(day: date, country: str) -> str:
    """What is celebrated, in the active language where it is known, or ""."""
    own = _own(day)
    if own is not None and (own.name or own.working):
        return own.name
    return _calendar(country.upper(), day.year, active_language()).names.get(day, "")


def holidays_of(country: str, year: int) -> dict[date, str]:
    """The public holidays of a country in a year, by their English names."""
    return _calendar(country.upper(), year, ENGLISH).names


def _own(day: date) -> OwnDay | None:
    from guanxi.platform.i18n.own_days import own_days  # a table; the rest here needs none

    return own_days().get(day)


def next_working_day(day: date, country: str) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not is_working_day(day, country):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int, country: str) -> date:
    """The `count`-th working day after a day, or before it if negative; 0 is like `next_working_day`."""
    if count == 0:
        return next_working_day(day, country)
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day, country):
            day += step
    return day


def working_days_between(first: date, last: date, country: str) -> int:
    """How many working days lie between two days, both counted; 0 if the last is before the first."""
    return sum(is_working_day(day, country) for day in _days(first, last))


def spring_festival(year: int) -> date | None:
    """The first day of the Chinese year that begins in a year; None outside 1990 to 2060."""
    if not FIRST_FESTIVAL <= year < FIRST_FESTIVAL + len(_FESTIVALS):
        return None
    month, day = divmod(_FESTIVALS[year - FIRST_FESTIVAL], 100)
    return date(year, month, day)


FIRST_FESTIVAL = 1990
# fmt: off
_FESTIVALS = (
    127, 215, 204, 123, 210, 131, 219, 207, 128, 216, 205, 124, 212, 201, 122, 209, 129, 218, 207, 126,
    214, 203, 123, 210, 131, 219, 208, 128, 216, 205, 125, 212, 201, 122, 210, 129, 217, 206, 126, 213,
    203, 123, 211, 131, 219, 208, 128, 215, 204, 124, 212, 201, 122, 210, 130, 217, 206, 126, 214, 202,
    123, 211, 201, 219, 208, 128, 215, 204, 124, 212, 202,
)
# fmt: on


class Pace(NamedTuple):
    """How far a month has come: working day `day` of `days`."""

    day: int
    days: int

    @property
    def share(self) -> float:
        """Between 0 and 1: the part of the month's work that should be done by the end of the day."""
        return self.day / self.days if self.days else 1.0


def month_pace(today: date, country: str) -> Pace:
    """Where today stands among the working days of its month; a free day counts like the one before it."""
    first = today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Pace(working_days_between(first, today, country), working_days_between(first, last, country))


def _days(first: date, last: date) -> Iterator[date]:
    for count in range((last - first).days + 1):
        yield first + timedelta(days=count)


@lru_cache(maxsize=256)
def _calendar(country: str, year: int, language: str) -> Calendar:
    """The package takes two seconds and 13 MB to load: a year is asked once and kept with the data."""
    if not _CODE.fullmatch(country):
        country = "XX"
    kept = settings.DATA_DIR / "cache" / f"holidays-{version('holidays')}-{country}-{year}-{language}.json"
    try:
        return msgspec.json.decode(kept.read_bytes(), type=Calendar)
    except (OSError, msgspec.MsgspecError):
        calendar = _ask(country, year, language)
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"{kept.name}.{os.getpid()}")
        draft.write_bytes(msgspec.json.encode(calendar))
        draft.replace(kept)
    return calendar


def _ask(country: str, year: int, language: str) -> Calendar:
    import holidays

    try:
        spoken = holidays.country_holidays(country).supported_languages
    except NotImplementedError:
        return Calendar({}, frozenset(), frozenset({5, 6}))
    chosen = next((name for name in _LANGUAGES[language] if name in spoken), None)
    days = holidays.country_holidays(country, years=year, language=chosen)
    # Offices rest on Saturday also where the law knows only Sunday (Hong Kong).
    weekend = frozenset({5, 6} if days.weekend == {6} else days.weekend)
    worked = frozenset(day for day in getattr(days, "weekend_workdays", ()) if day.year == year)
    return Calendar(dict(days.items()), worked, weekend)
