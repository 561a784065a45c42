"""Text made comparable, whatever the script, width, case or accents it was typed in; words for search.

The scheme of search, the same for SQLite's FTS5 and PostgreSQL's tsvector. A text is stored as words
(`search_tokens`), a query is made of words that must all be there (`query_tokens`), some of them by
their beginning:

    Han, kana, hangul  each character and each pair of neighbours; asked by pairs, a single one by itself
    Han also by sound  pinyin from each character on, and its initials: 软件 by ruanjian, jian, rj
    Latin and others   each word, and compounds also without their joints: WQ-200 by wq, 200, wq200
    addresses of mail  whole, and by domain: li@qinghe.example by li@qing, qinghe.example
    phones, numbers    digits from each place on: 138 5710 4426 by 1385710, 4426
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from guanxi.platform.i18n.pinyin import TABLES, is_han, surname_syllables, syllables

MOST_TOKENS = 4000  # of one text: what a search page needs, and a bound for pasted novels
_LONGEST_TOKEN = 64
_SYLLABLES_AHEAD = 8

# -- folding -----------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Case, width, accents and script out, white space single: “Ｑinghé  軟體” → “qinghe 软体”.

    Two texts that people would call the same fold to the same text. Folding twice changes nothing.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_folds())
    return " ".join(unicodedata.normalize("NFC", folded).split())


@cache
def _folds() -> dict[int, str | None]:
    """Character → what it folds to: traditional forms, accented letters, signs that nobody sees."""
    keys, values = (TABLES / "simplified.txt").read_text(encoding="utf-8").splitlines()
    table: dict[int, str | None] = {ord(key): value for key, value in zip(keys, values, strict=True)}
    for code in (*range(0xC0, 0x530), *range(0x1E00, 0x2000)):
        letter = chr(code).casefold()
        bare = "".join(
            sign for sign in unicodedata.normalize("NFKD", letter) if unicodedata.category(sign) != "Mn"
        )
        if bare != chr(code):
            table[code] = bare
    table |= {ord(sign): plain for sign, plain in zip("æœøđðħıłŋþŧ", _PLAIN_LETTERS, strict=True)}
    table |= dict.fromkeys(range(0x300, 0x370))  # accents that stand alone
    invisible = (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
    table |= dict.fromkeys((*invisible, *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080)))
    # Controls part words, and no database wants to store a NUL.
    return table | dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")


_PLAIN_LETTERS = ("ae", "oe", "o", "d", "d", "h", "i", "l", "n", "th", "t")

# -- words of a text ---------------------------------------------------------------------------------

# Scripts that do not part words with spaces: Thai to Khmer, Hangul jamo, kana, Han, Hangul.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(
    rf"(?P<dense>[{_DENSE}]+)"
    r"|(?P<digits>\+?\(?\d[\d ()./+-]{5,}\d(?!\w))"
    rf"|(?P<word>[^\W_{_DENSE}]+(?:[-_.'\u2019/&+@:]+[^\W_{_DENSE}]+)*)"
)
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_NOT_DIGITS = re.compile(r"\D+")


def search_tokens(text: str, *, sounds: bool = True) -> list[str]:
    """The words under which a text is found, each once, without any sign that a tokeniser would split at.

    `sounds` adds pinyin and initials: for names and titles. Leave it out for long texts.
    """
    found: dict[str, None] = {}
    for match in _PIECE.finditer(fold(text)):
        piece = match[0]
        match match.lastgroup:
            case "dense":
                _add_dense(piece, found, sounds)
            case "digits":
                _add_digits(piece, found)
            case _:
                _add_word(piece, found)
        if len(found) > MOST_TOKENS:
            break
    return list(found)[:MOST_TOKENS]


def _add_dense(run: str, found: dict[str, None], sounds: bool) -> None:
    run = _letters(run)
    found.update(dict.fromkeys(run))
    found.update(dict.fromkeys(_pairs(run)))
    if not sounds:
        return
    for part in _HAN_RUN.findall(run):
        _add_sounds(spoken := syllables(part), found)
        named = surname_syllables(part)
        if named and named != spoken[: len(named)]:
            _add_sounds(named + spoken[len(named) :], found, starts=len(named))


_HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff〇\U00020000-\U0003ffff]+")


def _add_sounds(spoken: list[str], found: dict[str, None], starts: int | None = None) -> None:
    """Pinyin and initials from each of the first `starts` characters on (from all of them, if not said)."""
    for at in range(len(spoken) if starts is None else starts):
        ahead = spoken[at : at + _SYLLABLES_AHEAD]
        sound = "".join(ahead)
        found[sound] = None
        if "v" in sound:  # 吕 is typed lv and lu
            found[sound.replace("v", "u")] = None
        if len(ahead) > 1 or len(spoken) == 1:
            found["".join([syllable[0] for syllable in ahead])] = None


def opening_sounds(folded: str) -> tuple[list[str], list[str]]:
    """How the Han text that a folded text begins with is spelled, and its initials: 王伟 → wangwei; ww."""
    run = _HAN_RUN.match(folded)
    if run is None:
        return [], []
    spoken, named = syllables(run[0]), surname_syllables(run[0])
    spelled: dict[str, None] = {}
    initials: dict[str, None] = {}
    for sounds in (spoken, named + spoken[len(named) :]):
        whole = "".join(sounds)
        spelled.update(dict.fromkeys((whole, whole.replace("v", "u"))))
        initials["".join(sound[0] for sound in sounds)] = None
    return list(spelled), list(initials)


def _add_digits(piece: str, found: dict[str, None]) -> None:
    digits = _NOT_DIGITS.sub("", piece)[:_LONGEST_TOKEN]
    found.update(dict.fromkeys(digits[at:] for at in range(len(digits) - 2)))


def _add_word(word: str, found: dict[str, None]) -> None:
    if word.isalpha():
        found[word[:_LONGEST_TOKEN]] = None
        return
    parts = _PARTS.findall(word)
    found[_joined(word)] = None
    for part in parts:
        found[part[:_LONGEST_TOKEN]] = None
        if len(part) > 6 and part.isdecimal():
            _add_digits(part, found)
    for address in _addresses(word):  # asked for whole, and by its domain
        for side in (address, *address.split("@")):
            found[_joined(side)] = None


def _joined(word: str) -> str:
    """A compound without its joints."""
    return "".join(_PARTS.findall(word))[:_LONGEST_TOKEN]


def _addresses(word: str) -> list[str]:
    """The addresses of mail in a compound: one of mailto:li@qinghe.example."""
    return [part for part in re.split("[:/]", word) if "@" in part] if "@" in word else []


def _letters(run: str) -> str:
    """A run without the marks (of Thai, say) that tokenisers drop."""
    return run if run.isalnum() else "".join(filter(str.isalnum, run))


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


# -- words of a query --------------------------------------------------------------------------------


class QueryToken(NamedTuple):
    """A word that must be there: exactly, or with more behind it (`prefix`); or, as well, one of `others`."""

    text: str
    prefix: bool
    others: tuple[str, ...] = ()

    def stands_in(self, words: Collection[str]) -> bool:
        """Whether a text of these words has it."""
        if self.prefix:
            beginnings = (self.text, *self.others)
            return any(word.startswith(beginnings) for word in words)
        return self.text in words or any(one in words for one in self.others)


def query_tokens(text: str) -> list[QueryToken]:
    """What a query asks for, all of it; nothing where the query has no letter or digit.

    A member types "qh", "软件", "ruan jian", "5710 4426", "wq-2": every word but Han pairs may go on.
    """
    found: dict[QueryToken, None] = {}
    for match in _PIECE.finditer(fold(text)[:200]):
        piece = match[0]
        match match.lastgroup:
            case "dense":
                run = _letters(piece)
                found.update((QueryToken(part, False), None) for part in _pairs(run) or run)
            case "digits":
                found[QueryToken(_NOT_DIGITS.sub("", piece)[:_LONGEST_TOKEN], True)] = None
            case _ if addresses := _addresses(piece):
                # Asked in parts, `mail` and `com` would have to be looked up at everybody.
                found.update((QueryToken(_joined(one), True), None) for one in addresses)
            case _:
                parts = [piece] if piece.isalnum() else _PARTS.findall(piece)
                found.update(dict.fromkeys(QueryToken(part[:_LONGEST_TOKEN], True) for part in parts))
    return list(found)


def matches(text: str, query: str) -> bool:
    """Whether a query finds a text; what a database does, for lists that are in memory anyway."""
    words = search_tokens(text)
    return all(asked.stands_in(words) for asked in query_tokens(query))


def likely_tokens(text: str) -> list[QueryToken]:
    """What a query that finds nothing may have meant; nothing where no word of it can be meant otherwise.

    A Latin word: with one letter too many, too few, another one, or two that changed places, but the first.
    Han: whatever sounds like it, as who types pinyin picks the wrong characters (清河 for 青禾).
    """
    found: list[QueryToken] = []
    for match in _PIECE.finditer(fold(text)[:200]):
        piece = match[0]
        if match.lastgroup == "dense" and _HAN_RUN.fullmatch(piece) and len(piece) > 1:
            found.append(QueryToken("".join(syllables(piece[:_SYLLABLES_AHEAD])), True))
        elif match.lastgroup == "word":
            parts = [piece] if piece.isalnum() else _PARTS.findall(piece)
            found += [QueryToken(part[:_LONGEST_TOKEN], True, _slips(part)) for part in parts]
        else:
            found += query_tokens(piece)
    meant = any(one.others for one in found) or found != query_tokens(text)
    return found if meant and len(found) <= _MOST_MEANT else []


def _slips(word: str) -> tuple[str, ...]:
    """What was meant where one letter of a word was typed wrong; none of short words, which mean too much."""
    if not (_SHORTEST_MEANT <= len(word) <= _LONGEST_MEANT and word.isascii() and word.isalpha()):
        return ()
    found: dict[str, None] = {}
    for at in range(1, len(word)):
        before, rest = word[:at], word[at + 1 :]
        found[before + rest] = None
        if rest:
            found[before + rest[0] + word[at] + rest[1:]] = None
        for letter in _LETTERS:
            found[before + letter + rest] = None
            found[before + letter + word[at:]] = None
    found.pop(word, None)
    return tuple(found)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST_MEANT, _LONGEST_MEANT, _MOST_MEANT = 4, 14, 5


__all__ = [
    "MOST_TOKENS",
    "QueryToken",
    "fold",
    "is_han",
    "likely_tokens",
    "matches",
    "opening_sounds",
    "query_tokens",
    "search_tokens",
]
