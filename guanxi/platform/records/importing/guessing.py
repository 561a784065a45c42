"""What a column looks like, from a sample of its cells. Every guess is shown and can be changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from guanxi.platform.records.importing.dates import Order, detect_order, parse_day
from guanxi.platform.records.importing.quantities import Mark, detect_mark, parse_number

Kind = Literal[
    "empty", "date", "datetime", "number", "money", "percent", "boolean", "email", "phone", "url", "choice",
    "code", "text",
]  # fmt: skip

# Cells that say that there is nothing to say. Folded; a dash alone is one too.
NOT_GIVEN = frozenset(
    {
        "select", "n/a", "#n/a", "na", "null", "none", "nil", "nan", "-", "--", "---", "—", "?", "unknown",
        "\\n", "(null)", "(blank)", "(none)", "#value!", "#ref!", "#div/0!",
        "无", "無", "暂无", "暫無", "没有", "沒有", "未知", "未填写", "未填寫", "空", "请选择", "請選擇",
        "不详", "不詳",
    }
)  # fmt: skip
# Words that are names as well: they count as "not given" only when the whole sample makes that likely.
_OFTEN = {"na", "none", "select", "unknown", "未知", "空", "nan", "?"}

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}$")
_URL = re.compile(
    r"(https?://\S+|www\.\S+\.\S{2,}\S*)$|[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org|io|de|tw|hk)(/\S*)?$",
    re.I,
)
_PHONE = re.compile(r"\+?[\d(][\d\s().\-/–—]{5,22}\d(\s*(ext|x|转|轉|#)\.?\s*\d{1,6})?$", re.I)
_MONEY = re.compile(r"[¥￥$€£]|(CNY|RMB|USD|EUR|HKD|TWD)\s*\d|\d\s*(元|[万萬亿億])")
_BOOLEAN = {"yes", "no", "true", "false", "y", "n", "是", "否", "1", "0", "对", "错", "✓", "✗", "√", "×"}
_SEPARATORS = ("; ", ";", "；", "、", "|", ", ", " / ", "\n")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What the sample of a column tells.

    filled       cells of the sample that say something; `not_given` words don't count
    examples     the first few different ones
    options      of a choice: every different cell with its count, the commonest first
    order, sure  of dates: their order, and whether no other order would do
    separator    where most cells hold several values, the sign between them
    """

    index: int
    header: str
    kind: Kind
    filled: int
    rows: int
    examples: tuple[str, ...] = ()
    distinct: int = 0
    options: dict[str, int] = field(default_factory=dict)
    order: Order | None = None
    sure: bool = True
    mark: Mark = "."
    not_given: tuple[str, ...] = ()
    separator: str = ""
    longest: int = 0

    @property
    def unique(self) -> bool:
        """Whether every filled cell differs from the others, as keys do."""
        return self.filled > 1 and self.distinct == self.filled


