"""The three languages of the interface, and what Babel calls them."""

from __future__ import annotations

from functools import cache

from babel import Locale
from django.utils.translation import get_language

ENGLISH, HANS, HANT = "en", "zh-hans", "zh-hant"
LANGUAGES = (ENGLISH, HANS, HANT)

_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


@cache
def language_of(tag: str | None) -> str:
    """The interface language for any tag: zh-TW and zh_Hant_HK are zh-hant, zh is zh-hans, the rest en."""
    parts = (tag or "").lower().replace("_", "-").split("-")
    if parts[0] != "zh":
        return ENGLISH
    return HANT if _TRADITIONAL.intersection(parts[1:]) and "hans" not in parts else HANS


def active_language() -> str:
    """The interface language of this request or job."""
    return language_of(get_language())


@cache
def babel_locale(language: str) -> Locale:
    """Babel's locale of an interface language; the patterns of dates are our own."""
    return Locale.parse({ENGLISH: "en", HANS: "zh_Hans_CN", HANT: "zh_Hant_TW"}[language_of(language)])
