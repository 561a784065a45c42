"""Names, emails and addresses in the form in which two that are the same are equal.

杭州青禾水务集团有限公司, 青禾水務, “Qinghe Shuiwu (Hangzhou) Co., Ltd.” → 青禾水务, 青禾水务, qinghe shuiwu
王若溪 · Dr. Ruoxi WANG → 王若溪 · ruoxi wang
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.pinyin import TABLES, is_han, syllables

WORDS = Path(__file__).with_name("words")
_WORD = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_BRACKETS = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_PROVINCE = "(?:省|市|县|区|自治区)?"
LEAST_SIGNS = 2  # what is left of a name has to say something


@lru_cache(maxsize=8192)
def company_name(name: str) -> str:
    """A company's name without its place, legal form, brackets and punctuation."""
    folded = fold(name)
    bare = _BRACKETS.sub(" ", folded)
    if _has_han(bare):
        return _chinese(bare) or _letters(folded)
    return " ".join(_latin(bare)) or " ".join(_WORD.findall(folded))


@lru_cache(maxsize=8192)
def person_name(name: str) -> str:
    """A person's name: Chinese without spaces, others as words in the order of the alphabet."""
    words = person_words(name)
    return "".join(words) if _has_han("".join(words)) else " ".join(sorted(words))


def person_words(name: str) -> list[str]:
    """The words of a person's name in their order, without forms of address."""
    words = _WORD.findall(fold(name))
    if not _has_han(name):
        return [word for word in words if word not in _listed("forms_of_address")] or words
    joined = "".join(words)
    for title in _listed("forms_of_address"):
        if joined.endswith(title) and len(joined) - len(title) >= LEAST_SIGNS:
            return [joined.removesuffix(title)]
    return [joined]


def plain_name(name: str) -> str:
    """Any other name: its words in the order of the alphabet, so that “pump, red” is “red pump”."""
    words = _WORD.findall(fold(name))
    return "".join(words) if _has_han(name) else " ".join(sorted(words))


def sounds_of_company(name: str) -> str:
    """How it sounds in Latin letters: 青禾水务 and Qinghe Shuiwu are both qingheshuiwu."""
    return _sound(company_name(name))


def sounds_of_person(name: str) -> list[str]:
    """The same for a person; in Latin letters the surname may come first or last."""
    words = person_words(name)
    if _has_han("".join(words)):
        return [_sound("".join(words), person=True)]
    return list(dict.fromkeys(["".join(words), "".join(words[-1:] + words[:-1])])) if words else []


def email(address: str) -> str:
    """Where mail arrives: “Li.Lei+crm@Gmail.com” and lilei@gmail.com are one mailbox."""
    local, at, host = address.strip().casefold().rpartition("@")
    if not at:
        return ""
    local = local.partition("+")[0] or local
    if host in ("gmail.com", "googlemail.com"):
        local, host = local.replace(".", ""), "gmail.com"
    return f"{local}@{host}"


def host_of_firm(address: str) -> str:
    """The host of an email where it belongs to one firm, else ""."""
    host = address.casefold().rpartition("@")[2]
    return "" if host in _listed("mail_hosts") else host.removeprefix("www.")


def street(text: str) -> str:
    """A street with its number, abbreviated in one way and without signs; "" where nothing tells it apart."""
    words = [_short_streets().get(word, word) for word in _WORD.findall(fold(text))]
    joined = "".join(words) if _has_han(text) else " ".join(words)
    return joined if any(sign.isdigit() for sign in joined) else ""


def code(text: str) -> str:
    """A number or code without spaces, dashes and case."""
    return _letters(fold(text))


def words(text: str) -> list[str]:
    """The words of any text, folded."""
    return _WORD.findall(fold(text))


def has_han(text: str) -> bool:
    """Whether a name is written in Chinese characters."""
    return _has_han(text)


def _chinese(bare: str) -> str:
    """青禾水务 of 杭州市青禾水务有限公司北京分公司."""
    text = _letters(bare)
    if branch := _branch().search(text):
        text = text[: branch.start()]
    while form := _forms().search(text):
        if form.start() < LEAST_SIGNS:
            break
        text = text[: form.start()]
    place = _places().match(text)
    if place is not None:
        rest = text[place.end() :]
        if len(rest) >= LEAST_SIGNS and rest not in _general():
            text = rest
    return text


def _latin(bare: str) -> list[str]:
    words = _WORD.findall(_INITIALS.sub(lambda found: found[0].replace(".", "") + " ", bare).replace("'", ""))
    drop = _listed("legal_forms") | _listed("places")
    kept = list(words)
    while len(kept) > 1 and kept[-1] in drop:
        kept.pop()
    while len(kept) > 1 and kept[0] in drop:
        kept.pop(0)
    if len("".join(kept)) < LEAST_SIGNS:
        return words
    return kept


def _sound(text: str, *, person: bool = False) -> str:
    if not _has_han(text):
        return "".join(_WORD.findall(text))
    return "".join(syllables(text, person=person)).replace("v", "u")


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text))


def _has_han(text: str) -> bool:
    return not text.isascii() and any(map(is_han, text))


@cache
def _forms() -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(sorted(_listed("chinese_forms"), key=len, reverse=True)) + ")$")


@cache
def _branch() -> re.Pattern[str]:
    """A branch behind the name of the whole: …有限公司北京分公司."""
    return re.compile("(?<=公司)[\u4e00-\u9fff]{2,8}(?:分公司|子公司|办事处|代表处|分部)$")


@cache
def _places() -> re.Pattern[str]:
    named = (TABLES / "places.txt").read_text(encoding="utf-8").split()
    longest_first = "|".join(sorted([*named, "中国", "香港", "澳门", "台湾"], key=len, reverse=True))
    return re.compile(f"(?:(?:{longest_first}){_PROVINCE})+(?:[\u4e00-\u9fff]{{2,3}}[区县])?")


@cache
def _general() -> frozenset[str]:
    """Words too general to stand without the place before them: 上海银行, 中国移动."""
    return frozenset((TABLES / "general_words.txt").read_text(encoding="utf-8").split())


@cache
def _listed(table: str) -> frozenset[str]:
    lines = (WORDS / f"{table}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _short_streets() -> dict[str, str]:
    lines = (WORDS / "streets.txt").read_text(encoding="utf-8").splitlines()
    kept = [line.split() for line in lines if line and not line.startswith("#")]
    return {word: words[0] for words in kept for word in words}
