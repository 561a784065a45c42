"""Whether a tender is what somebody wants to hear of. Pure: texts and figures in, the words found out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from guanxi.platform.i18n.folding import fold

_PARTS = re.compile(r"[,;\n|\uff0c\uff1b\u3001]+")
MOST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """Folded words; least and most in the workspace's currency."""

    any_words: tuple[str, ...] = ()
    all_words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None


def words_of(text: str | None) -> tuple[str, ...]:
    """“水质、COD, Pump” → the words, folded: 水質 and 水质 are one."""
    found = (fold(part) for part in _PARTS.split(text or ""))
    return tuple(dict.fromkeys(one for one in found if one))[:MOST_WORDS]


def found_words(wanted: Wanted, text: str, *, place: str = "", budget: Decimal | None = None) -> list[str]:
    """The words for which the text is wanted; none where it is not.

    place   where it is said to be; regions are looked for in the text as well
    budget  in the workspace's currency; one that is not known stands in nobody's way
    """
    told = fold(text)
    if any(_has(told, word) for word in wanted.not_words):
        return []
    if not all(_has(told, word) for word in wanted.all_words):
        return []
    some = [word for word in wanted.any_words if _has(told, word)]
    if wanted.any_words and not some:
        return []
    where = f"{fold(place)} {told}"
    if wanted.regions and not any(_has(where, one) for one in wanted.regions):
        return []
    if budget is not None:
        if wanted.least is not None and budget < wanted.least:
            return []
        if wanted.most is not None and budget > wanted.most:
            return []
    return [*wanted.all_words, *some]


def _has(text: str, word: str) -> bool:
    """A word of letters begins where a word begins; Han stand anywhere."""
    if not word[0].isascii():
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}", text) is not None
