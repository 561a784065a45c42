"""How Han text sounds: pinyin without tones, from tables of our own (scripts/make-script-tables).

A library knows forty thousand idioms more, and takes 59 MB of every process for it; see
docs/decisions/0006-script-folding.md. Text is given in simplified characters, as `fold` leaves it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

TABLES = Path(__file__).with_name("tables")

# As surnames these sound otherwise than in common words.
_SURNAMES = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "解": "xie", "区": "ou", "查": "zha", "朴": "piao",
    "盖": "ge", "翟": "zhai", "乐": "yue", "缪": "miao", "覃": "qin", "召": "shao", "种": "chong",
    "黑": "he", "员": "yun", "祭": "zhai", "洗": "xian", "都": "du", "牟": "mu",
    "卜": "bu", "郇": "xun",
}  # fmt: skip


def is_han(sign: str) -> bool:
    """Whether a character belongs to Chinese script."""
    return "\u4e00" <= sign <= "\u9fff" or sign == "〇" or "\u3400" <= sign <= "\u4dbf" or sign > "\U0001ffff"


def syllables(text: str, *, person: bool = False) -> list[str]:
    """One syllable for each character, itself where no reading is known: 重庆 → chong, qing.

    With `person` the text begins with a surname: 单 is shan, 曾 is zeng.
    """
    singles, phrases, openers = _readings(), *_phrases()
    found: list[str] = []
    if person:
        found = surname_syllables(text)
    while len(found) < len(text):
        at = len(found)
        sign = text[at]
        if sign in openers:
            for length in (3, 2):
                if spoken := phrases.get(text[at : at + length]):
                    found += spoken
                    break
            else:
                found.append(singles.get(sign, sign))
        else:
            found.append(singles.get(sign, sign))
    return found


def surname_syllables(text: str) -> list[str]:
    """The syllables of the surname that a text begins with where they are special ones, else nothing."""
    spoken = _SURNAMES.get(text[:2]) or _SURNAMES.get(text[:1])
    return spoken.split() if spoken else []


@cache
def _readings() -> dict[str, str]:
    lines = (TABLES / "readings.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return {sign: syllable for syllable, signs in pairs for sign in signs}


@cache
def _phrases() -> tuple[dict[str, list[str]], frozenset[str]]:
    """Words in which a character sounds otherwise than alone, and the characters that begin them."""
    lines = (TABLES / "phrases.txt").read_text(encoding="utf-8").splitlines()
    phrases = {phrase: spoken.split() for phrase, spoken in (line.split("\t") for line in lines)}
    return phrases, frozenset(phrase[0] for phrase in phrases)
