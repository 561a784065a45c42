"""The product's filter tree as a tree of SQL over the actor's tables: the same words, the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any as Anything

from django.utils.translation import gettext as _
from sqlglot import exp

from guanxi.analytics.semantic.scoping import Scope
from guanxi.analytics.warehouse.shape import TYPES
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.fields.time import period, relative_day
from guanxi.platform.records.filters.tree import All, Any, Condition, Filter, Not

_COMPARED: dict[str, type[exp.Binary]] = {"lt": exp.LT, "lte": exp.LTE, "gt": exp.GT, "gte": exp.GTE}


def condition(tree: Filter, scope: Scope) -> exp.Expr:
    """Raises FieldError for a field that the actor does not see, and for what makes no sense."""
    if isinstance(tree, Not):
        return _not_true(condition(tree.part, scope))
    if isinstance(tree, All | Any):
        if not tree.parts:
            return exp.true() if isinstance(tree, All) else exp.false()
        parts = [exp.paren(condition(one, scope)) for one in tree.parts]
        return exp.and_(*parts) if isinstance(tree, All) else exp.or_(*parts)
    return _one(tree, scope)


def _one(asked: Condition, scope: Scope) -> exp.Expr:
    path = tuple(asked.field.split("."))
    if path[-1] == "name" and len(path) > 1 and (named := _named(path, asked, scope)) is not None:
        return named
    field = scope.field(path)
    if field.type not in TYPES:
        raise FieldError(
            "not_kept",
            _("“%(field)s” is kept neither for figures nor for past days: take that part of the filter away.")
            % {"field": field.label},
        )
    if not field.filterable:
        raise FieldError(
            "unknown_field", _("There is no field “%(name)s”, or you may not see it.") % {"name": asked.field}
        )
    if asked.operator not in field.operators:
        raise FieldError(
            "operator",
            _("%(field)s can't be compared with “%(operator)s”.")
            % {"field": field.label, "operator": asked.operator},
        )
    value = scope.value(path)
    if TYPES[field.type].endswith("[]"):
        return _of_list(asked, field, value, scope)
    if asked.operator == "empty":
        return value.is_(exp.null())
    if asked.operator == "not_empty":
        return exp.not_(value.is_(exp.null()))
    if field.type in ("date", "datetime"):
        return _of_time(asked, field, path, scope)
    if asked.operator == "below":
        return _below(asked, value, scope)
    if asked.operator in ("contains", "starts"):
        return _like(asked, value)
    given = asked.value if isinstance(asked.value, list) else [asked.value]
    operands = [_operand(field, one, scope) for one in given]
    if asked.operator == "between":
        low, high = _two(operands, field)
        return exp.Between(this=value, low=_literal(low), high=_literal(high))
    if asked.operator in ("is", "in"):
        return _among(value, operands)
    if asked.operator in ("is_not", "not_in"):
        return _not_true(_among(value, operands))
    return _COMPARED[asked.operator](this=value, expression=_literal(operands[0]))


def _named(path: tuple[str, ...], asked: Condition, scope: Scope) -> exp.Expr | None:
    """`owner.name contains Lin`: members and teams are asked for by name."""
    link = scope.field(path[:-1])
    if link.type not in ("member", "team"):
        return None
    word = exp.column("name")
    if asked.operator in ("contains", "starts"):
        met = _like(asked, word)
    else:
        given = asked.value if isinstance(asked.value, list) else [asked.value]
        met = _among(word, [str(one) for one in given])
    inside = exp.In(
        this=scope.value(path[:-1]),
        query=exp.Subquery(this=exp.select("id").from_(exp.table_(link.type, quoted=True)).where(met)),
    )
    return _not_true(inside) if asked.operator in ("is_not", "not_in") else inside


def _of_list(asked: Condition, field: Field, value: exp.Expr, scope: Scope) -> exp.Expr:
    """A field of several values: met where one of them is meant."""
    empty = exp.EQ(
        this=exp.Coalesce(this=exp.ArraySize(this=value), expressions=[exp.Literal.number(0)]),
        expression=exp.Literal.number(0),
    )
    if asked.operator in ("empty", "not_empty"):
        return empty if asked.operator == "empty" else exp.not_(empty)
    cleaned = field.clean(asked.value, scope.context)
    keys = field.index_values(cleaned)
    met = [
        exp.func("array_contains", value.copy(), exp.Literal.string(one), dialect="duckdb") for one in keys
    ]
    found = exp.or_(*met) if met else exp.false()
    return _not_true(found) if asked.operator in ("is_not", "not_in") else found


def _of_time(asked: Condition, field: Field, path: tuple[str, ...], scope: Scope) -> exp.Expr:
    """Every operand is a span: a day, a period such as `last_quarter`, or one moment."""

    def within(span: tuple[date, date]) -> exp.Expr:
        first, last = scope.compared(path, exp.GTE, span[0]), scope.compared(path, exp.LT, span[1])
        return exp.paren(exp.and_(first, last))

    given = asked.value if isinstance(asked.value, list) else [asked.value]
    if asked.operator == "between":
        first, last = _two([_span(field, one, scope) for one in given], field)
        return within((first[0], last[1]))
    spans = [_span(field, one, scope) for one in given]
    if asked.operator in ("is", "in"):
        return exp.or_(*map(within, spans))
    if asked.operator in ("is_not", "not_in"):
        return _not_true(exp.or_(*map(within, spans)))
    start, end = spans[0]
    day = start if asked.operator in ("lt", "gte") else end
    return scope.compared(path, exp.LT if asked.operator in ("lt", "lte") else exp.GTE, day)


def _span(field: Field, given: Anything, scope: Scope) -> tuple[date, date]:
    """First and, not included, last: days, or moments by the actor's clocks."""
    words = str(given)
    days = period(words, scope.context)
    day = None if days else relative_day(words, scope.context)
    if days is None and day is None and field.type == "datetime":
        try:
            day = date.fromisoformat(words.strip())
        except ValueError:
            day = None
    if days is None:
        found = day or field.clean(given, scope.context)
        if found is None:
            raise FieldError("date", _("“%(value)s” is not a day.") % {"value": words[:40]})
        if isinstance(found, datetime):
            local = found.astimezone(scope.context.zone).replace(tzinfo=None)
            return local, local + timedelta(microseconds=1)
        if found == date.max:  # no day comes after it
            raise FieldError("date", _("“%(value)s” is not a day.") % {"value": words[:40]})
        days = (found, found + timedelta(days=1))
    return days


