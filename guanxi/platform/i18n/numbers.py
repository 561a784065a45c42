"""Numbers as people write them: 1,284 · 12% · ¥1.2M · 120 万 · 1.2 MB, and back.

All three languages group by thousands with a comma and mark decimals with a point, so Python's own
formatting does it, which matters where a page shows a thousand cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import gettext as _

from guanxi.platform.i18n.languages import ENGLISH, HANS, HANT, active_language

Number = int | float | Decimal

MINUS = "\u2212"
NO_BREAK = "\u00a0"
FULL_COLON = "\uff1a"
FULL_COMMA = "\uff0c"

# Unit, its sign, how many decimals fit below 10, below 100 and above.
_SCALES: dict[str, list[tuple[int, str, tuple[int, int, int]]]] = {
    ENGLISH: [(10**9, "B", (2, 1, 0)), (10**6, "M", (2, 1, 0)), (10**3, "K", (1, 0, 0))],
    HANS: [(10**8, "亿", (2, 1, 0)), (10**4, "万", (1, 1, 0))],
    HANT: [(10**8, "億", (2, 1, 0)), (10**4, "萬", (1, 1, 0))],
}


def format_number(value: Number | None, *, digits: int | None = None) -> str:
    """1284 → 1,284. Decimals as they are (without zeros at the end), or exactly `digits` of them."""
    if value is None:
        return ""
    if digits is not None:
        text = f"{_half_up(value, digits):,}"
    elif isinstance(value, int):
        text = f"{value:,}"
    else:
        text = _trimmed(f"{Decimal(str(value)):,f}")
    return MINUS + text[1:] if text[0] == "-" else text


def format_percent(share: Number | None, *, digits: int = 0, sign: bool = False) -> str:
    """0.118 → 12%. With `sign` a growth carries its plus: +12%."""
    if share is None:
        return ""
    text = format_number(Decimal(str(share)) * 100, digits=digits)
    return f"{'+' if sign and share > 0 else ''}{text}%"


def format_compact(value: Number | None) -> str:
    """A number at a glance, in the units of the language: 1.2M, 120 万, 410 萬."""
    if value is None:
        return ""
    return with_unit(*compact_parts(value))


def with_unit(number: str, unit: str) -> str:
    """1.2M, 120 万: a Chinese unit keeps a distance, and never stands on the next line."""
    return f"{number}{NO_BREAK}{unit}" if unit and unit not in "KMB" else number + unit


def compact_parts(value: Number, language: str | None = None) -> tuple[str, str]:
    """The rounded number and its unit: (“1.2”, “M”); the unit is empty for small numbers."""
    size = abs(Decimal(str(value)))
    scales = _SCALES[language or active_language()]
    for position in range(len(scales) - 1, -1, -1):
        unit, sign, decimals = scales[position]
        larger = scales[position - 1][0] if position else None
        scaled = size / unit
        shown = _half_up(scaled, decimals[0 if scaled < 10 else 1 if scaled < 100 else 2])
        if position == len(scales) - 1 and _half_up(size, 0) < unit:
            shown, sign = _half_up(size, 0), ""
        elif larger and shown * unit >= larger:
            continue
        text = _trimmed(f"{shown:,f}")
        return (MINUS + text if value < 0 and shown else text), sign
    raise AssertionError("the largest unit takes every number")


def format_size(octets: int | None) -> str:
    """The size of a file: 218 KB, 1.2 MB (units of 1,000, like the desktop shows them)."""
    if octets is None:
        return ""
    if octets < 1000:
        return f"{octets}{NO_BREAK}B"
    size, unit = Decimal(octets), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        size, unit = size / 1000, larger
        if _half_up(size, 0) < 1000:
            break
    return f"{_trimmed(f'{_half_up(size, 1 if size < 10 else 0):,f}')}{NO_BREAK}{unit}"


def join_words(words: Iterable[object], *, last: str = "and") -> str:
    """A list in a sentence: “A, B and C”, “A、B和C”; `last` is "and" or "or"."""
    said = [str(word) for word in words]
    if len(said) < 2:
        return "".join(said)
    comma = ", " if active_language() == ENGLISH else "、"
    pair = _("%(first)s and %(last)s") if last == "and" else _("%(first)s or %(last)s")
    return pair % {"first": comma.join(said[:-1]), "last": said[-1]}


def comma_list(words: Iterable[object]) -> str:
    """A list that is no part of a sentence: “A, B, C”, “A、B、C”."""
    return (", " if active_language() == ENGLISH else "、").join(str(word) for word in words)


def clause_list(clauses: Iterable[object]) -> str:
    """Clauses one after the other, each more than a word: “owner is me, stage is open”, “…，…”."""
    return (", " if active_language() == ENGLISH else FULL_COMMA).join(str(one) for one in clauses)


def labelled(label: object, words: object) -> str:
    """What something is called and what it is: “Name: 7”, “名称：7”."""
    return f"{label}{': ' if active_language() == ENGLISH else FULL_COLON}{words}"


def sentence_gap() -> str:
    """What stands between two sentences: a space; nothing in Chinese, whose full stop has its own air."""
    return " " if active_language() == ENGLISH else ""


_SUFFIXES = {
    **dict.fromkeys(("k", "千"), 10**3),
    **dict.fromkeys(("m", "mio", "mn", "million", "百万", "百萬"), 10**6),
    **dict.fromkeys(("b", "bn", "billion", "十亿", "十億"), 10**9),
    **dict.fromkeys(("万", "萬", "w"), 10**4),
    **dict.fromkeys(("千万", "千萬"), 10**7),
    **dict.fromkeys(("亿", "億"), 10**8),
}
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SPELLED = re.compile(r"(?P<sign>[-+]?)(?P<number>\d[\d.,' ]*|[.,]\d+) ?(?P<unit>[a-z万萬亿億千百十]*)")


def parse_number(text: str) -> Decimal | None:
    """A number as somebody typed it, or None: 1,234.5 · 1.234,5 · 120万 · 96k · (1,200) · １２ · 三万五."""
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    clean = unicodedata.normalize("NFKC", text).strip().lower().replace(MINUS, "-").replace("\u2019", "'")
    if clean.startswith("(") and clean.endswith(")"):
        clean = f"-{clean[1:-1]}"
    match = _SPELLED.fullmatch(clean)
    if match is None:
        spelled = chinese_number(clean)
        return None if spelled is None else Decimal(spelled)
    unit = 1 if not match["unit"] else _SUFFIXES.get(match["unit"])
    if unit is None:
        return None
    try:
        return Decimal(match["sign"] + _plain_digits(match["number"])) * unit
    except InvalidOperation:
        return None


def _plain_digits(number: str) -> str:
    """Group marks out, the decimal mark a point. The last of two different marks is the decimal one."""
    number = re.sub(r"[' ]", "", number)
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return (
            number.replace(",", "")
            if number.rfind(".") > number.rfind(",")
            else number.replace(".", "").replace(",", ".")
        )
    if commas:
        groups = commas > 1 or re.search(r",\d{3}$", number)
        return number.replace(",", "") if groups else number.replace(",", ".")
    return number.replace(".", "") if points > 1 else number


_CHINESE_DIGITS = {
    sign: value
    for value, signs in enumerate(
        ("零〇", "一壹", "二两兩贰貳", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for sign in signs
}
_CHINESE_UNITS = (("亿億", 10**8), ("万萬", 10**4), ("千仟", 1000), ("百佰", 100), ("十拾", 10))


def chinese_number(text: str) -> int | None:
    """A whole number in Chinese numerals, or None: 三十四 → 34, 两千三 → 2300, 二〇二六 → 2026."""
    for signs, unit in _CHINESE_UNITS:
        found = max(text.rfind(sign) for sign in signs)
        if found < 0:
            continue
        left, right = text[:found], text[found + 1 :]
        times = 1 if unit == 10 and not left else chinese_number(left)
        rest = chinese_number(right) if right else 0
        if times is None or rest is None:
            return None
        # 三万五 leaves out the unit of its last digit: it is the next smaller one.
        elliptic = len(right) == 1 and unit > 10
        return times * unit + rest * (unit // 10 if elliptic else 1)
    if not text or any(sign not in _CHINESE_DIGITS for sign in text):
        return None
    return int("".join(str(_CHINESE_DIGITS[sign]) for sign in text))


def _half_up(value: Number, digits: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_whole(text: object, *, least: int = 0, most: int = 2**63 - 1) -> int | None:
    """A whole number that came in an address or a form; None for anything else, and out of bounds.

    Python refuses to read numbers of thousands of digits, and no database keeps more than 63 bits: asked this
    way, neither is an error of ours.
    """
    said = str(text) if isinstance(text, str) or (isinstance(text, int) and abs(text) < 2**63) else ""
    if not (said.isascii() and said.isdecimal() and len(said) < 20):
        return None
    return int(said) if least <= int(said) <= most else None
