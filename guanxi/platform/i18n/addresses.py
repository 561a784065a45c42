"""Countries, and addresses in the order of their script: 浙江省杭州市余杭区文一西路 998 号."""

from __future__ import annotations

import re
from functools import cache

from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.languages import LANGUAGES, active_language, babel_locale

# First in every list of countries.
USUAL = ("CN", "TW", "HK", "MO", "SG", "MY", "US")
_HAN = re.compile("[\u4e00-\u9fff]")
# What people write beside the names of our languages.
_ALSO = {
    "USA": "US", "U.S.": "US", "U.S.A.": "US", "United States of America": "US", "UK": "GB", "U.K.": "GB",
    "Great Britain": "GB", "England": "GB", "Korea": "KR", "Republic of Korea": "KR", "Viet Nam": "VN",
    "Russian Federation": "RU", "PRC": "CN", "P.R. China": "CN", "People's Republic of China": "CN",
    "Mainland China": "CN", "中华人民共和国": "CN", "中國大陸": "CN", "中国大陆": "CN", "Macau": "MO",
    "Czech Republic": "CZ", "Turkey": "TR", "Holland": "NL", "UAE": "AE",
}  # fmt: skip
# Where the city is its own region, one of the two is enough.
_CITY_STATES = frozenset({"SG", "HK", "MO", "MC"})


def format_address(
    *,
    street: str = "",
    district: str = "",
    city: str = "",
    region: str = "",
    postcode: str = "",
    country: str = "",
    home: str = "",
) -> list[str]:
    """The lines of an address. `country` and `home` are ISO codes; the country is named unless it is home.

    Written in Chinese it goes from large to small, otherwise from small to large.
    """
    place = country_name(country) if country and country != home else ""
    region = "" if region == city or country in _CITY_STATES else region
    if _HAN.search(street + district + city + region):
        line = "".join(part.strip() for part in (region, city, district, street))
        return [part for part in (f"{postcode} {place}".strip(), line) if part]
    town = " ".join(part.strip() for part in (city, region, postcode) if part.strip())
    return [part.strip() for part in (street, district, town, place) if part.strip()]


def address_line(**parts: str) -> str:
    """The same on one line."""
    lines = format_address(**parts)
    return (" " if any(_HAN.search(line) for line in lines) else ", ").join(lines)


def country_name(code: str) -> str:
    """The country of an ISO code in the active language; the code itself where it is not one."""
    return _country_names(active_language()).get(code, code)


def country_code(text: str) -> str:
    """The ISO code of a country as somebody wrote it, by name in one of our languages or by code; else ""."""
    return _codes().get(fold(text).strip(), "")


def country_choices() -> list[tuple[str, str]]:
    """Code and name of every country, the usual ones first, the rest in the order of the language."""
    from guanxi.platform.i18n.names import sort_key

    names = _country_names(active_language())
    rest = sorted((code for code in names if code not in USUAL), key=lambda code: sort_key(names[code]))
    return [(code, names[code]) for code in (*USUAL, *rest)]


@cache
def _codes() -> dict[str, str]:
    """Folded names of countries, and their codes, with the code of each."""
    named = {fold(name): code for language in LANGUAGES for code, name in _country_names(language).items()}
    return (
        {fold(code): code for code in named.values()}
        | {fold(one): code for one, code in _ALSO.items()}
        | named
    )


@cache
def _country_names(language: str) -> dict[str, str]:
    """Short names as people say them (香港, not 中国香港特别行政区)."""
    locale = babel_locale(language)
    pseudo = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}
    names = {
        code: str(name)
        for code, name in locale.territories.items()
        if len(code) == 2 and code.isalpha() and code not in pseudo
    }
    short = {
        "en": {"HK": "Hong Kong", "MO": "Macao"},
        "zh-hans": {"HK": "香港", "MO": "澳门", "TW": "台湾"},
        "zh-hant": {"HK": "香港", "MO": "澳門", "TW": "台灣"},
    }
    return names | short[language]
