"""What a word that nobody knows was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rapidfuzz import fuzz, process

NEAR = 82  # of 100; lower finds strangers, higher misses a letter left out of a short word
_BETWEEN = re.compile(r"[\W_]+")
_FIRM = re.compile(
    r"\b(inc|llc|ltd|co|corp|corporation|company|gmbh|ag|sa|plc|limited)\b\.?|有限责任公司|股份有限公司|有限公司|集团|集團"
)

# Words of spreadsheets' commonest free column, so that a slip shows even where it is the only spelling there.
INDUSTRIES = (
    "agriculture", "automotive", "banking", "biotechnology", "chemicals", "construction", "consulting",
    "education", "electronics", "employment", "energy", "engineering", "entertainment", "environmental",
    "finance", "food", "government", "healthcare", "hospitality", "insurance", "logistics", "machinery",
    "manufacturing", "marketing", "media", "medical", "mining", "pharmaceuticals", "real estate", "retail",
    "services", "software", "technology", "telecommunications", "transportation", "utilities", "wholesale",
)  # fmt: skip


def squash(text: str) -> str:
    """A word without what slips easily: case, blanks, hyphens. "GTX Pro" and "GTXPro" are one."""
    return _BETWEEN.sub("", text).casefold()


def nearest(text: str, known: Mapping[str, str]) -> str:
    """The known word that `text` was probably meant to be, or "".

    known   words as they are to be compared → words as they are to be written
    """
    plain = squash(text)
    for word, written in known.items():
        if squash(word) == plain:
            return written
    found = process.extractOne(
        text.casefold(), {word: word.casefold() for word in known}, scorer=fuzz.ratio, score_cutoff=NEAR
    )
    return known[found[2]] if found else ""


class Vocabulary:
    """Many known words, asked about many unknown ones: titles of records, names of members."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._squashed = {squash(word): written for word, written in words.items()}
        self._bare = {key: _bare(key) for key in words}
        self._words = dict(words)

    def nearest(self, text: str) -> str:
        """As `nearest`, faster, and deaf to what a firm's name ends with."""
        if written := self._squashed.get(squash(text)):
            return written
        found = process.extractOne(_bare(text), self._bare, scorer=fuzz.ratio, score_cutoff=NEAR)
        return self._words[found[2]] if found else ""


def slips(counts: Mapping[str, int]) -> dict[str, str]:
    """Cells of a free column that are probably another spelling of one there, or of a word of the trade.

    counts   different cells and how often each stands there
    """
    found: dict[str, str] = {}
    by_squash: dict[str, str] = {}
    for text, _count in sorted(counts.items(), key=lambda one: -one[1]):
        usual = by_squash.setdefault(squash(text), text)
        if usual != text:
            found[text] = usual
        elif text.casefold() not in INDUSTRIES and len(text) > 5 and text.isascii():
            near = process.extractOne(text.casefold(), INDUSTRIES, scorer=fuzz.ratio, score_cutoff=88)
            if near:
                found[text] = near[0] if text.islower() else near[0].capitalize()
    return found


def _bare(text: str) -> str:
    return _FIRM.sub("", text.casefold()).strip(" ,.()（）") or text.casefold()
