"""Conditions asked without the database: of what a fact says, and of what a record was before it.

Three answers: yes, no, and None where the values at hand do not tell. A no is certain, so it saves a query; a
None is asked of the database, which knows every operator. Same filters, same meaning (a test compares both).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from guanxi.platform.i18n.rates import convert
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context, Date, DateTime, Field, Link, Money
from guanxi.platform.metadata.fields.number import Decimal, to_units
from guanxi.platform.metadata.fields.time import today
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import All, Condition, Filter, Not
from guanxi.platform.records.filters import Any as AnyOf

Answer = bool | None
Values = Mapping[str, Any]  # field → value in JSON form, as facts have it; a field that is absent is unknown
Predicate = Callable[[Values], Answer]
# (condition behind a link, id of the linked record) → whether it holds
AskLinked = Callable[[Condition, Any], Answer]

_PLAIN = {
    "text",
    "choice",
    "url",
    "link",
    "member",
    "team",
    "boolean",
    "integer",
    "percent",
    "rating",
    "duration",
}
_LISTS = {"tags", "choices", "links"}
_MISSING = object()


def predicate(tree: Filter, obj: Object, context: Context, *, ask: AskLinked | None = None) -> Predicate:
    """The tree as a function of values."""
    if isinstance(tree, Not):
        inner = predicate(tree.part, obj, context, ask=ask)

        def negated(values: Values) -> Answer:
            found = inner(values)
            return None if found is None else not found

        return negated
    if isinstance(tree, All | AnyOf):
        parts = [predicate(one, obj, context, ask=ask) for one in tree.parts]
        stops = isinstance(tree, AnyOf)

        def joined(values: Values) -> Answer:
            unknown = False
            for part in parts:
                found = part(values)
                if found is stops:
                    return stops
                unknown = unknown or found is None
            return None if unknown else not stops

        return joined
    return _condition(tree, obj, context, ask)


def unknown(values: Values) -> Answer:
    return None


@dataclass(frozen=True, slots=True)
class Bound:
    """A condition without which a tree can't hold, in a form that many trees can be sorted by.

    side    "is": the value is one of `given`; "above", "below": it is not on the other side of the one given
    read    a value of a fact as `given` has it
    """

    field: str
    side: str
    given: tuple[Any, ...]
    read: Callable[[Any], Any]


def bounds_of(tree: Filter, obj: Object, context: Context) -> tuple[Bound, ...]:
    """What plain fields must be, those first that sort best: values before sides."""
    parts = tree.parts if isinstance(tree, All) else (tree,)
    found = [_bound(part, obj, context) for part in parts if isinstance(part, Condition)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.side != "is"))


def _bound(one: Condition, obj: Object, context: Context) -> Bound | None:
    field, side = obj.fields_by_name.get(one.field), _SIDES.get(one.operator)
    if field is None or side is None or field.type not in _PLAIN or one.operator not in field.operators:
        return None
    given = one.value if isinstance(one.value, list) else [one.value]
    try:
        operands = tuple(field.operand(each, context) for each in given)
        hash(operands)
    except (FieldError, ValueError, OverflowError, TypeError):
        return None
    usable = all(each is not None for each in operands) and (side == "is" or len(operands) == 1)
    return Bound(one.field, side, operands, field.from_json) if usable else None


_SIDES = {"is": "is", "in": "is", "gt": "above", "gte": "above", "lt": "below", "lte": "below"}


def _condition(one: Condition, obj: Object, context: Context, ask: AskLinked | None) -> Predicate:
    name, dot, _rest = one.field.partition(".")
    field = obj.fields_by_name.get(name)
    if field is None:
        return unknown
    if dot:
        if ask is None or not isinstance(field, Link):
            return unknown

        def linked(values: Values) -> Answer:
            value = values.get(name, _MISSING)
            if value is _MISSING:
                return None
            return False if value is None else ask(one, value)

        return linked
    try:
        test = _test(field, one, context)
    except (FieldError, ValueError, OverflowError):
        return unknown
    if test is None:
        return unknown

    def asked(values: Values) -> Answer:
        value = values.get(name, _MISSING)
        return None if value is _MISSING else test(value)

    return asked


def _test(field: Field, one: Condition, context: Context) -> Callable[[Any], Answer] | None:
    """A function of the value in JSON form; None for operators that only the database knows."""
    if one.operator not in field.operators:
        return None
    if one.operator in ("empty", "not_empty"):
        wanted = one.operator == "empty"
        return lambda value: (value is None or value == "" or value == []) is wanted
    given = one.value if isinstance(one.value, list) else [one.value]
    if field.type in _LISTS:
        return _list_test(field, one.operator, given, context)
    if isinstance(field, Date | DateTime):
        return _time_test(field, one.operator, given, context)
    if isinstance(field, Money):
        return _ordered(one.operator, [field.operand(each, context) for each in given], _in_base(context))
    if isinstance(field, Decimal):
        return _ordered(
            one.operator,
            [field.operand(each, context) for each in given],
            lambda v: to_units(field.from_json(v)),
        )
    if field.type in _PLAIN:
        return _ordered(one.operator, [field.operand(each, context) for each in given], field.from_json)
    return None


def _list_test(field: Field, operator: str, given: list[Any], context: Context) -> Callable[[Any], Answer]:
    wanted = set(field.index_values(field.clean(given, context)))
    negated = operator in ("is_not", "not_in")
    return lambda value: bool(wanted & {str(each) for each in value or ()}) is not negated


def _ordered(
    operator: str, operands: list[Any], read: Callable[[Any], Any]
) -> Callable[[Any], Answer] | None:
    """Like `Field.comparison`: nothing is not more and not less than anything, and is not another value."""
    work = _WORK.get(operator)
    if (
        work is None
        or any(each is None for each in operands)
        or (operator == "between" and len(operands) != 2)
    ):
        return None

    def test(value: Any) -> Answer:
        kept = None if value is None else read(value)
        if kept is None:
            return operator in ("is_not", "not_in")
        return bool(work(kept, operands))

    return test


_WORK: dict[str, Callable[[Any, list[Any]], bool]] = {
    "is": lambda value, given: value == given[0],
    "is_not": lambda value, given: value != given[0],
    "in": lambda value, given: value in given,
    "not_in": lambda value, given: value not in given,
    "lt": lambda value, given: value < given[0],
    "lte": lambda value, given: value <= given[0],
    "gt": lambda value, given: value > given[0],
    "gte": lambda value, given: value >= given[0],
    "between": lambda value, given: given[0] <= value <= given[1],
}


def _time_test(
    field: Date | DateTime, operator: str, given: list[Any], context: Context
) -> Callable[[Any], Answer] | None:
    """Days that are a span (`last_week`) hold between two ends, as in SQL."""
    if operator not in ("is", "lt", "lte", "gt", "gte") or len(given) != 1:
        return None
    span = field._span(given[0], context)
    if span is None:
        operand = field.clean(given[0], context)
        return _ordered(operator, [operand], field.from_json)
    start, end = span
    compare: Callable[[Any], bool] = {
        "is": lambda kept: start <= kept < end,
        "lt": lambda kept: kept < start,
        "gte": lambda kept: kept >= start,
        "lte": lambda kept: kept < end,
        "gt": lambda kept: kept >= end,
    }[operator]
    return lambda value: False if value is None else compare(field.from_json(value))


def _in_base(context: Context) -> Callable[[Any], Any]:
    """An amount of a fact in the workspace's currency, as the column keeps it; by today's rate."""

    def read(value: Any) -> Any:
        from decimal import Decimal as Number

        amount, currency = Number(str(value["amount"])), value["currency"]
        if currency == context.currency:
            return to_units(amount)
        known = convert(amount, currency, today(context))
        return to_units(known.amount) if known else None

    return read


def find_linked(obj: Object, one: Condition) -> tuple[Object, Condition] | None:
    """`stage.name = x` as a condition on the stage; None where the link leads to no registered object."""
    name, _dot, rest = one.field.partition(".")
    field = obj.fields_by_name.get(name)
    if not isinstance(field, Link) or not registry.has(field.to):
        return None
    return registry.get(field.to), Condition(rest, one.operator, one.value)
