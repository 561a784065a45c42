"""Names of people and companies: their order, what an avatar shows, how they sort.

王若溪 · Rachel Tan · 青禾水务集团有限公司 → 青禾水务 · Meridian Instruments Pte. Ltd. → Meridian Instruments
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.pinyin import TABLES, is_han, syllables

_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")

# -- people ------------------------------------------------------------------------------------------


def person_name(*, given: str = "", family: str = "", middle: str = "") -> str:
    """The whole name in the order of its script: 王若溪, but Rachel Tan."""
    if _EAST_ASIAN.search(family + given):
        return f"{family}{middle}{given}".strip()
    return " ".join(part for part in (given.strip(), middle.strip(), family.strip()) if part)


def split_name(name: str) -> tuple[str, str]:
    """Family and given name: 欧阳明远 → 欧阳, 明远; “Rachel Tan” and “Tan, Rachel” → Tan, Rachel."""
    name = " ".join(name.split())
    if _EAST_ASIAN.match(name):
        if " " in name:
            family, _, given = name.partition(" ")
            return family, given
        length = 2 if len(name) > 2 and fold(name[:2]) in _words("double_surnames") else 1
        return (name[:length], name[length:]) if len(name) > 1 else ("", name)
    if "," in name:
        family, _, given = name.partition(",")
        return family.strip(), given.strip()
    given, _, family = name.rpartition(" ")
    return (family, given) if given else ("", family)


def greeting_name(name: str) -> str:
    """What a letter calls somebody: Rachel for Rachel Tan, the whole name in Chinese."""
    family, given = split_name(name)
    return name.strip() if _EAST_ASIAN.match(name.strip()) else given or family


def avatar_text(name: str, *, wide: bool = False, company: bool = False) -> str:
    """The one sign of an avatar, or two where it is 32 px and wider.

    A Chinese person shows the end of the name (溪, 若溪), a company its beginning (青, 青禾), all others
    their initials.
    """
    bare = short_company_name(name) if company else " ".join(name.split())
    if dense := "".join(_EAST_ASIAN.findall(bare)):
        signs = 2 if wide else 1
        return dense[:signs] if company else dense[-signs:]
    words = [word for word in re.split(r"[\s\-_.&]+", bare) if word and word[0].isalnum()]
    if not words:
        return bare[:1] or "·"
    letters = [words[0][0], words[-1][0] if wide and len(words) > 1 and not company else ""]
    if company and wide and len(words) > 1:
        letters[1] = words[1][0]
    return "".join(letters).upper()


# -- companies ---------------------------------------------------------------------------------------

_CHINESE_FORM = re.compile(
    "(?:集团)?(?:控股)?(?:集团)?(?:股份)?(?:有限责任公司|有限公司|股份公司|集团公司|总公司|公司|集团|"
    "合伙企业|事务所|商行|工作室|经营部)$"
)
_LATIN_FORM = re.compile(
    r"[\s,]+(?:ltd|limited|inc|incorporated|corp|corporation|co|company|llc|llp|lp|plc|gmbh|mbh|ag|se|kg|ohg|"
    r"e\.?v|s\.?a|s\.?a\.?s|s\.?a\.?r\.?l|b\.?v|n\.?v|oy|oyj|ab|a/?s|aps|asa|s\.?p\.?a|s\.?r\.?l|s\.?l|"
    r"sdn\.? bhd|bhd|pte|pty|pvt|private|k\.?k|lda|ltda|holdings?|group)\.?$|"
    r"[\s,]+&$|\s*\((?:pvt|pte|m|s|hk|china)\)$",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")


@lru_cache(maxsize=4096)
def short_company_name(name: str) -> str:
    """What people call the company: without its place and legal form, never empty.

    杭州青禾水务集团有限公司 → 青禾水务, 上海银行股份有限公司 → 上海银行, “Acme Co., Ltd.” → Acme.
    """
    name = " ".join(name.split())
    if _EAST_ASIAN.search(name):
        return _short_chinese(name) or name
    short = name
    while (shorter := _LATIN_FORM.sub("", short).rstrip(" ,")) and shorter != short:
        short = shorter
    return short or name


def _short_chinese(name: str) -> str:
    bare = _BRACKETS.sub("", name).strip() or name
    folded = fold(bare) if len(fold(bare)) == len(bare) else bare
    if form := _CHINESE_FORM.search(folded):
        bare, folded = bare[: form.start()] or bare, folded[: form.start()] or folded
        if place := _places().match(folded):
            rest = folded[place.end() :]
            # Some words are too general to stand without the place before them: 上海银行.
            if len(rest) > 1 and rest not in _words("general_words"):
                bare = bare[place.end() :]
    return bare


@cache
def _places() -> re.Pattern[str]:
    longest_first = "|".join(sorted(_words("places"), key=len, reverse=True))
    return re.compile(f"(?:(?:{longest_first})(?:省|市|县|区)?)+(?:[\u4e00-\u9fff]{{2,3}}[区县])?")


@cache
def _words(table: str) -> frozenset[str]:
    return frozenset((TABLES / f"{table}.txt").read_text(encoding="utf-8").split())


# -- sorting -----------------------------------------------------------------------------------------

_KEY_LENGTH = 160
_RUNS = re.compile(r"\d+|[^\W\d_]+")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def sort_key(text: str, *, person: bool = False) -> str:
    """A key that sorts names as people expect, byte by byte, in every database and language.

    Han sorts by pinyin among the Latin letters, and characters that sound alike stay together:
    李娜, 李伟, 黎明: 李 and 黎 part before the given name is looked at. Case, accents and script do not
    count, numbers count by value. With `person` the text begins with a surname: 单 sorts under shan.
    What has neither letter nor digit sorts last.
    """
    words = []
    for run in _RUNS.findall(fold(text)[:80]):
        if run.isdecimal():
            words.append(run.lstrip("0").rjust(9, "0"))
        elif run.isascii():
            words.append(run)
        else:
            words += _han_words(run, person=person and not words)
    return " ".join(words)[:_KEY_LENGTH] or "~" + text.strip()[:40]


def _han_words(run: str, *, person: bool) -> list[str]:
    words, latin = [], ""
    for sign, sound in zip(run, syllables(run, person=person), strict=True):
        if is_han(sign):
            words += [latin] if latin else []
            words.append(f"{sound}.{_mark(sign)}" if sound != sign else f"zz.{sign}")
            latin = ""
        else:
            latin += sign
    return [*words, latin] if latin else words


def _mark(sign: str) -> str:
    """A character as three digits: parts those that sound alike, and keeps the key plain ASCII."""
    code = ord(sign)
    return _DIGITS[code // 1296 % 36] + _DIGITS[code // 36 % 36] + _DIGITS[code % 36]


def index_letter(text: str, *, person: bool = False) -> str:
    """The letter under which a name stands in a list from A to Z; "#" for the rest."""
    first = sort_key(text, person=person)[:1].upper()
    return first if "A" <= first <= "Z" else "#"