def _below(asked: Condition, value: exp.Expr, scope: Scope) -> exp.Expr:
    """A team, by id or by name, and all below it."""
    word = str(asked.value)
    top: exp.Expr
    if word == "mine" or word.isdecimal():
        key = scope.context.team_id if word == "mine" else int(word)
        top = exp.EQ(this=exp.column("id", table="top"), expression=_literal(key))
    else:
        top = exp.EQ(this=exp.column("name", table="top"), expression=_literal(word))
    path = exp.column("path", table="t")
    inside = exp.func("starts_with", path, exp.column("path", table="top"), dialect="duckdb")
    teams = exp.select(exp.column("id", table="t")).from_(exp.table_("team", quoted=True).as_("t"))
    teams = teams.join(exp.table_("team", quoted=True).as_("top"), on=exp.and_(top, inside))
    return exp.In(this=value, query=exp.Subquery(this=teams))


def _like(asked: Condition, value: exp.Expr) -> exp.Expr:
    """Whatever its case, like the lists."""
    word = exp.Literal.string(str(asked.value or "").casefold())
    lower = exp.Lower(this=value)
    if asked.operator == "starts":
        return exp.func("starts_with", lower, word, dialect="duckdb")
    return exp.GT(this=exp.StrPosition(this=lower, substr=word), expression=exp.Literal.number(0))


def _operand(field: Field, given: Anything, scope: Scope) -> Anything:
    found = field.clean(given, scope.context)
    return found.value if isinstance(found, Amount) else found


def _among(value: exp.Expr, operands: Sequence[Anything]) -> exp.Expr:
    known = [one for one in operands if one is not None]
    if not known:
        return value.is_(exp.null()) if operands else exp.false()
    if len(known) == 1:
        return exp.EQ(this=value, expression=_literal(known[0]))
    return exp.In(this=value, expressions=[_literal(one) for one in known])


def _two(operands: Sequence[Anything], field: Field) -> tuple[Anything, Anything]:
    if len(operands) != 2:
        raise FieldError("between", _("%(field)s needs two values: from and to.") % {"field": field.label})
    return operands[0], operands[1]


def _not_true(inner: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Coalesce(this=exp.paren(inner), expressions=[exp.false()]))


def _literal(value: Anything) -> exp.Expr:
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    if isinstance(value, Decimal):
        return exp.Literal.number(f"{value:f}")
    found: exp.Expr = exp.convert(value)
    return found
