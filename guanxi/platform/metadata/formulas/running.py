"""A checked formula as a function of a record's values.

Nothing follows from nothing: arithmetic and comparisons with an empty value are empty, so is a division by
zero, and an empty condition is not fulfilled. Texts join empty values as nothing. Numbers are exact.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.fields.time import add_months
from guanxi.platform.metadata.formulas.language import (
    Binary,
    Call,
    Literal,
    Name,
    Node,
    Unary,
    parse_formula,
)
from guanxi.platform.metadata.formulas.patterns import matches

LONGEST_TEXT = 2_000
MOST_DIGITS = 30
_CONTEXT = decimal.Context(prec=34, traps=[])


@dataclass(frozen=True, slots=True)
class Given:
    """What a formula is run with.

    values   path → value: Decimal, str, bool, date, datetime, list, or None
    now      an aware moment; `zone` says which day that is
    """

    values: Mapping[tuple[str, ...], Any]
    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


Run = Callable[[Given], Any]


@lru_cache(maxsize=2_000)
def compile_formula(source: str) -> Run:
    """The function of a formula that has been checked; what it gives is empty where it makes no sense."""
    run = _compiled(parse_formula(source))

    def safely(given: Given) -> Any:
        try:
            return _finite(run(given))
        except (ValueError, OverflowError, ArithmeticError, TypeError):
            return None

    return safely


def _compiled(node: Node) -> Run:
    match node:
        case Literal(value=value):
            return lambda given: value
        case Name(path=path):
            return lambda given: given.values.get(path)
        case Unary(sign="-", of=of):
            inner = _compiled(of)
            return lambda given: None if (value := inner(given)) is None else _CONTEXT.minus(value)
        case Unary(of=of):
            inner = _compiled(of)
            return lambda given: not inner(given)
        case Binary():
            return _binary(node)
        case Call():
            return _call(node)


def _binary(node: Binary) -> Run:
    left, right, sign = _compiled(node.left), _compiled(node.right), node.sign
    if sign == "and":
        return lambda given: bool(left(given)) and bool(right(given))
    if sign == "or":
        return lambda given: bool(left(given)) or bool(right(given))
    if sign == "&":
        return lambda given: (_text(left(given)) + _text(right(given)))[:LONGEST_TEXT]
    if sign == "=":
        return lambda given: left(given) == right(given)
    if sign == "!=":
        return lambda given: left(given) != right(given)
    work = _SIGNS[sign]

    def run(given: Given) -> Any:
        first, second = left(given), right(given)
        return None if first is None or second is None else work(first, second)

    return run


def _call(node: Call) -> Run:
    parts = [_compiled(one) for one in node.given]
    if node.function == "if":
        condition, then, otherwise = parts
        return lambda given: then(given) if condition(given) else otherwise(given)
    if node.function == "coalesce":
        return lambda given: next((value for one in parts if not _empty(value := one(given))), None)
    if node.function == "empty":
        return lambda given: _empty(parts[0](given))
    if node.function == "today":
        return lambda given: given.today
    if node.function == "now":
        return lambda given: given.now
    if node.function in ("min", "max"):
        best = min if node.function == "min" else max

        def extreme(given: Given) -> Any:
            found = [value for one in parts if (value := one(given)) is not None]
            return best(found) if found else None

        return extreme
    work = _FUNCTIONS[node.function]

    def run(given: Given) -> Any:
        values = [one(given) for one in parts]
        return None if any(value is None for value in values) else work(given, *values)

    return run


def _add(first: Any, second: Any) -> Any:
    if isinstance(first, date):
        return first + timedelta(days=float(second)) if isinstance(first, datetime) else first + _days(second)
    return _CONTEXT.add(first, second)


def _subtract(first: Any, second: Any) -> Any:
    if isinstance(first, datetime):
        if isinstance(second, datetime):
            seconds = Decimal((first - second) // timedelta(seconds=1))
            return _CONTEXT.divide(seconds, Decimal(86_400))
        return first - timedelta(days=float(second))
    if isinstance(first, date):
        return Decimal((first - second).days) if isinstance(second, date) else first - _days(second)
    return _CONTEXT.subtract(first, second)


def _days(number: Decimal) -> timedelta:
    return timedelta(days=int(number))


def _divide(first: Decimal, second: Decimal) -> Any:
    return _CONTEXT.divide(first, second) if second else None


def _rest(first: Decimal, second: Decimal) -> Any:
    """With the sign of the divisor, as people count weekdays."""
    return first - second * (first / second).to_integral_value(decimal.ROUND_FLOOR) if second else None


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _subtract,
    "*": lambda first, second: _CONTEXT.multiply(first, second),
    "/": _divide,
    "%": _rest,
    "<": lambda first, second: first < second,
    "<=": lambda first, second: first <= second,
    ">": lambda first, second: first > second,
    ">=": lambda first, second: first >= second,
}


def _round(given: Given, value: Decimal, places: Decimal = Decimal(0)) -> Any:
    count = max(-12, min(int(places), 4))
    return value.quantize(Decimal(1).scaleb(-count), decimal.ROUND_HALF_UP, context=_CONTEXT)


def _number(given: Given, value: Any) -> Any:
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value).strip().replace(",", ""))
    except decimal.InvalidOperation:
        return None
    # "1e999999999" is a number whose digits fill the memory as soon as somebody wants to see them.
    return found if found.is_finite() and abs(found.adjusted()) <= MOST_DIGITS else None


def _local(given: Given, value: Any) -> date:
    return value.astimezone(given.zone).date() if isinstance(value, datetime) else value


def _made_date(given: Given, *parts: Any) -> date:
    if len(parts) == 1:
        return _local(given, parts[0])
    return date(int(parts[0]), int(parts[1]), int(parts[2]))


def _months(given: Given, day: date, count: Decimal) -> date:
    return add_months(day, max(-12_000, min(int(count), 12_000)))


def _contains(given: Given, within: Any, part: str) -> bool:
    if isinstance(within, list):
        return part in within
    return part.casefold() in str(within).casefold()


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "round": _round,
    "floor": lambda given, value: value.to_integral_value(decimal.ROUND_FLOOR),
    "ceil": lambda given, value: value.to_integral_value(decimal.ROUND_CEILING),
    "abs": lambda given, value: abs(value),
    "number": _number,
    "text": lambda given, value: _text(value),
    "len": lambda given, value: Decimal(len(value)),
    "upper": lambda given, value: value.upper(),
    "lower": lambda given, value: value.lower(),
    "trim": lambda given, value: value.strip(),
    "left": lambda given, value, count: value[: max(0, int(count))],
    "right": lambda given, value, count: value[-int(count) :] if count >= 1 else "",
    "replace": lambda given, value, old, new: (
        # What is cut off need not be made first: every replacement leaves a letter.
        value.replace(old, new, LONGEST_TEXT if new else -1)[:LONGEST_TEXT] if old else value
    ),
    "contains": _contains,
    "matches": lambda given, value, pattern: matches(value, pattern),
    "starts": lambda given, value, part: value.casefold().startswith(part.casefold()),
    "date": _made_date,
    "year": lambda given, value: Decimal(_local(given, value).year),
    "month": lambda given, value: Decimal(_local(given, value).month),
    "day": lambda given, value: Decimal(_local(given, value).day),
    "weekday": lambda given, value: Decimal(_local(given, value).isoweekday()),
    "add_months": _months,
}


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _finite(value: Any) -> Any:
    return None if isinstance(value, Decimal) and not value.is_finite() else value
