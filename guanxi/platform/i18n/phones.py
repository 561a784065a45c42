"""Phone numbers: kept as E.164 beside what was typed, shown as people at home write them.

138 5710 4426 · 0571-8820 4410 · +65 9123 4567
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType


class Phone(NamedTuple):
    """A number that can be dialled: +8613857104426, what was typed, and the extension or ""."""

    e164: str
    typed: str
    extension: str = ""


_home: ContextVar[str] = ContextVar("guanxi_home_country", default="CN")


@contextmanager
def at_home_in(country: str) -> Iterator[None]:
    """Numbers are read and shown as in this country (an ISO code); the middleware says the workspace's."""
    token = _home.set(country.upper())
    try:
        yield
    finally:
        _home.reset(token)


# What people write before an extension where libphonenumber knows only English and a few others.
_EXTENSION = re.compile(r"\s*(?:转|轉|分机|分機|内线|內線)[:号號\s]*(\d{1,7})\s*$")
_LONGEST = 60


def parse_phone(text: str, country: str = "") -> Phone | None:
    """The number that somebody typed, or None where it can be none; `country` is an ISO code, or home.

    Full-width digits, brackets, “tel:”, 转 8012 and “ext. 12” are understood. Numbers with a country
    code need no country. A number is taken when its length is possible: new ranges appear each month.
    """
    typed = text.strip()
    if not typed or len(typed) > _LONGEST:
        return None
    return _parse(typed, country.upper() or _home.get())


@lru_cache(maxsize=4096)
def _parse(typed: str, country: str) -> Phone | None:
    plain = unicodedata.normalize("NFKC", typed)
    extension = ""
    if match := _EXTENSION.search(plain):
        plain, extension = plain[: match.start()], match[1]
    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    extension = extension or number.extension or ""
    number.extension = None
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), typed, extension)


def format_phone(e164: str, country: str = "", extension: str = "") -> str:
    """A number as somebody in `country` (or at home) reads it: theirs without country code, others with it.

    What is no E.164 number is returned as it is.
    """
    shown = _format(e164, country.upper() or _home.get())
    return f"{shown} ext. {extension}" if extension else shown


@lru_cache(maxsize=8192)
def _format(e164: str, country: str) -> str:
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    if number.country_code == phonenumbers.country_code_for_region(country):
        return _chinese(number) or phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _chinese(number: phonenumbers.PhoneNumber) -> str:
    """138 5710 4426 for a mobile, 0571-8820 4410 for a line; "" for what is neither."""
    if number.country_code != 86:
        return ""
    digits = phonenumbers.national_significant_number(number)
    if len(digits) == 11 and digits.startswith("1") and digits[1] != "0":
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    area = phonenumbers.length_of_geographical_area_code(number)
    local = digits[area:]
    if not area or len(local) not in (7, 8):
        return ""
    return f"0{digits[:area]}-{local[:-4]} {local[-4:]}"


def phone_kind(e164: str) -> str:
    """ "mobile", "line" or "" where the number does not tell."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return ""
    return {PhoneNumberType.MOBILE: "mobile", PhoneNumberType.FIXED_LINE: "line"}.get(kind, "")


def phone_link(e164: str, extension: str = "") -> str:
    """The address that dials: tel:+8657188204410;ext=8012."""
    return f"tel:{e164}{f';ext={extension}' if extension else ''}"


@lru_cache(maxsize=1024)
def phone_country(e164: str) -> str:
    """The ISO code of the country a number belongs to, or ""."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164, None)) or ""
    except phonenumbers.NumberParseException:
        return ""
