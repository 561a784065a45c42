"""From the text of a cell to the value that a field keeps.

A converter is made once for a column and called once for a cell: it returns the value, None where nothing is
given, or raises CellProblem. What can be remembered is, so that the million-row file pays for each different
date, choice and word only once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from guanxi.platform.i18n.durations import read_minutes
from guanxi.platform.i18n.money import parse_currency
from guanxi.platform.metadata.fields.number import NO, YES
from guanxi.platform.records.importing.dates import Order, parse_day, parse_moment
from guanxi.platform.records.importing.delimited import fold_header
from guanxi.platform.records.importing.guessing import NOT_GIVEN
from guanxi.platform.records.importing.headers import DONE_WORDS, OUTCOMES, words
from guanxi.platform.records.importing.quantities import Mark, parse_number
from guanxi.platform.records.importing.suggesting import nearest
from guanxi.platform.records.importing.usual import usual_option

Converter = Callable[[str], Any]
MARKED = ("'", "=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
REMEMBERED = 20_000  # different cells of a column

_CURRENCIES = {
    "€": "EUR",
    "£": "GBP",
    "US$": "USD",
    "HK$": "HKD",
    "NT$": "TWD",
    "$": "USD",
    "₩": "KRW",
    "元": "CNY",
}
_STATES = {word: done for done, listed in DONE_WORDS.items() for word in words(listed)}
_ENDINGS = {word: kind for kind, listed in OUTCOMES.items() for word in words(listed)}


class CellProblem(ValueError):
    """A cell that its field cannot take.

    code         groups problems of one cause; with the column it is what a fix is offered for
    text         the cell
    suggestion   the text that it probably should have been, or ""
    """

    def __init__(self, code: str, text: str, message: str, *, suggestion: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.text = text
        self.message = message
        self.suggestion = suggestion


class Takes(Protocol):
    """The part of a field that a converter needs; every field of the registry has it."""

    type: Any

    @property
    def name(self) -> str: ...

    def clean(self, value: Any, context: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the cells of one column are to be read; guessed, shown, and changeable.

    replace      whole cells that mean another text: the one-click fixes
    not_given    cells that say nothing, beside empty ones (folded)
    scale        what numbers are multiplied by: 10,000 under a header that says 万
    separator    between several values in one cell
    """

    order: Order = "YMD"
    mark: Mark = "."
    currency: str = ""
    scale: int = 1
    separator: str = ""
    zone: tzinfo = UTC
    replace: Mapping[str, str] = field(default_factory=dict)
    not_given: frozenset[str] = NOT_GIVEN


def make_converter(field: Takes, context: Any, reading: Reading) -> Converter:
    """The converter for a column that goes into `field`."""
    by_type: dict[str, Callable[[Takes, Any, Reading], Converter]] = {
        "date": _days,
        "datetime": _moments,
        "integer": _numbers,
        "percent": _numbers,
        "decimal": _numbers,
        "duration": _durations,
        "money": _amounts,
        "boolean": _choices,
        "choice": _choices,
        "choices": _choices,
    }
    convert = by_type.get(field.type, _texts)(field, context, reading)
    return _remembering(convert, reading) if field.type in by_type else _forgetting(convert, reading)


def make_currencies(reading: Reading) -> Converter:
    """The converter for a column that says in which currency the amounts of another one are."""

    def convert(text: str) -> str:
        currency = parse_currency(text)
        if not currency:
            raise CellProblem("currency", text, _("“%(value)s” is not a currency.") % {"value": text[:10]})
        return currency

    return _remembering(convert, reading)


def make_outcomes(field: Takes, context: Any, reading: Reading) -> Converter:
    """The converter for a column that says how records of a board ended: gives the kind of a lane."""
    options = _choices(field, context, reading)

    def convert(text: str) -> Any:
        return outcome_of(text) or options(text)

    return _remembering(convert, reading)


def outcome_of(text: str) -> str:
    """The kind of a lane that a word of any product means, or ""."""
    return _ENDINGS.get(fold_header(text), "")


def make_states(reading: Reading) -> Converter:
    """The converter for a column that says by a word whether something is done: gives True or False."""

    def convert(text: str) -> bool:
        done = done_of(text)
        if done is None:
            said = _("“%(value)s” says neither that it is done nor that it is not.")
            raise CellProblem("state", text, said % {"value": text[:40]})
        return done

    return _remembering(convert, reading)


def done_of(text: str) -> bool | None:
    """Whether a word of any product means that something is done; None where it says neither."""
    bare = text.strip().casefold()
    if bare in YES or bare in NO:
        return bare in YES
    return _STATES.get(fold_header(text))


