"""Phrases of a question that stand in no list of words: times with numbers, "by month", "the most", sums.

All patterns are of folded text: small letters, Traditional characters as Simplified ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

_NUMBERS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
            "十一": 11, "十二": 12}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEVELS = {
    "year": "year", "annually": "year", "quarter": "quarter", "month": "month", "week": "week",
    "day": "day", "daily": "day", "年": "year", "季": "quarter", "月": "month", "周": "week", "星期": "week",
    "日": "day", "天": "day",
}  # fmt: skip
_POWERS = {"": 1, "k": 1_000, "thousand": 1_000, "千": 1_000, "万": 10_000, "m": 10**6, "million": 10**6,
           "百万": 10**6, "千万": 10**7, "亿": 10**8}  # fmt: skip
_MONTH_NAME = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)?"
)
_EDGE, _END = r"(?<![a-z0-9-])", r"(?![a-z0-9-])"
_SUM = r"[¥$€]?\s*(\d[\d,]*(?:\.\d+)?)\s*(百万|千万|thousand|million|万|亿|千|k|m)?(?![a-z0-9])\s*(?:元|块)?"
_YEAR = r"((?:19|20)\d\d)\s*年?|今年|去年|前年|明年|this year|last year"


@dataclass(slots=True)
class Said:
    """What the phrases of a question mean.

    rest     the question without them; "@month" and "@who" stand where it is grouped
    span     first and last day; None for no such time
    ranked   "-1" the most first, "1" the least; "" for none
    least, most  bounds of the amount, None for none
    """

    rest: str
    span: tuple[date, date] | None = None
    ranked: str = ""
    least: Decimal | None = None
    most: Decimal | None = None


Fiscal = Callable[[], int]
Span = tuple[date, date] | None


def take_phrases(folded: str, today: date, fiscal: Fiscal) -> Said:
    """Take the phrases out of a folded question; `fiscal` is the month in which the firm's year begins."""
    said = Said(folded)
    for more, pattern in ((True, _OVER), (False, _UNDER)):
        found = re.search(pattern, said.rest)
        if found is not None:
            amount = Decimal(found[1].replace(",", "")) * _POWERS[found[2] or ""]
            said.least, said.most = (amount, said.most) if more else (said.least, amount)
            said.rest = _without(said.rest, found)
    for pattern, meant in _TIMES:
        found = re.search(pattern, said.rest)
        if found is not None and said.span is None:
            span = meant(found, today, fiscal)
            if span is not None:
                said.span = span
                said.rest = _without(said.rest, found)
    for pattern, ranked in ((_MOST, "-1"), (_LEAST, "1")):
        if re.search(pattern, said.rest):
            said.ranked, said.rest = ranked, re.sub(pattern, " ", said.rest)
    said.rest = re.sub(_WHO, " @who ", said.rest)
    said.rest = re.sub(_BY, lambda found: f" @{_level(found)} ", said.rest)
    said.rest = " ".join(said.rest.split())
    return said


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _level(found: re.Match[str]) -> str:
    word = next(one for one in found.groups() if one)
    return next((level for one, level in _LEVELS.items() if word.startswith(one)), "month")


def _year_of(text: str | None, today: date) -> int:
    """2026, 今年, last year → the year; this one where nothing is said."""
    text = (text or "").strip()
    digits = re.search(r"\d{4}", text)
    if digits:
        return int(digits[0])
    back = {"去年": 1, "last year": 1, "前年": 2, "明年": -1}
    return today.year - back.get(text, 0)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _NUMBERS[text]


def _months(year: int, first: int, count: int) -> tuple[date, date] | None:
    if not 1 <= first <= 12:
        return None
    return date(year, first, 1), _begin(year, first + count) - timedelta(days=1)


