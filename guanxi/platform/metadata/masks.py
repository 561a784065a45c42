"""What is shown of a masked value: grade 1 its ends, grade 2 its last characters, grade 3 that it is there.

Numbers and amounts have no ends: grade 1 gives the first digit, grade 2 the order of magnitude.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guanxi.platform.i18n.names import person_name
from guanxi.platform.i18n.numbers import comma_list, format_number

if TYPE_CHECKING:
    from guanxi.platform.metadata.fields.base import Field

DOTS = "\u2022\u2022\u2022"
STARS = "****"


def mask(field: Field, value: Any, grade: int) -> str:
    """A value that is not empty, as text; dots where its type shows nothing of itself."""
    masker = _MASKERS.get(field.type)
    if grade >= 3 or masker is None:
        return DOTS
    return masker(value, grade) or DOTS


def is_masked(text: str) -> bool:
    """Whether a text is what a mask left of another: nothing to be written down as a phone or an address."""
    return STARS in text or DOTS in text


def mask_text(text: str, grade: int) -> str:
    """The ends of a text: the first letter of a short one, so that a name is 王* and not all of it."""
    if grade == 2:
        return STARS + text[-1] if len(text) > 2 else DOTS
    return f"{text[0]}{STARS}{text[-1]}" if len(text) > 3 else f"{text[:1]}{STARS}"


def mask_phone(number: str, grade: int) -> str:
    """138****4426, or ****4426; of a short number less."""
    local = number.removeprefix("+86") if number.startswith("+86") else number
    if len(local) < 8:
        return f"{STARS}{local[-2:]}" if len(local) > 4 else DOTS
    return f"{local[:3]}{STARS}{local[-4:]}" if grade == 1 else f"{STARS}{local[-4:]}"


def mask_email(email: str, grade: int) -> str:
    """a****@example.com, or ****.com."""
    name, at, domain = email.partition("@")
    if grade == 1:
        return f"{name[:1]}{STARS}{at}{domain}"
    return f"{STARS}.{domain.rpartition('.')[2]}"


def mask_number(value: Any, grade: int) -> str:
    """268000 is 200,000+ or 100,000+; what is below ten is a digit, of which nothing can be shown."""
    number = abs(Decimal(value))
    if number < 10:
        return DOTS
    power = number.adjusted()
    first = int(number.scaleb(-power)) if grade == 1 else 1
    sign = "\u2212" if Decimal(value) < 0 else ""
    return f"{sign}{format_number(first * 10**power)}+"


def _phones(points: list[Mapping[str, Any]], grade: int) -> str:
    return ", ".join(mask_phone(str(one["number"]), grade) for one in points)


def _emails(points: list[Mapping[str, Any]], grade: int) -> str:
    return ", ".join(mask_email(str(one["email"]), grade) for one in points)


def _addresses(points: list[Mapping[str, Any]], grade: int) -> str:
    parts = ("province", "city") if grade == 1 else ("province",)
    said = (" ".join(str(one[part]) for part in parts if one.get(part)) for one in points)
    return comma_list(one for one in said if one)


def _person(value: Mapping[str, Any], grade: int) -> str:
    return mask_text(person_name(**{part: str(text) for part, text in value.items()}), grade)


def _address(value: Mapping[str, Any], grade: int) -> str:
    return _addresses([value], grade)


def _money(value: Any, grade: int) -> str:
    shown = mask_number(value.value, grade)
    return shown if shown == DOTS else f"{shown} {value.currency}"


def _date(value: date, grade: int) -> str:
    return f"{value:%Y-%m}" if grade == 1 else f"{value:%Y}"


def _url(value: str, grade: int) -> str:
    return mask_text(value.partition("://")[2] or value, grade)


_MASKERS: Mapping[str, Callable[[Any, int], str]] = {
    "text": mask_text,
    "url": _url,
    "auto_number": mask_text,
    "phones": _phones,
    "emails": _emails,
    "addresses": _addresses,
    "address": _address,
    "person": _person,
    "integer": mask_number,
    "decimal": mask_number,
    "percent": mask_number,
    "duration": mask_number,
    "money": _money,
    "date": _date,
    "datetime": _date,
}