def _texts(field: Takes, context: Any, reading: Reading) -> Converter:
    clean = field.clean

    def convert(text: str) -> Any:
        try:
            return clean(text, context)
        except ValueError as problem:
            raise _problem(problem, text) from None

    return convert


def _days(field: Takes, context: Any, reading: Reading) -> Converter:
    def convert(text: str) -> Any:
        day = parse_day(text, reading.order)
        if day is None:
            raise CellProblem("date", text, _("“%(value)s” is not a day.") % {"value": text[:40]})
        return day

    return convert


def _moments(field: Takes, context: Any, reading: Reading) -> Converter:
    def convert(text: str) -> Any:
        moment = parse_moment(text, reading.order, reading.zone)
        if moment is None:
            raise CellProblem(
                "datetime", text, _("“%(value)s” is not a date and time.") % {"value": text[:40]}
            )
        return moment.astimezone(UTC)

    return convert


def _numbers(field: Takes, context: Any, reading: Reading) -> Converter:
    def convert(text: str) -> Any:
        number = _number(text, reading)
        if field.type in {"integer", "percent"} and number == number.to_integral_value():
            number = number.to_integral_value()
        try:
            return field.clean(number, context)
        except ValueError as problem:
            raise _problem(problem, text) from None

    return convert


def _durations(field: Takes, context: Any, reading: Reading) -> Converter:
    numbers = _numbers(field, context, reading)

    def convert(text: str) -> Any:
        minutes = read_minutes(text)
        return numbers(text) if minutes is None else numbers(str(minutes))

    return convert


def _amounts(field: Takes, context: Any, reading: Reading) -> Converter:
    own = reading.currency or context.currency

    def convert(text: str) -> Any:
        number = _number(text, reading)
        currency = own if text[-1].isdigit() and text[0].isdigit() else _currency(text) or own
        try:
            return field.clean({"amount": number, "currency": currency}, context)
        except ValueError as problem:
            raise _problem(problem, text) from None

    return convert


def _choices(field: Takes, context: Any, reading: Reading) -> Converter:
    def convert(text: str) -> Any:
        try:
            return field.clean(text, context)
        except ValueError as problem:
            if field.type != "boolean" and (usual := usual_option(field, text)) is not None:
                return field.clean(usual, context) if usual else None
            words = {word: word for option in getattr(field, "options", ()) for word in _words(option)}
            raise _problem(problem, text, suggestion=nearest(text, words)) from None

    return convert


def _words(option: Any) -> list[str]:
    return [option.value, option.label.en, option.label.hans, option.label.hant]


def _number(text: str, reading: Reading) -> Decimal:
    number = parse_number(text, reading.mark)
    if number is None:
        first = _first_number(text)
        message = _("“%(value)s” is not a number.") % {"value": text[:40]}
        raise CellProblem("number", text, message, suggestion=first)
    return number * reading.scale if reading.scale != 1 else number


def _first_number(text: str) -> str:
    """约 20 → 20, 20-30 → 20: what "take the first number" would take."""
    found = re.search(r"\d[\d,]*(?:\.\d+)?", text)
    return found[0] if found else ""


def _currency(text: str) -> str:
    bare = text.strip().upper()
    for sign, code in _CURRENCIES.items():
        if sign in bare:
            return code
    letters = "".join(sign for sign in bare if "A" <= sign <= "Z")
    return {"RMB": "CNY"}.get(letters, letters) if len(letters) == 3 else ""


def _problem(problem: ValueError, text: str, *, suggestion: str = "") -> CellProblem:
    return CellProblem(getattr(problem, "code", "value"), text, str(problem), suggestion=suggestion)


def _remembering(convert: Converter, reading: Reading) -> Converter:
    """The same, with an answer kept for each different cell."""
    known: dict[str, Any] = {"": None}
    slow = _forgetting(convert, reading)

    def remembered(text: str) -> Any:
        try:
            return known[text]
        except KeyError:
            value = slow(text)
            if len(known) < REMEMBERED:
                known[text] = value
            return value

    return remembered


def _forgetting(convert: Converter, reading: Reading) -> Converter:
    """Without blanks around, with fixes in place, and None for what says nothing."""
    replace, not_given = reading.replace, reading.not_given

    def plain(text: str) -> Any:
        text = text.strip()
        if not text:
            return None
        if text[0] == "'" and text[1:].startswith(MARKED):
            text = text[1:]  # the sign by which a spreadsheet, or our own export, keeps a formula asleep
        if text in replace:
            text = replace[text]
        if len(text) < 12 and text.casefold() in not_given:
            return None
        return convert(text) if text else None

    return plain
