"""Phone numbers: E.164 for machines, what was typed for people."""

from __future__ import annotations

from typing import NamedTuple

import phonenumbers


class Phone(NamedTuple):
    e164: str
    typed: str
    extension: str


def parse_phone(text: str, country: str) -> Phone | None:
    """The number behind what was typed, read in `country` where it names none; None if there is none."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Phone(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), text, number.extension or ""
    )
