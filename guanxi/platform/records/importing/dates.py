"""Days and moments as spreadsheets write them, in a given order of day and month."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

Order = Literal["YMD", "DMY", "MDY"]
ENOUGH = 0.65  # of the cells of a column must be days; the others are problems to be shown, not another kind
ORDERS: tuple[Order, ...] = ("YMD", "DMY", "MDY")

_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_WORD = "|".join(_MONTHS)
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})[日号號]?)$")
_PACKED = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)$")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})$")
_DAY_WORD = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[-/. ]*({_WORD})[a-z]*\.?,?[-/. ]*(\d{{4}}|\d{{2}})$", re.I
)
_WORD_DAY = re.compile(rf"({_WORD})[a-z]*\.? +(\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}})$", re.I)
_SERIAL = re.compile(r"([2-7]\d{4})(?:\.(\d+))?$")
_TIME = re.compile(
    r"[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$"
)
_DAY_ZERO = date(1899, 12, 30)  # what spreadsheets count days from


def parse_day(text: str, order: Order) -> date | None:
    """A day; what stands after it as a time is left out. None where there is none."""
    moment = parse_moment(text, order)
    return moment.date() if moment else None


def parse_moment(text: str, order: Order, zone: tzinfo | None = None) -> datetime | None:
    """A moment, at midnight where there is only a day; in `zone` where the text names none."""
    text = text.strip()
    clock = _TIME.search(text)
    day = _day(text[: clock.start()].rstrip(" ,") if clock else text, order)
    if day is None:
        return None
    if clock is None:
        if "." in text and (serial := _SERIAL.match(text)):
            moment = datetime.combine(day, time()) + timedelta(days=float(f"0.{serial[2]}"))
            return moment.replace(microsecond=0, tzinfo=zone)
        return datetime.combine(day, time(), zone)
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if half := clock[4]:
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    try:
        moment = datetime.combine(day, time(hour, minute, min(second, 59)), zone)
        offset = clock[5]
        return moment.replace(tzinfo=_offset(offset)) if offset else moment
    except ValueError:
        return None


def detect_order(texts: Iterable[str]) -> tuple[Order | None, bool]:
    """The order of day and month in which all these texts are days, and whether no other one would do.

    (None, False) where they are not days. A column decides as a whole: 13/02 shows what 01/02 means.
    """
    able: Counter[Order] = Counter()
    total = 0
    for text in texts:
        total += 1
        for order in ORDERS:
            if _SERIAL.match(text) is None and parse_moment(text, order) is not None:
                able[order] += 1
    if not total or not able:
        return None, False
    most = max(able.values())
    if most < ENOUGH * total:
        return None, False
    best = [order for order in ORDERS if able[order] == most]
    if len(best) == 3:  # written so that no order is needed: 2026-01-02, 2 Jan 2026
        return "YMD", True
    return ("DMY" if "DMY" in best else best[0]), len(best) == 1 or best == ["YMD"]


def _day(text: str, order: Order) -> date | None:
    try:
        if found := _YEAR_FIRST.match(text):
            return date(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]))
        if found := _YEAR_LAST.match(text):
            first, second, last = found.groups()
            if order == "MDY":
                return date(_year(last), int(first), int(second))
            if order == "DMY":
                return date(_year(last), int(second), int(first))
            return date(_year(first), int(second), int(last)) if len(last) == 2 else None
        if found := _PACKED.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DAY_WORD.match(text):
            return date(_year(found[3]), _MONTHS[found[2][:3].lower()], int(found[1]))
        if found := _WORD_DAY.match(text):
            return date(int(found[3]), _MONTHS[found[1][:3].lower()], int(found[2]))
        if found := _SERIAL.match(text):
            return _DAY_ZERO + timedelta(days=int(found[1]))
    except ValueError:
        return None
    return None


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 70 else 1900)


def _offset(text: str) -> tzinfo:
    if text in {"Z", "UTC"}:
        text = "+00:00"
    parsed = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo
    assert parsed is not None
    return parsed
