"""Numbers, shares, durations, yes and no."""

from __future__ import annotations

import decimal
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from guanxi.platform.i18n.durations import read_minutes
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import ORDERED, Context, Field, KeptAs, Operator


@dataclass(frozen=True, kw_only=True, eq=False)
class Integer(Field):
    """A whole number that fits the column (63 bits unless bounds say otherwise)."""

    type: ClassVar[str] = "integer"
    kept_as: ClassVar[KeptAs] = "number"
    operators: ClassVar[tuple[Operator, ...]] = ORDERED
    align: ClassVar[str] = "end"

    least: int = -(2**31)
    most: int = 2**31 - 1

    def clean(self, value: Any, context: Context) -> int | None:
        number = read_number(value, self)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise FieldError("integer", _("%(field)s must be a whole number.") % {"field": self.label})
        return int(within(number, self.least, self.most, self))

    def found_by(self, value: Any) -> str:
        return "" if value is None else figures(decimal.Decimal(value))


@dataclass(frozen=True, kw_only=True, eq=False)
class Decimal(Field):
    """A number with decimals, exact. Kept as a whole number of 10⁻⁴, so sums are exact on every database."""

    type: ClassVar[str] = "decimal"
    kept_as: ClassVar[KeptAs] = "number"
    operators: ClassVar[tuple[Operator, ...]] = ORDERED
    align: ClassVar[str] = "end"

    least: int = -(10**14)
    most: int = 10**14
    digits: int | None = None  # as many decimals are shown, so that a column of money lines up

    def clean(self, value: Any, context: Context) -> decimal.Decimal | None:
        number = read_number(value, self)
        if number is None:
            return None
        return within(number, self.least, self.most, self).quantize(QUANTUM)

    def operand(self, value: Any, context: Context) -> Any:
        return to_units(self.clean(value, context))

    def from_row(self, row: Any) -> decimal.Decimal | None:
        return from_units(row[0])

    def to_kept(self, value: Any) -> Any:
        return to_units(value)

    def from_kept(self, kept: Any) -> Any:
        return from_units(kept)

    def to_json(self, value: Any) -> Any:
        return None if value is None else plain(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else decimal.Decimal(value)

    def found_by(self, value: Any) -> str:
        return "" if value is None else figures(value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Percent(Integer):
    """A share in whole percent, 0 to 100."""

    type: ClassVar[str] = "percent"
    least: int = 0
    most: int = 100

    def clean(self, value: Any, context: Context) -> int | None:
        return super().clean(value.strip().rstrip("%\uff05") if isinstance(value, str) else value, context)


@dataclass(frozen=True, kw_only=True, eq=False)
class Share(Decimal):
    """A share in percent that keeps decimals, 0 to 100; everywhere a number, but shown as percent."""

    least: int = 0
    most: int = 100

    def clean(self, value: Any, context: Context) -> decimal.Decimal | None:
        return super().clean(value.strip().rstrip("%\uff05") if isinstance(value, str) else value, context)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rating(Integer):
    """Stars, from none to `most`."""

    type: ClassVar[str] = "rating"
    align: ClassVar[str] = "start"
    least: int = 0
    most: int = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Duration(Integer):
    """A length of time in minutes."""

    type: ClassVar[str] = "duration"
    least: int = 0
    most: int = 60 * 24 * 366

    def clean(self, value: Any, context: Context) -> int | None:
        """Minutes, or a text that says its units; raises FieldError that says how to write it."""
        minutes = read_minutes(value) if isinstance(value, str) else None
        try:
            return super().clean(value if minutes is None else minutes, context)
        except FieldError as problem:
            if problem.code == "range":
                raise
            raise FieldError(problem.code, duration_hint()) from problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Boolean(Field):
    type: ClassVar[str] = "boolean"
    kept_as: ClassVar[KeptAs] = "boolean"
    operators: ClassVar[tuple[Operator, ...]] = ("is", "is_not")

    def clean(self, value: Any, context: Context) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value if value is not None else "").strip().casefold()
        if word in YES:
            return True
        if word in NO:
            return False
        raise FieldError("boolean", _("%(field)s is yes or no.") % {"field": self.label})

    def from_row(self, row: Any) -> bool | None:
        return None if row[0] is None else bool(row[0])


YES = {"1", "true", "yes", "y", "on", "t", "是", "对", "對", "真"}
NO = {"", "0", "false", "no", "n", "off", "f", "否", "不是", "假"}
SCALE = 10_000
QUANTUM = decimal.Decimal("0.0001")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:[,\uff0c' \u00a0\u202f]\d{3})+(?:\.\d+)?$")


def to_units(value: decimal.Decimal | None) -> int | None:
    """12.5 → 125000: what the column holds."""
    return None if value is None else int(value.scaleb(4).to_integral_value())


def from_units(value: int | None) -> decimal.Decimal | None:
    """125000 → Decimal("12.5000")."""
    return None if value is None else decimal.Decimal(value).scaleb(-4)


def half_up(dividend: int, divisor: int) -> int:
    """The whole number nearest to the quotient; a half goes away from zero. The divisor is above zero."""
    if dividend < 0:
        return -((divisor - 2 * dividend) // (2 * divisor))
    return (2 * dividend + divisor) // (2 * divisor)


def plain(value: decimal.Decimal) -> str:
    """Without exponent and trailing zeros: Decimal("12.5000") → "12.5"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


LEAST_DIGITS = 4  # by which somebody would search


def figures(value: decimal.Decimal) -> str:
    """A number as people type it, with and without marks between thousands; "" for one of few digits."""
    text = plain(abs(value))
    if sum(sign.isdecimal() for sign in text) < LEAST_DIGITS:
        return ""
    return f"{text} {abs(value):,.2f} {decimal.Decimal(text):,f}"


def duration_hint() -> str:
    """How a length of time is written."""
    return _("Minutes, or hours and minutes: 90, 1:30, 1 h 30 min.")


def read_number(value: Any, owner: Field) -> decimal.Decimal | None:
    """A finite number from what was given; thousands marks are understood where they are unmistakable."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise FieldError("number", _("%(field)s must be a number.") % {"field": owner.label})
    text = str(value).strip()
    if _GROUPED.match(text):
        text = re.sub(r"[,\uff0c' \u00a0\u202f]", "", text)
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        number = decimal.Decimal("NaN")
    if not number.is_finite():
        raise FieldError("number", _("“%(value)s” is not a number.") % {"value": text[:40]})
    return number


def within(number: decimal.Decimal, least: int, most: int, owner: Field) -> decimal.Decimal:
    if not least <= number <= most:
        raise FieldError(
            "range",
            _("%(field)s must be between %(least)s and %(most)s.")
            % {"field": owner.label, "least": least, "most": most},
        )
    return number
