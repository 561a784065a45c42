"""Holidays as people name them (春节, National Day, “the holidays”), and the free days around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from guanxi.platform.i18n.holidays import holidays_of, is_working_day, spring_festival


class Rest(NamedTuple):
    """One holiday: its own days, and with the free ones on both sides (weekends, days taken along)."""

    day: date
    last_day: date
    free_from: date
    free_until: date


class _Festival(NamedTuple):
    """`said`: a pattern of folded text; `named`: what the English calendar calls it; `fixed`: month, day."""

    said: str
    named: tuple[str, ...]
    fixed: tuple[int, int] | None = None


_FESTIVALS: dict[str, _Festival] = {
    "spring": _Festival(
        r"(?:spring festival|(?:chinese|lunar) new year|cny|农历新年|春节|过年|过完年|年(?=之?以?[后前]))",
        ("Chinese New Year", "Spring Festival", "Lunar New Year"),
    ),
    "new_year": _Festival(
        r"(?:new year(?:['’]?s)?(?: day)?|元旦节?)", ("New Year's Day", "Founding Day"), (1, 1)
    ),
    "qingming": _Festival(r"(?:qingming(?: festival)?|tomb[- ]sweeping day|清明节?)", ("Tomb-Sweeping",)),
    "labour": _Festival(
        r"(?:labou?r day|may day|五一劳动节|五一|劳动节)", ("Labor Day", "Labour Day"), (5, 1)
    ),
    "dragon_boat": _Festival(r"(?:dragon[- ]boat(?: festival)?|端午节?)", ("Dragon Boat",)),
    "mid_autumn": _Festival(r"(?:mid[- ]autumn(?: festival)?|moon festival|中秋节?)", ("Mid-Autumn",)),
    "national": _Festival(
        r"(?:national day|golden week|国庆节?|双十节|十一(?=之?以?[后前]|长假|假期|黄金周))",
        ("National Day",),
        (10, 1),
    ),
    "thanksgiving": _Festival(r"(?:thanksgiving(?: day)?|感恩节)", ("Thanksgiving",)),
    "easter": _Festival(r"(?:easter(?: monday)?|复活节)", ("Easter",)),
    "christmas": _Festival(r"(?:christmas(?: day)?|xmas|圣诞节?)", ("Christmas Day",), (12, 25)),
    "any": _Festival(r"(?:holidays?|(?:这个)?(?:小?长假|假期|节假?日?)(?=之?以?[后前]))", ()),
}
FESTIVAL = "|".join(f"(?P<{name}>{one.said})" for name, one in _FESTIVALS.items())


def festival_said(match: re.Match[str]) -> str:
    """Which of them a match of FESTIVAL has found."""
    return next(name for name in _FESTIVALS if match[name])


def rests(name: str, today: date, country: str) -> Iterator[Rest]:
    """The holiday of this year, where its free days are not over, and of those that follow.

    Of a holiday that the country does not have, the day of a calendar that has it, or its fixed one.
    """
    for year in range(today.year - 1, today.year + 3):
        found = _days(name, year, country)
        for days in found if name == "any" else [found[0]] if found else []:
            rest = _around(days, country)
            if rest.free_until >= today:
                yield rest


def _days(name: str, year: int, country: str) -> list[list[date]]:
    """The days of a holiday in a year, those that follow each other together."""
    festival = _FESTIVALS[name]
    for where in (country, "CN", "HK", "US"):
        days = [
            day
            for day, called in sorted(holidays_of(where, year).items())
            if (not festival.named or any(one in called for one in festival.named))
            and (name == "any" or not any(one in called for one in _BESIDE))
        ]
        if name == "new_year":
            days = [day for day in days if day.month == 1]
        if days:
            return _together(days)
    if name == "spring" and (first := spring_festival(year)):
        return [[first]]
    return [[date(year, *festival.fixed)]] if festival.fixed else []


def _together(days: list[date]) -> list[list[date]]:
    found: list[list[date]] = []
    for day in days:
        if found and (day - found[-1][-1]).days <= 2:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _around(days: list[date], country: str) -> Rest:
    first, last = days[0], days[-1]
    while first > date.min and not is_working_day(first - timedelta(days=1), country):
        first -= timedelta(days=1)
    while last < date.max and not is_working_day(last + timedelta(days=1), country):
        last += timedelta(days=1)
    return Rest(days[0], days[-1], first, last)


_BESIDE = (" Eve", "(observed)", "Independence Day", "Day following", "after Christmas")
