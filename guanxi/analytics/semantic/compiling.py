"""A cube → one SELECT. The database computes every subtotal and total, so that distinct customers, rates and
medians are right at every level: only what adds up is a sum of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _
from sqlglot import exp

from guanxi.analytics.semantic.conditions import _literal, condition
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.dimensions import CALENDAR, DATES, Dimension, dimension, fields_along
from guanxi.analytics.semantic.formulas import formula_sql
from guanxi.analytics.semantic.measures import Measure, measure
from guanxi.analytics.semantic.scoping import Scope
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.tenancy.models import Workspace

MOST_GROUPS = 50_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A cube with everything that it names looked up.

    fiscal  when the firm's year begins
    beside  the columns of its whole that the object's table has beside its own
    """

    cube: Cube
    rows: tuple[Dimension, ...]
    columns: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    fiscal: int = 1
    beside: frozenset[str] = frozenset()

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
    rows = tuple(dimension(obj, one, by) for one in cube.rows)
    columns = tuple(dimension(obj, one, by) for one in cube.columns)
    measures = tuple(measure(obj, one, by) for one in cube.measures or ("count",))
    if cube.date:
        _require_date(obj, cube.date, by)
    fiscal = any(one.level == "fiscal" for one in (*rows, *columns))
    return Plan(cube, rows, columns, measures, fiscal_month(by.workspace_id) if fiscal else 1)


def _require_date(obj: Object, name: str, by: Actor) -> None:
    path = tuple(name.partition(":")[0].split("."))
    if fields_along(obj, path, by)[-1].type not in DATES:
        raise FieldError("date", _("“%(name)s” is no date.") % {"name": name[:40]})


def fiscal_month(workspace_id: int) -> int:
    """The month in which the firm's year begins."""
    return Workspace.objects.values_list("fiscal_month", flat=True).get(pk=workspace_id)


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
    names = [f"d{index}" for index in range(len(keys))]
    first = 0 if top is None else 1
    periods = {
        f"d{at}": one for at, one in enumerate(plan.dimensions) if at >= first and one.level in _MONTHS
    }
    if top is not None and keys:
        chosen = _chosen(keys[0], top)
        keys[0] = exp.case().when(chosen, keys[0].copy())
        keys.append(exp.case().when(chosen.copy(), exp.Literal.number(0)).else_(exp.Literal.number(1)))
        names.append("o")
    named = [exp.alias_(key, name) for key, name in zip(keys, names, strict=True)]
    asked = [condition(parse_filter(plan.cube.filter), scope)] if plan.cube.filter else []
    asked += [until] if until is not None else []

    def records(numbers: Sequence[int], numbered: bool = False) -> exp.Select:
        """What is looked at of each record, for some of the measures; `numbered`: periods by their number."""
        found = exp.select(
            *(
                exp.alias_(number_of(periods[one.alias], scope), one.alias)
                if numbered and one.alias in periods
                else one.copy()
                for one in named
            )
        )
        for number in numbers:
            found.select(
                exp.alias_(_input(plan.measures[number], scope), f"v{number}", copy=False), copy=False
            )
            if (over := plan.measures[number].over) is not None:
                found.select(exp.alias_(_input(over, scope), f"w{number}", copy=False), copy=False)
        found = scope.source(found)
        return found.where(exp.and_(*(one.copy() for one in asked)), copy=False) if asked else found

    pieces, shared = _pieces(plan, names, records, periods, scope)
    if len(pieces) == 1 and not shared:
        return pieces[0].limit(MOST_GROUPS, copy=False)
    whole = exp.select("*").from_(_together(pieces).subquery("pieces")).limit(MOST_GROUPS)
    for name, one in shared.items():
        whole = whole.with_(name, as_=one)
    return whole


class Records(Protocol):
    def __call__(self, numbers: Sequence[int], numbered: bool = False) -> exp.Select: ...


def _pieces(
    plan: Plan, names: Sequence[str], records: Records, periods: Mapping[str, Dimension], scope: Scope
) -> tuple[list[exp.Select], dict[str, exp.Select]]:
    """The statements that together have every figure, and those that several of them read.

    Each kind of measure in the way that is cheapest for it. What adds up is gathered by all dimensions first;
    the subtotals are made from that. Different ones are told apart once, and each subtotal counts those.
    A median is looked for among the records of each subtotal. What a piece does not have is NULL in it.
    """
    kinds = [one.kind for one in plan.measures]
    found: list[exp.Select] = []
    shared: dict[str, exp.Select] = {}
    adding = [number for number, kind in enumerate(kinds) if kind in _GATHERED]
    if adding:
        found.append(_added_up(plan, names, records, adding, periods))
    for number, kind in enumerate(kinds):
        if kind == "distinct":
            shared[f"u{number}"] = _different(plan, names, records, number, scope)
            found += [_told_apart(plan, names, one, number) for one in plan.sets]
    rest = [number for number, kind in enumerate(kinds) if kind not in _GATHERED and kind != "distinct"]
    if rest:
        figures = {one: _MADE[kinds[one]](this=exp.column(f"v{one}")) for one in rest}
        found.append(_grouped(plan, names, records(rest).subquery("base"), figures))
    return found, shared


