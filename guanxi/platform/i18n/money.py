"""Money: an amount in a currency, as the three languages write it, and back.

¥268,000 · ¥1.2M · ¥120 万 · NT$410 萬 · HK$88,000 · S$18,400 · RM 96K
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_precision, get_territory_currencies
from django.conf import settings

from guanxi.platform.i18n.languages import active_language, babel_locale
from guanxi.platform.i18n.numbers import MINUS, NO_BREAK, compact_parts, parse_number, with_unit

# One sign means one currency, also in a list that mixes them: the yen steps back before the yuan.
_SIGNS = {
    "CNY": "¥", "HKD": "HK$", "TWD": "NT$", "MOP": "MOP$", "SGD": "S$", "MYR": "RM", "USD": "US$",
    "EUR": "€", "GBP": "£", "JPY": "JP¥", "KRW": "₩", "THB": "฿", "VND": "₫", "IDR": "Rp", "PHP": "₱",
    "INR": "₹", "AUD": "A$", "NZD": "NZ$", "CAD": "C$", "BRL": "R$", "MXN": "MX$", "ILS": "₪", "UAH": "₴",
    "NGN": "₦", "KZT": "₸",
}  # fmt: skip

_SPOKEN = {
    "CNY": "人民币 人民幣",
    "HKD": "港币 港幣 港元",
    "TWD": "新台币 新台幣 新臺幣 台币 台幣 臺幣",
    "SGD": "新币 新幣 新加坡元 坡币",
    "USD": "美元 美金",
    "EUR": "欧元 歐元",
    "GBP": "英镑 英鎊",
    "JPY": "日元 日圆 日圓",
    "MYR": "令吉 马币 馬幣",
}

# First in every list of currencies.
USUAL = ("CNY", "TWD", "HKD", "SGD", "USD", "EUR", "MYR", "JPY")


class Money(NamedTuple):
    """An amount and its ISO 4217 currency."""

    amount: Decimal
    currency: str


def format_money(
    amount: Decimal | int | None, currency: str, *, compact: bool = False, exact: bool = False
) -> str:
    """An amount with its sign, in the active language; "" for None.

    compact  at a glance: ¥1.2M, ¥120 万
    exact    always with the decimals of the currency, for documents: ¥268,000.00
    Otherwise decimals are shown where there are some.
    """
    if amount is None:
        return ""
    size = Decimal(amount).copy_abs()
    if compact:
        text = _compact(size, active_language())
    else:
        digits = currency_digits(currency)
        rounded = round_money(size, currency)
        whole = not exact and rounded == int(rounded)
        text = f"{int(rounded):,}" if whole else f"{rounded:,.{digits}f}"
    return f"{MINUS if amount < 0 else ''}{_prefix(currency)}{text}"


@lru_cache(maxsize=8192)
def _compact(size: Decimal, language: str) -> str:
    return with_unit(*compact_parts(size, language))


def currency_sign(currency: str) -> str:
    """NT$ for TWD; the code itself where there is no sign of its own."""
    return _SIGNS.get(currency, currency)


@cache
def _prefix(currency: str) -> str:
    # Letters keep a distance (RM 96K, CHF 1,200), signs do not (S$18).
    sign = currency_sign(currency)
    return f"{sign}{NO_BREAK}" if sign[-1].isalpha() else sign


@cache
def currency_digits(currency: str) -> int:
    """Decimals of a currency: 2 for most, 0 for JPY and KRW, 3 for BHD and KWD; 2 for TWD as in print."""
    return int(get_currency_precision(currency))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Rounded half up to the smallest coin of the currency."""
    return amount.quantize(Decimal(1).scaleb(-currency_digits(currency)), rounding=ROUND_HALF_UP)


@cache
def currency_codes() -> tuple[str, ...]:
    """ISO codes of the currencies that are money today, the usual ones first."""
    return tuple(dict.fromkeys((*USUAL, *sorted(_current()))))


def currency_name(currency: str) -> str:
    """“Hong Kong dollar”, “港元”, in the active language."""
    return _currency_name(currency, active_language())


@cache
def _currency_name(currency: str, language: str) -> str:
    return str(get_currency_name(currency, locale=babel_locale(language)))


def currency_of_country(country: str) -> str:
    """The currency that is paid with in a country (its code) today; "" where there is none."""
    return next(iter(get_territory_currencies(country, include_details=False)), "")


def currency_choices() -> list[tuple[str, str]]:
    """Code and “CNY ¥ 人民币” of every currency, for a select."""
    return [
        (code, " ".join(dict.fromkeys((code, currency_sign(code), currency_name(code)))))
        for code in currency_codes()
    ]


def parse_money(text: str, currency: str) -> Money | None:
    """An amount as somebody typed it, or None; `currency` holds where the text names none.

    ¥1.2M · 120万 · NT$410 萬 · 1.234,50 € · USD 1200 · (1,200) · RM96k · 3亿元 · １２０
    """
    # Most cells of a file are bare numbers.
    if (number := parse_number(text)) is not None:
        return Money(number, currency)
    clean = unicodedata.normalize("NFKC", text).strip()
    negative = clean.startswith("(") and clean.endswith(")")
    clean = clean[1:-1].strip() if negative else clean
    words, pattern = _marks()
    if mark := pattern.search(clean):
        currency = words[mark[0].upper()] or currency
        clean = (clean[: mark.start()] + clean[mark.end() :]).strip()
    number = parse_number(re.sub(r"^([-\u2212+])\s+", r"\1", clean).removesuffix("元").removesuffix("圆"))
    if number is None:
        return None
    return Money(-number if negative else number, currency)


def parse_currency(text: str) -> str:
    """The code of the currency that a text names, or "": USD · € · 美元 · CNY - 人民币 · US Dollar."""
    words, pattern = _marks()
    clean = unicodedata.normalize("NFKC", text).strip()
    if mark := pattern.match(clean):
        return words[mark[0].upper()]
    return _names().get(clean.casefold(), "")


@cache
def _names() -> dict[str, str]:
    """Names of the currencies in the languages of the product, small, with their codes."""
    return {
        get_currency_name(code, locale=babel_locale(language)).casefold(): code
        for language, _name in settings.LANGUAGES
        for code in currency_codes()
    }


@cache
def _marks() -> tuple[dict[str, str], re.Pattern[str]]:
    """What names a currency beside a number, and a pattern that finds it. A bare $ is the local one."""
    words = {sign.upper(): code for code, sign in _SIGNS.items()} | {code: code for code in _current()}
    words |= {"RMB": "CNY", "NT": "TWD", "HK": "HKD", "US": "USD", "$": ""}
    words |= {word: code for code, spoken in _SPOKEN.items() for word in spoken.split()}
    letters = sorted((word for word in words if word.isascii() and word.isalpha()), key=len, reverse=True)
    signs = sorted((word for word in words if word not in letters), key=len, reverse=True)
    spelled = rf"(?<![A-Z])(?:{'|'.join(letters)})(?![A-Z])"
    return words, re.compile(f"{'|'.join(map(re.escape, signs))}|{spelled}", re.IGNORECASE)


@cache
def _current() -> frozenset[str]:
    today = {
        code
        for spans in get_global("territory_currencies").values()
        for code, _start, end, tender in spans
        if end is None and tender
    }
    return frozenset(today)
