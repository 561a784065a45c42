"""Numbers as people write them: 1,234.50 · 1.234,50 · ¥30万 · (12) · 7 %."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Literal

Mark = Literal[".", ","]

_UNITS = {
    "千": 3,
    "万": 4,
    "萬": 4,
    "w": 4,
    "百万": 6,
    "百萬": 6,
    "千万": 7,
    "千萬": 7,
    "亿": 8,
    "億": 8,
    "k": 3,
    "m": 6,
    "mn": 6,
    "bn": 9,
}
_MONEY = re.compile(r"[¥￥$€£₩]|(?:RMB|CNY|USD|EUR|GBP|HKD|HK\$|TWD|NT\$|US\$|JPY|SGD)|元|圆|圓", re.I)
_SHAPE = re.compile(
    r"([+-]?)([\d.,'’ \u00a0\u202f，]+)(百?[万萬]|千[万萬]?|[亿億]|[kKmMwW]|mn|bn)?([-%％]?)$"
)
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?$")


def parse_number(text: str, mark: Mark = ".") -> Decimal | None:
    """The number, exact; percent signs are left out of it. None where the text is none."""
    if _PLAIN.match(text):
        return (
            Decimal(text) if mark == "." or not _thousands_by_point(text) else Decimal(text.replace(".", ""))
        )
    bare = _MONEY.sub("", text.strip()).strip().replace("，", ",")
    negative = bare.startswith("(") and bare.endswith(")")
    found = _SHAPE.match(bare[1:-1].strip() if negative else bare)
    if found is None:
        return None
    sign, digits, unit, tail = found.groups()
    number = _digits(digits.strip(), mark)
    if number is None:
        return None
    if unit:
        number = number.scaleb(_UNITS[unit.lower()])
    return -number if negative or sign == "-" or tail == "-" else number


def detect_mark(texts: Iterable[str]) -> Mark:
    """The decimal mark of a column: the sign that ever stands where a thousands mark cannot."""
    comma = point = 0
    for text in texts:
        bare = _MONEY.sub("", text).strip()
        if re.search(r"\d,\d{1,2}$|\d,\d{4,}$|\.\d{3},", bare):
            comma += 1
        elif re.search(r"\d\.\d{1,2}$|\d\.\d{4,}$|,\d{3}\.", bare):
            point += 1
    return "," if comma > point else "."


def _thousands_by_point(text: str) -> bool:
    return re.match(r"[+-]?\d{1,3}(\.\d{3})+$", text) is not None


def _digits(digits: str, mark: Mark) -> Decimal | None:
    whole, point, part = digits.rpartition(mark)
    if not point:
        whole, part = digits, ""
    if part and not part.isdigit():
        return None
    if not whole.isdigit():
        groups = re.split(r"[.,'’ \u00a0\u202f]", whole)
        # 1,23,45,678 is how India groups; anything else between digits is no thousands mark
        if whole and not (groups[0].isdigit() and all(re.fullmatch(r"\d{2,4}", one) for one in groups[1:])):
            return None
        whole = "".join(groups)
    try:
        return Decimal(f"{whole or '0'}.{part or '0'}") if part else Decimal(whole)
    except InvalidOperation:
        return None