def _added_up(
    plan: Plan,
    names: Sequence[str],
    records: Records,
    numbers: Sequence[int],
    periods: Mapping[str, Dimension],
) -> exp.Select:
    """Periods are numbers while records are gathered: that costs less than to make a day of each record's."""
    gathered, figures = exp.select(*names), {}
    for number in numbers:
        kind, value = plan.measures[number].kind, exp.column(f"v{number}")
        for part, made in enumerate(_GATHERED[kind]):
            looked_at = exp.column(f"w{number}") if part and kind == "ratio" else value.copy()
            gathered.select(exp.alias_(made(this=looked_at), f"p{number}_{part}", copy=False), copy=False)
        figures[number] = _whole_of(kind, [exp.column(f"p{number}_{one}") for one in range(2)])
    base = records(numbers, numbered=True).subquery("base", copy=False)
    gathered = gathered.from_(base, copy=False).group_by(*names, copy=False)
    if periods:
        parts = [one.alias for one in gathered.expressions if one.alias]
        days = [
            exp.alias_(_day_of(one, _MONTHS[periods[one].level]), one) if one in periods else exp.column(one)
            for one in names
        ]
        gathered = exp.select(*days, *parts).from_(gathered.subquery("numbered", copy=False), copy=False)
    return _grouped(plan, names, gathered.subquery("gathered", copy=False), figures)


def _whole_of(kind: str, parts: Sequence[exp.Expr]) -> exp.Expr:
    """A figure of several groups from what was gathered of each."""
    if kind == "count":
        return exp.Coalesce(this=exp.Sum(this=parts[0]), expressions=[exp.Literal.number(0)])
    if kind in ("avg", "rate", "ratio"):
        many = exp.Nullif(this=exp.Sum(this=parts[1]), expression=exp.Literal.number(0))
        return exp.Div(this=exp.cast(exp.Sum(this=parts[0]), "double"), expression=many)
    found: exp.Expr = _GATHERED[kind][0](this=parts[0])
    return found


def _different(plan: Plan, names: Sequence[str], records: Records, number: int, scope: Scope) -> exp.Select:
    """What is told apart: each value of each group once; of what records are about what it leads to."""
    base = records([number]).subquery("base")
    concerned = plan.measures[number].concerned
    if not concerned:
        return exp.select("*").distinct().from_(base)
    met = exp.column("about", table="l").eq(exp.column(f"v{number}", table="base"))
    found = exp.select(*names, exp.alias_(exp.column("linked", table="l"), f"v{number}")).distinct()
    return found.from_(base).join(scope.linked(concerned).subquery("l"), on=met)


def _told_apart(plan: Plan, names: Sequence[str], over: Sequence[int], number: int) -> exp.Select:
    """How many different ones each group of one subtotal has."""
    kept = [f"d{one}" for one in over] + (["o"] if "o" in names and 0 in over else [])
    pairs = exp.select(*kept, f"v{number}").distinct().from_(f"u{number}")
    found = exp.select()
    for name in names:
        here = name in kept
        found = found.select(exp.column(name) if here else exp.alias_(exp.null(), name))
        if name != "o":
            found = found.select(exp.alias_(exp.Literal.number(0 if here else 1), f"g{name[1:]}"))
    counted = {number: exp.Count(this=exp.column(f"v{number}"))}
    return _figured(plan, found, counted).from_(pairs.subquery("pairs")).group_by(*kept)


def _grouped(
    plan: Plan, names: Sequence[str], source: exp.Subquery, figures: Mapping[int, exp.Expr]
) -> exp.Select:
    """Figures at every level."""
    found = exp.select().from_(source, copy=False)
    for name in names:
        found.select(name, copy=False)
        if name != "o":
            found.select(exp.alias_(_grouping(name), f"g{name[1:]}", copy=False), copy=False)
    found = _figured(plan, found, figures)
    if not names:
        return found
    sets = [
        exp.Tuple(
            expressions=[
                exp.column(name)
                for number in one
                for name in (f"d{number}", *(("o",) if "o" in names and number == 0 else ()))
            ]
        )
        for one in plan.sets
    ]
    found.set("group", exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)]))
    return found


def _figured(plan: Plan, select: exp.Select, figures: Mapping[int, exp.Expr]) -> exp.Select:
    for number in range(len(plan.measures)):
        figure = figures.get(number) or exp.null()
        select.select(exp.alias_(figure, f"m{number}", copy=False), copy=False)
    return select


