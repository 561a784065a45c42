"""A formula of a metric → SQL over the actor's tables: the language of docs/reference/formulas.md.

What it gives of one record is what a formula field gives of it: nothing follows from nothing, an empty
condition is not fulfilled, a division by zero is empty. What has no counterpart in every engine is refused at
its character.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from sqlglot import exp

from guanxi.analytics.semantic.scoping import Scope
from guanxi.analytics.warehouse.shape import TYPES
from guanxi.platform.metadata.computed import FormulaFault
from guanxi.platform.metadata.formulas import FormulaError, kind_of_field
from guanxi.platform.metadata.formulas.language import (
    Binary,
    Call,
    Literal,
    Name,
    Node,
    Unary,
    parse_formula,
)

_COMPARED: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def formula_sql(source: str, scope: Scope) -> exp.Expr:
    """What a formula gives of one record. Raises FormulaFault with the character for what can't be asked of
    the warehouse, FieldError for a field that the actor does not see."""
    try:
        return _made(parse_formula(source), scope)
    except FormulaError as problem:
        raise FormulaFault(problem) from problem


def _made(node: Node, scope: Scope) -> exp.Expr:
    match node:
        case Literal(value=value):
            return _literal(value)
        case Name():
            return _name(node, scope)
        case Unary(sign="-", of=of):
            return exp.Neg(this=exp.paren(_made(of, scope)))
        case Unary(of=of):
            return exp.not_(exp.paren(_met(of, scope)))
        case Call():
            return _call(node, scope)
        case Binary():
            return exp.paren(_binary(node, scope))


def _name(node: Name, scope: Scope) -> exp.Expr:
    field = scope.field(node.path)
    if field.type not in TYPES or TYPES[field.type].endswith("[]"):
        said = _("A metric can't read “%(name)s”.") % {"name": field.label}
        raise FormulaError(said, node.at, node.length)
    return scope.value(node.path)


def _literal(value: Any) -> exp.Expr:
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(f"{value:f}")


def _met(node: Node, scope: Scope) -> exp.Expr:
    """A condition: what is empty is not fulfilled."""
    return exp.Coalesce(this=_made(node, scope), expressions=[exp.false()])


def _binary(node: Binary, scope: Scope) -> exp.Expr:
    if node.sign in ("and", "or"):
        parts = (_met(node.left, scope), _met(node.right, scope))
        return exp.and_(*parts) if node.sign == "and" else exp.or_(*parts)
    left, right = _made(node.left, scope), _made(node.right, scope)
    if node.sign == "=":
        return exp.NullSafeEQ(this=left, expression=right)
    if node.sign == "!=":
        return exp.NullSafeNEQ(this=left, expression=right)
    if node.sign in _COMPARED:
        return _COMPARED[node.sign](this=left, expression=right)
    if node.sign in ("+", "-") and _is_day(node.left, scope):
        return _days(node, left, right, scope)
    if node.sign == "+":
        return exp.Add(this=left, expression=right)
    if node.sign == "-":
        return exp.Sub(this=left, expression=right)
    if node.sign == "*":
        return exp.Mul(this=_factor(node.left, left), expression=_factor(node.right, right))
    if node.sign == "/":
        divisor = exp.Nullif(this=right, expression=_ZERO.copy())
        return exp.Div(this=exp.cast(left, "double"), expression=divisor)
    raise _foreign(node, node.sign)


_ZERO = exp.Literal.number(0)


def _factor(node: Node, made: exp.Expr) -> exp.Expr:
    """Two fields are multiplied exactly; what is computed already has too many digits for that."""
    return made if isinstance(node, Name | Literal) else exp.cast(made, "double")


def _is_day(node: Node, scope: Scope) -> bool:
    if isinstance(node, Name):
        return kind_of_field(scope.field(node.path)) in ("date", "moment")
    return isinstance(node, Call) and node.function in ("today", "date")


def _days(node: Binary, left: exp.Expr, right: exp.Expr, scope: Scope) -> exp.Expr:
    """A day and so many days; or how many days are between two."""
    if node.sign == "-" and _is_day(node.right, scope):
        seconds = exp.Sub(this=_epoch(left), expression=_epoch(right))
        return exp.Div(this=exp.cast(exp.paren(seconds), "double"), expression=exp.Literal.number(86_400))
    step = exp.Mul(
        this=exp.cast(exp.paren(right), "int"),
        expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")),
    )
    kind = exp.Add if node.sign == "+" else exp.Sub
    return exp.cast(exp.paren(kind(this=left, expression=step)), "date")


def _epoch(value: exp.Expr) -> exp.Expr:
    return exp.TimeToUnix(this=exp.cast(value, "timestamp"))


def _call(node: Call, scope: Scope) -> exp.Expr:
    if node.function == "if":
        condition, then, otherwise = node.given
        return exp.case().when(_met(condition, scope), _made(then, scope)).else_(_made(otherwise, scope))
    if node.function == "today":
        day = scope.context.now.astimezone(scope.context.zone).date()
        return exp.cast(exp.Literal.string(day.isoformat()), "date")
    make = _FUNCTIONS.get(node.function)
    if make is None or (node.function == "date" and len(node.given) != 1):
        raise _foreign(node, node.function)
    return make([_made(one, scope) for one in node.given])


def _foreign(node: Call | Binary, name: str) -> FormulaError:
    return FormulaError(_("A metric can't use “%(name)s”.") % {"name": name}, node.at, node.length)


def _part(unit: str) -> Callable[[Sequence[exp.Expr]], exp.Expr]:
    return lambda given: exp.Extract(this=exp.var(unit), expression=given[0])


def _round(given: Sequence[exp.Expr]) -> exp.Expr:
    return exp.Round(this=given[0], decimals=exp.cast(given[1], "int") if len(given) > 1 else _ZERO.copy())


_FUNCTIONS: dict[str, Callable[[Sequence[exp.Expr]], exp.Expr]] = {
    "coalesce": lambda given: exp.Coalesce(this=given[0], expressions=list(given[1:])),
    "empty": lambda given: exp.paren(given[0].is_(exp.null())),
    "min": lambda given: exp.Least(this=given[0], expressions=list(given[1:]), ignore_nulls=True),
    "max": lambda given: exp.Greatest(this=given[0], expressions=list(given[1:]), ignore_nulls=True),
    "round": _round,
    "floor": lambda given: exp.Floor(this=given[0]),
    "ceil": lambda given: exp.Ceil(this=given[0]),
    "abs": lambda given: exp.Abs(this=given[0]),
    "len": lambda given: exp.Length(this=given[0]),
    "upper": lambda given: exp.Upper(this=given[0]),
    "lower": lambda given: exp.Lower(this=given[0]),
    "trim": lambda given: exp.Trim(this=given[0]),
    "date": lambda given: exp.cast(given[0], "date"),
    "year": _part("YEAR"),
    "month": _part("MONTH"),
    "day": _part("DAY"),
    "weekday": _part("ISODOW"),
}