def _begin(year: int, month: int) -> date:
    """The first day of a month that may lie beyond its year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _quarter(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    parts = found.groupdict()
    number = _number(parts["quarter"])
    year = _year_of(parts.get("year") or parts.get("after"), today)
    return _months(year, number * 3 - 2, 3) if 1 <= number <= 4 else None


def _half(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    return _months(_year_of(found[1], today), 1 if found["half"] in ("上", "first") else 7, 6)


def _month(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    return _months(_year_of(found[1], today), _number(found["month"]), 1)


def _named_month(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    return _months(_year_of(found["year"], today), _MONTHS.index(found[1]) + 1, 1)


def _year(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    return _months(_year_of(found[0], today), 1, 12)


def _fiscal_year(found: re.Match[str], today: date, fiscal: Fiscal) -> Span:
    month = fiscal()
    begun = today.year - (today.month < month) - (found["which"] in ("上", "上个", "last", "previous"))
    return _months(begun, month, 12)


def _to_date(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    unit = next((one for one in ("year", "quarter", "month", "年", "季", "月") if one in found[0]), "year")
    unit = {"qtd": "quarter", "mtd": "month"}.get(found[0].strip(), unit)
    if unit in ("quarter", "季"):
        return date(today.year, (today.month - 1) // 3 * 3 + 1, 1), today
    return today.replace(day=1, month=1 if unit in ("year", "年") else today.month), today


def _back(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    """The last so many days, with today; of so many months from the day after the same day of that month."""
    count, unit = _number(found["count"]), found["unit"]
    if not 0 < count <= 600:
        return None
    if unit[0] in "d天日":
        return today - timedelta(days=count - 1), today
    if unit[0] in "w周星":
        return today - timedelta(days=7 * count - 1), today
    months = count * {"q": 3, "季": 3, "y": 12, "年": 12}.get(unit[0], 1)
    first = _begin(today.year, today.month - months)
    last = _begin(first.year, first.month + 1) - timedelta(days=1)
    return min(first.replace(day=1) + timedelta(days=today.day - 1), last) + timedelta(days=1), today


def _ahead(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    unit = found["unit"] or "year"
    if unit[0] in "w周星":
        first = today + timedelta(days=7 - today.weekday())
        return first, first + timedelta(days=6)
    if unit[0] in "m月":
        return _months(*_after(today.year, today.month + 1), 1)
    if unit[0] in "q季":
        return _months(*_after(today.year, (today.month - 1) // 3 * 3 + 4), 3)
    return _months(today.year + 1, 1, 12)


def _after(year: int, month: int) -> tuple[int, int]:
    begin = _begin(year, month)
    return begin.year, begin.month


def _yesterday(found: re.Match[str], today: date, _fiscal: Fiscal) -> Span:
    day = today + timedelta(days=1 if found[0] in ("tomorrow", "明天") else -1)
    return day, day


_HAN_NUMBER = r"[1-4]|[一二三四]"
# The longest first: what one takes, the next does not see.
_TIMES: tuple[tuple[str, Callable[[re.Match[str], date, Fiscal], Span]], ...] = (
    (
        rf"{_EDGE}(?:this )?(?:year|quarter|month) to date{_END}|{_EDGE}[yqm]td{_END}"
        r"|(?:今年|本年|本季度?|本月)以来",
        _to_date,
    ),
    (r"(?P<which>本|上个?|这个?)财年", _fiscal_year),
    (rf"{_EDGE}(?P<which>this|last|previous|current) (?:fiscal|financial) year{_END}", _fiscal_year),
    (
        r"(?:最近|近|过去)\s*(?P<count>\d+|十[一二]|[一二三四五六七八九十])\s*个?"
        r"(?P<unit>天|日|周|星期|月|季度?|年)",
        _back,
    ),
    (
        rf"{_EDGE}(?:in |over |during )?(?:the )?(?:last|past|previous) (?P<count>\d+)"
        rf" (?P<unit>days?|weeks?|months?|quarters?|years?){_END}",
        _back,
    ),
    (rf"(?P<year>{_YEAR})?\s*的?(?<!前)(?<!前 )第?(?P<quarter>{_HAN_NUMBER})季度?", _quarter),
    (rf"(?P<year>{_YEAR})?\s*{_EDGE}q(?P<quarter>[1-4])(?: (?:of )?(?P<after>{_YEAR}))?{_END}", _quarter),
    (rf"({_YEAR})?\s*的?(?P<half>上|下)半年", _half),
    (
        rf"({_YEAR})?\s*的?(?<![个前\d])(?<!前 )(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?",
        _month,
    ),
    (rf"{_EDGE}{_MONTH_NAME},? (?:of )?(?P<year>(?:19|20)\d\d|this year|last year){_END}", _named_month),
    (r"下个?(?P<unit>周|星期|月|季度?)", _ahead),
    (rf"{_EDGE}next (?P<unit>week|month|quarter|year){_END}|明年", _ahead),
    (rf"{_EDGE}(?:yesterday|tomorrow){_END}|昨天|明天", _yesterday),
    (rf"前年|(?<![\d-])(?:199\d|20[0-4]\d)\s*年|{_EDGE}(?:in )?(?:199\d|20[0-4]\d){_END}", _year),
)
_BY = (
    r"(?:每一?个?|各个?|按|逐|分)(年|季|月|周|星期|日|天)(?:度|份)?"
    rf"|{_EDGE}(?:by|per|each|every) (year|quarter|month|week|day){_END}"
    rf"|{_EDGE}((?:year|quarter|month|week)ly|annually|daily){_END}"
    r"|(?<![本上下这去今])(年|季|月)度"
)
_OVER = (
    rf"(?:大于|超过|高于|多于|不少于|{_EDGE}(?:over|above|more than|greater than|at least)) ?{_SUM}(?:以上)?"
)
_UNDER = rf"(?:小于|低于|少于|不到|不超过|{_EDGE}(?:under|below|less than|at most)) ?{_SUM}(?:以下)?"
# "Largest" and "smallest" are measures.
_MOST = rf"最(?:多|高|好)的?|{_EDGE}(?:the )?(?:most|highest|biggest|best){_END}"
_LEAST = rf"最(?:少|低|差)的?|{_EDGE}(?:the )?(?:least|lowest|fewest|worst){_END}"
_WHO = (
    rf"谁|哪位|哪个?人|每个?人|按人员?|各人|{_EDGE}who{_END}"
    rf"|{_EDGE}(?:by|per) (?:member|person|people|salesperson|rep){_END}"
)