def _together(pieces: Sequence[exp.Select]) -> exp.Query:
    found: exp.Query = pieces[0]
    for one in pieces[1:]:
        found = exp.union(found, one, distinct=False, copy=False)
    return found


_GATHERED: dict[str, tuple[type[exp.Func], ...]] = {
    "count": (exp.Count,), "sum": (exp.Sum,), "min": (exp.Min,), "max": (exp.Max,),
    "avg": (exp.Sum, exp.Count), "rate": (exp.Sum, exp.Count), "ratio": (exp.Sum, exp.Sum),
}  # fmt: skip
_MADE: dict[str, type[exp.Func]] = {"median": exp.Median}


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
    if one.level in CALENDAR:
        return scope.of_day(one.path, one.level)
    if one.level == "weekday":
        return exp.Extract(this=exp.var("ISODOW"), expression=value)
    if one.level == "fiscal":
        back = exp.Interval(this=exp.Literal.string(str(scope.fiscal - 1)), unit=exp.var("MONTH"))
        value = exp.Sub(this=value, expression=back)
    unit = "year" if one.level == "fiscal" else one.level
    # sqlglot gives its nodes no types.
    trunc = exp.DateTrunc(this=value, unit=exp.Literal.string(unit.upper()))  # type: ignore[no-untyped-call]
    return scope.made_there(one.path, exp.cast(trunc, "date"))


_MONTHS = {"year": 12, "fiscal": 12, "quarter": 3, "month": 1}  # of each period that is made of months


def number_of(one: Dimension, scope: Scope) -> exp.Expr:
    """How many periods there were from the year 0 to that of a date."""
    value, later = scope.value_in_months(one.path)
    year, month = (exp.Extract(this=exp.var(unit), expression=value.copy()) for unit in ("YEAR", "MONTH"))
    if one.level == "year" and not later % 12:
        return scope.made_there(one.path, year + later // 12 if later else year)
    back = scope.fiscal if one.level == "fiscal" else 1
    months: exp.Expr = exp.paren(year * 12 + month + (later - back))
    if _MONTHS[one.level] > 1:
        months = exp.IntDiv(this=months, expression=exp.Literal.number(_MONTHS[one.level]))
    return scope.made_there(one.path, months)


def _day_of(numbered: str, length: int) -> exp.Expr:
    """The first day of the period with a number; `length` in months."""
    months: exp.Expr = exp.cast(exp.column(numbered), "int")
    if length == 12:
        return _first_of(months, exp.Literal.number(1))
    if length > 1:
        months = exp.paren(months * length)
    year = exp.cast(exp.IntDiv(this=months, expression=exp.Literal.number(12)), "int")
    return _first_of(year, exp.Mod(this=months.copy(), expression=exp.Literal.number(12)) + 1)


def _first_of(year: exp.Expr, month: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="MAKE_DATE", expressions=[year, month, exp.Literal.number(1)])


def _input(wanted: Measure, scope: Scope) -> exp.Expr:
    """What of one record a measure looks at; NULL for records that it passes over."""
    value: exp.Expr = scope.value(wanted.path) if wanted.path else exp.Literal.number(1)
    if wanted.formula:
        value = formula_sql(wanted.formula, scope)
    if wanted.kind == "rate":
        assert wanted.only is not None
        met = condition(wanted.only, scope)
        return exp.case().when(met, exp.Literal.number(1)).else_(exp.Literal.number(0))
    if wanted.only is not None:
        value = exp.case().when(condition(wanted.only, scope), value)
    return exp.Anonymous(this="UNNEST", expressions=[value]) if wanted.concerned else value


def _grouping(name: str) -> exp.Expr:
    return exp.Anonymous(this="GROUPING", expressions=[exp.column(name)])


def _chosen(key: exp.Expr, top: Sequence[Any]) -> exp.Expr:
    known = [_literal(one) for one in top if one is not None]
    parts: list[exp.Expr] = [exp.In(this=key.copy(), expressions=known)] if known else []
    if None in top or not known:
        parts.append(key.copy().is_(exp.null()) if None in top else exp.false())
    return exp.paren(exp.or_(*parts))


def scope_of(plan: Plan, by: Actor, context: Context, **shifting: Any) -> Scope:
    obj = registry.get(plan.cube.object)
    then = date_of_record(plan) if plan.cube.history else ()
    return Scope(obj, by, context, fiscal=plan.fiscal, then=then, beside=plan.beside, **shifting)


def date_of_record(plan: Plan) -> tuple[str, ...]:
    """The date by which a record belongs to a time: what the cube says, what it is grouped by, that of its
    metric, else when it was created."""
    if plan.cube.date:
        return tuple(plan.cube.date.partition(":")[0].split("."))
    dated = next((one for one in plan.dimensions if one.dated), None)
    if dated is not None:
        return dated.path
    named = next((metric(one.text[7:]).date for one in plan.measures if one.text.startswith("metric:")), "")
    return (named or "created_at",)
