"""Words that a declaration gives in all three languages at once.

Sentences of the interface go through gettext; the names of objects, fields, verbs and choices stand
in `objects.py` beside what they name, so that one short file says everything about a noun.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from django.utils import translation

from guanxi.platform.i18n.languages import (
    ENGLISH,
    HANS,
    HANT,
    LANGUAGES,
    active_language,
    language_of,
)


class L(msgspec.Struct, frozen=True, rename={"hans": "zh-hans", "hant": "zh-hant"}):
    """A label: `L("Contact", "联系人", "聯絡人")`. `str()` gives the active language.

    A language that is missing falls back to the nearest one that is there, so labels that a member
    typed in one language work for all. As JSON it is {"en": …, "zh-hans": …, "zh-hant": …}.
    """

    en: str = ""
    hans: str = ""
    hant: str = ""

    def in_(self, language: str | None) -> str:
        """The label in a language, by any tag ("zh-TW", "zh-hans", "en-SG")."""
        match language_of(language):
            case "zh-hans":
                return self.hans or self.hant or self.en
            case "zh-hant":
                return self.hant or self.hans or self.en
            case _:
                return self.en or self.hans or self.hant

    @property
    def within(self) -> str:
        """The label inside a sentence of the active language: "contact", but "API token"."""
        text = str(self)
        return text[0].lower() + text[1:] if text[1:2].islower() else text

    def everywhere(self) -> dict[str, str]:
        """The label by language, without gaps."""
        return {language: self.in_(language) for language in (ENGLISH, HANS, HANT)}

    def __str__(self) -> str:
        return self.in_(active_language())

    def __bool__(self) -> bool:
        return bool(self.en or self.hans or self.hant)


def in_every_language(say: Callable[[], str]) -> dict[str, str]:
    """What `say` gives in each language: words that are kept, and read by others than who caused them."""
    said: dict[str, str] = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = say()
    return said


def kept_words(kept: str | Mapping[str, str]) -> str:
    """What `in_every_language` gave, in the active language; words kept in one language are what they are."""
    return kept if isinstance(kept, str) else str(msgspec.convert(kept, L))


def plain(text: str) -> L:
    """A label that is the same in every language: a brand, a unit, something a member typed."""
    return L(text, text, text)