def profile_columns(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[ColumnProfile]:
    """A profile for each column. A date column that leaves its order open follows those that do not."""
    profiles = [
        _profile(at, header, [row[at].strip() if at < len(row) else "" for row in rows])
        for at, header in enumerate(headers)
    ]
    decided = Counter(one.order for one in profiles if one.order in {"DMY", "MDY"} and one.sure)
    if not decided:
        return profiles
    usual = decided.most_common(1)[0][0]
    return [one if one.sure else replace(one, order=usual) for one in profiles]


def _profile(at: int, header: str, cells: list[str]) -> ColumnProfile:
    counts = Counter(cell for cell in cells if cell)
    not_given = _not_given(counts)
    for word in not_given:
        del counts[word]
    filled = sum(counts.values())
    if not filled:
        return ColumnProfile(at, header, "empty", 0, len(cells), not_given=not_given)
    kind, order, sure, mark = _kind(counts, filled)
    options = dict(counts.most_common(50)) if kind in {"choice", "boolean"} else {}
    return ColumnProfile(
        index=at,
        header=header,
        kind=kind,
        filled=filled,
        rows=len(cells),
        examples=tuple(list(counts)[:4]),
        distinct=len(counts),
        options=options,
        order=order,
        sure=sure,
        mark=mark,
        not_given=not_given,
        separator=_separator(counts) if kind in {"text", "choice", "email", "phone"} else "",
        longest=max(map(len, counts)),
    )


def _not_given(counts: Counter[str]) -> tuple[str, ...]:
    found = [text for text in counts if text.casefold() in NOT_GIVEN]
    total = counts.total()
    return tuple(
        text
        for text in found
        if text.casefold() not in _OFTEN or counts[text] > 1 or total > 20 * counts[text]
    )


def _kind(counts: Counter[str], filled: int) -> tuple[Kind, Order | None, bool, Mark]:
    """Kinds in order of how much they demand; nine tenths of the cells must agree."""

    def share(pattern: re.Pattern[str]) -> float:
        return sum(count for text, count in counts.items() if pattern.match(text)) / filled

    texts = list(counts)
    if len(counts) <= 4 and all(text.casefold() in _BOOLEAN for text in texts) and _both_ways(texts):
        return "boolean", None, True, "."
    if share(_EMAIL) > 0.9:
        return "email", None, True, "."
    if share(_URL) > 0.9:
        return "url", None, True, "."
    order, sure = detect_order(texts[:2_000])
    if order and not all(text.isdigit() for text in texts):
        timed = sum(":" in text for text in texts) > len(texts) / 2
        return ("datetime" if timed else "date"), order, sure, "."
    mark = detect_mark(texts)
    numbers = sum(count for text, count in counts.items() if parse_number(text, mark) is not None) / filled
    phones = share(_PHONE) if not any(parse_day(text, "YMD") for text in texts[:50] if "/" in text) else 0.0
    if phones > 0.8 and (numbers < 0.5 or _like_phones(texts)):
        return "phone", None, True, "."
    if numbers > 0.9:
        return _number_kind(texts), None, True, mark
    if phones > 0.6:
        return "phone", None, True, "."
    if len(counts) == filled and filled > 3 and all(_is_code(text) for text in texts):
        return "code", None, True, "."
    if len(counts) <= 40 and filled >= 3 * len(counts) and max(map(len, texts)) <= 80:
        return "choice", None, True, "."
    return "text", None, True, "."


def _both_ways(texts: list[str]) -> bool:
    """Yes alone is a boolean as well; 1 alone, or 0 and 1 among others, is a number."""
    folded = {text.casefold() for text in texts}
    return not folded <= {"1", "0"} or folded == {"0", "1"}


def _like_phones(texts: list[str]) -> bool:
    """Digits alone are phones when they are as long as phones and do not look counted."""
    digits = [re.sub(r"\D", "", text) for text in texts]
    right = sum(7 <= len(one) <= 15 for one in digits)
    marked = sum(not text.isdigit() and "," not in text and text.count(".") != 1 for text in texts)
    mobiles = sum(re.fullmatch(r"(86)?1[3-9]\d{9}", one) is not None for one in digits)
    return right > 0.9 * len(texts) and (marked > 0.3 * len(texts) or mobiles > 0.5 * len(texts))


def _number_kind(texts: list[str]) -> Kind:
    if sum(text.endswith(("%", "％")) for text in texts) > len(texts) / 2:
        return "percent"
    return "money" if sum(bool(_MONEY.search(text)) for text in texts) > len(texts) / 2 else "number"


def _is_code(text: str) -> bool:
    return len(text) <= 64 and " " not in text and text.isascii() and any(sign.isdigit() for sign in text)


def _separator(counts: Counter[str]) -> str:
    """A sign that parts short pieces which come again in other cells: tags, several phones."""
    for separator in _SEPARATORS:
        parted = [text for text in counts if separator in text]
        if len(parted) < max(2, 0.2 * len(counts)):
            continue
        pieces = Counter(piece.strip() for text in parted for piece in text.split(separator))
        if max(map(len, pieces)) <= 40 and len(pieces) < 0.7 * pieces.total():
            return separator
    return ""
