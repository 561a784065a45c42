"""A cube → one SELECT. The database computes every subtotal and total from the records themselves (GROUPING
SETS), so that distinct customers, rates and medians are right at every level: no total is a sum of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from guanxi.analytics.semantic.conditions import _literal, condition
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.dimensions import Dimension, dimension
from guanxi.analytics.semantic.measures import Measure, measure
from guanxi.analytics.semantic.scoping import Scope
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Context
from guanxi.platform.records.filters import parse_filter

MOST_GROUPS = 50_000
FISCAL_SHIFT = 3  # months: a fiscal year that begins in April is named for the year in which it begins


@dataclass(frozen=True, slots=True)
class Plan:
    """A cube with everything that it names looked up."""

    cube: Cube
    rows: tuple[Dimension, ...]
    columns: tuple[Dimension, ...]
    measures: tuple[Measure, ...]

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return (*self.rows, *self.columns)

    @property
    def sets(self) -> list[tuple[int, ...]]:
        """By which dimensions each level is grouped: all beginnings of the rows with all of the columns."""
        own = [tuple(range(count)) for count in range(len(self.rows), -1, -1)]
        first = len(self.rows)
        across = [tuple(range(first, first + count)) for count in range(len(self.columns), -1, -1)]
        return [(*one, *other) for one in own for other in across]


def plan_of(cube: Cube, by: Actor) -> Plan:
    """Raises FieldError for what the actor does not see, KeyError for what is no object."""
    obj = registry.get(cube.object)
    return Plan(
        cube,
        tuple(dimension(obj, one, by) for one in cube.rows),
        tuple(dimension(obj, one, by) for one in cube.columns),
        tuple(measure(obj, one, by) for one in cube.measures or ("count",)),
    )


def compile_cube(
    plan: Plan,
    scope: Scope,
    *,
    top: Sequence[Any] | None = None,
    until: exp.Expr | None = None,
) -> exp.Select:
    """The SELECT: d0 …, g0 … (whether a dimension is summed over), m0 …; with `top`, "other" as `o`.

    top    the values of the first dimension that are shown by themselves
    until  a condition more: how far a comparison goes
    """
    keys = [key_of(one, scope) for one in plan.dimensions]
    inner = exp.select()
    others: list[exp.Expr] = []
    if top is not None and keys:
        chosen = _chosen(keys[0], top)
        others = [exp.case().when(chosen, exp.Literal.number(0)).else_(exp.Literal.number(1))]
        keys[0] = exp.case().when(chosen.copy(), keys[0].copy())
    for index, key in enumerate(keys):
        inner = inner.select(exp.alias_(key, f"d{index}"))
    for one in others:
        inner = inner.select(exp.alias_(one, "o"))
    for index, wanted in enumerate(plan.measures):
        inner = inner.select(exp.alias_(_input(wanted, scope), f"v{index}"))
    asked = [condition(parse_filter(plan.cube.filter), scope)] if plan.cube.filter else []
    asked += [until] if until is not None else []
    inner = scope.source(inner)
    if asked:
        inner = inner.where(exp.and_(*asked))
    outer = exp.select().from_(inner.subquery("base"))
    for index in range(len(keys)):
        outer = outer.select(f"d{index}", exp.alias_(_grouping(f"d{index}"), f"g{index}"))
    if others:
        outer = outer.select("o")
    for index, wanted in enumerate(plan.measures):
        outer = outer.select(exp.alias_(_aggregate(wanted, exp.column(f"v{index}")), f"m{index}"))
    if keys:
        sets = [
            exp.Tuple(
                expressions=[
                    exp.column(name)
                    for number in one
                    for name in (f"d{number}", *(("o",) if others and number == 0 else ()))
                ]
            )
            for one in plan.sets
        ]
        grouping = exp.GroupingSets(expressions=sets)
        outer.set("group", exp.Group(grouping_sets=[grouping]))
    return outer.limit(MOST_GROUPS)


def written(select: exp.Expr, dialect: str = "duckdb") -> str:
    """The SQL for an engine: "duckdb", "spark", "postgres"."""
    return select.sql(dialect=dialect)


def key_of(one: Dimension, scope: Scope) -> exp.Expr:
    """By what a dimension groups: dates by the first day of their period."""
    if one.field.type == "team" and one.level:
        scope.field(one.path)
        return scope.above(one.path, one.level)
    value = scope.value(one.path)
    if not one.dated:
        return value
    if one.level == "weekday":
        return exp.Extract(this=exp.var("ISODOW"), expression=value)
    if one.level == "fiscal":
        back = exp.Interval(this=exp.Literal.string(str(FISCAL_SHIFT)), unit=exp.var("MONTH"))
        value = exp.Sub(this=value, expression=back)
    unit = "year" if one.level == "fiscal" else one.level
    # sqlglot gives its nodes no types.
    trunc = exp.DateTrunc(this=value, unit=exp.Literal.string(unit.upper()))  # type: ignore[no-untyped-call]
    return exp.cast(trunc, "date")


def _input(wanted: Measure, scope: Scope) -> exp.Expr:
    """What of one record a measure looks at; NULL for records that it passes over."""
    value: exp.Expr = scope.value(wanted.path) if wanted.path else exp.Literal.number(1)
    if wanted.kind == "rate":
        assert wanted.only is not None
        met = condition(wanted.only, scope)
        return exp.case().when(met, exp.Literal.number(1)).else_(exp.Literal.number(0))
    if wanted.only is not None:
        return exp.case().when(condition(wanted.only, scope), value)
    return value


def _aggregate(wanted: Measure, value: exp.Expr) -> exp.Expr:
    if wanted.kind == "distinct":
        return exp.Count(this=exp.Distinct(expressions=[value]))
    made = {
        "count": exp.Count, "sum": exp.Sum, "avg": exp.Avg, "rate": exp.Avg,
        "min": exp.Min, "max": exp.Max, "median": exp.Median,
    }[wanted.kind]  # fmt: skip
    found: exp.Expr = made(this=value)
    return found


def _grouping(name: str) -> exp.Expr:
    return exp.Anonymous(this="GROUPING", expressions=[exp.column(name)])


def _chosen(key: exp.Expr, top: Sequence[Any]) -> exp.Expr:
    known = [_literal(one) for one in top if one is not None]
    parts: list[exp.Expr] = [exp.In(this=key.copy(), expressions=known)] if known else []
    if None in top or not known:
        parts.append(key.copy().is_(exp.null()) if None in top else exp.false())
    return exp.paren(exp.or_(*parts))


def scope_of(plan: Plan, by: Actor, context: Context, **shifting: Any) -> Scope:
    return Scope(registry.get(plan.cube.object), by, context, **shifting)
