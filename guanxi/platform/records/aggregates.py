"""What a column of a list comes to: the aggregates that fit its type, and which one stands in the foot.

A view keeps {column: aggregate}. A column that it does not name has its usual one: the sum where sums mean
something, else none; `none` takes that away. In an address it is `aggregates=amount:avg,employees:none`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from typing import Any

import msgspec
from django.db import connection

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import (
    Choice,
    Date,
    DateTime,
    Decimal,
    Field,
    Integer,
    Link,
    Money,
    Share,
    Text,
)
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.fields.contact_points import ContactPoints
from guanxi.platform.metadata.fields.number import plain as plain_number
from guanxi.platform.metadata.fields.several import Several
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import Veiled
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.listing import ListQuery, conditions
from guanxi.platform.records.sql import fetch, read_sum
from guanxi.platform.records.summary import as_number, sum_columns

AGGREGATES = ("filled", "empty", "distinct", "sum", "avg", "median", "min", "max")
NONE = "none"
SUMMED = ("integer", "decimal", "duration")  # of own fields; shipped ones say so themselves
LONGEST_TOLD_APART = 500  # letters of a text of which it is counted how many different there are


class Figures(msgspec.Struct, frozen=True):
    """What one column comes to over all records of a list, by one pass over them.

    count          the records of the list
    filled, empty  how many have a value and have none; of amounts `filled` are those that have a rate, and
                   `unpriced` says how many have none
    total, average   of numbers in the field's unit, of amounts in the workspace's currency; else None
    least, most      kept values of numbers, days and moments; None of others and where nothing is filled in
    """

    count: int
    filled: int
    unpriced: int
    total: Number | None = None
    average: Number | None = None
    least: Any = None
    most: Any = None

    @property
    def empty(self) -> int:
        return self.count - self.filled - self.unpriced


def aggregates_of(field: Field) -> tuple[str, ...]:
    """The aggregates that fit a field, in the order of AGGREGATES; none of one that is hidden or masked."""
    if not field.filterable or field.hidden or "empty" not in field.operators:
        return ()
    fits = {"filled", "empty"}
    if isinstance(field, Veiled):
        return tuple(one for one in AGGREGATES if one in fits)  # the others tell of values
    if _is_told_apart(field):
        fits.add("distinct")
    if isinstance(field, Date | DateTime | Money | Integer | Decimal):
        fits |= {"min", "max"}
    if isinstance(field, Money | Integer | Decimal):
        fits |= {"avg", "median"}
        if field.adds_up or (field.own and field.type in SUMMED and not isinstance(field, Share)):
            fits.add("sum")
    return tuple(one for one in AGGREGATES if one in fits)


def usual_aggregate(field: Field) -> str:
    """The one that a column has when nothing is said of it."""
    return "sum" if field.adds_up and "sum" in aggregates_of(field) else NONE


def known_aggregates(obj: Object, given: Mapping[str, Any]) -> dict[str, str]:
    """What of a choice makes sense for the object as it is seen, and is not what is usual anyway."""
    found = {}
    for name in sorted(given):
        field = obj.fields_by_name.get(name)
        if field is not None and given[name] in (*aggregates_of(field), NONE):
            found[name] = str(given[name])
    return {name: one for name, one in found.items() if one != usual_aggregate(obj[name])}


def aggregates_text(chosen: Mapping[str, str]) -> str:
    """As addresses say it; `read_aggregates` reads it again."""
    return ",".join(f"{name}:{chosen[name]}" for name in sorted(chosen))


def read_aggregates(text: str) -> dict[str, str]:
    """{column: aggregate} of "amount:avg,employees:none", whether they exist or not; one for each column."""
    return dict(read_pairs(text))


def read_pairs(text: str) -> list[tuple[str, str]]:
    """The same as pairs: a program may ask for several of one column."""
    pairs = (one.partition(":") for one in text.split(",") if ":" in one)
    return [(name.strip(), kind.strip()) for name, _colon, kind in pairs]


def describe(query: ListQuery, *, by: Actor, names: Sequence[str]) -> dict[str, Figures]:
    """The figures of these columns, by one statement; nothing of what the actor does not see as it is.

    Raises FieldError as the list does.
    """
    found = [one for one in _seen(query.obj, names, by) if aggregates_of(one)]
    if not found:
        return {}
    columns: list[str] = ["count(*)"]
    params: list[Any] = []
    for one in found:
        if _has_ends(one) and not isinstance(one, Date | DateTime):
            kept = one.expression("r")
            columns += [f"count({kept})", f"min({kept})", f"max({kept})", *sum_columns(one)]
        elif _has_ends(one):
            kept = one.expression("r")
            columns += [f"count({kept})", f"min({kept})", f"max({kept})"]
        else:
            filled = _filled(one, by)
            columns.append(f"count(CASE WHEN {filled.text} THEN 1 END)")
            params += filled.params
    where = conditions(query, by=by)
    [row] = fetch(
        f'SELECT {", ".join(columns)} FROM "{query.obj.table}" r WHERE {where.text}', (*params, *where.params)
    )
    values = iter(row)
    count = next(values)
    return {one.name: _figures(one, count, values) for one in found}


def distinct_values(query: ListQuery, *, by: Actor, names: Sequence[str]) -> dict[str, int]:
    """How many different values these columns have, of those whose values can be told apart."""
    found = [one for one in _seen(query.obj, names, by) if "distinct" in aggregates_of(one)]
    where = conditions(query, by=by)
    counted: dict[str, int] = {}
    if plain := [one for one in found if not one.multiple]:
        filled = [_filled(one, by) for one in plain]
        columns = [
            f"count(DISTINCT CASE WHEN {there.text} THEN {one.expression('r')} END)"
            for one, there in zip(plain, filled, strict=True)
        ]
        params = [value for one in filled for value in one.params]
        [row] = fetch(
            f'SELECT {", ".join(columns)} FROM "{query.obj.table}" r WHERE {where.text}',
            (*params, *where.params),
        )
        counted = dict(zip((one.name for one in plain), row, strict=True))
    for one in found:
        if one.multiple:
            listed = f'SELECT r.id FROM "{query.obj.table}" r WHERE {where.text}'
            text = (
                "SELECT count(DISTINCT v.value) FROM records_value v"
                f" WHERE v.workspace_id = %s AND v.object = %s AND v.field = %s AND v.record_id IN ({listed})"
            )
            [[counted[one.name]]] = fetch(text, (by.workspace_id, query.obj.name, one.name, *where.params))
    return counted


def medians(query: ListQuery, *, by: Actor, names: Sequence[str]) -> dict[str, Number]:
    """The middle of the values of these columns, of two middle ones their mean; none where nothing is there.

    Numbers in the field's unit, amounts in the workspace's currency. One statement for each.
    """
    where = conditions(query, by=by)
    found: dict[str, Number] = {}
    for one in _seen(query.obj, names, by):
        if "median" not in aggregates_of(one):
            continue
        kept = one.expression("r")
        inner = (
            f"SELECT {kept} AS x, row_number() OVER (ORDER BY {kept}) AS n, count(*) OVER () AS c"
            f' FROM "{query.obj.table}" r WHERE {where.text} AND {kept} IS NOT NULL'
        )
        middle = f"SELECT min(m.x), max(m.x) FROM ({inner}) m WHERE m.n IN ((m.c + 1) / 2, (m.c + 2) / 2)"
        [[low, high]] = fetch(middle, where.params)
        if low is not None:
            found[one.name] = (as_number(one, int(low)) + as_number(one, int(high))) / 2
    return found


def work_out(query: ListQuery, chosen: Iterable[tuple[str, str]], *, by: Actor) -> dict[str, dict[str, Any]]:
    """{column: {aggregate: figure}} of pairs of them, for programs: counts as numbers, decimals as text.

    Averages and medians have four digits; where nothing is filled in there is None. Amounts are in the
    workspace's currency. Columns that the actor does not see are left out. Raises FieldError as lists do.
    """
    pairs = list(dict.fromkeys(chosen))
    plain = [name for name, kind in pairs if kind not in ("distinct", "median")]
    figures = describe(query, by=by, names=plain)
    apart = distinct_values(query, by=by, names=[name for name, kind in pairs if kind == "distinct"])
    middle = medians(query, by=by, names=[name for name, kind in pairs if kind == "median"])
    found: dict[str, dict[str, Any]] = {}
    for name, kind in pairs:
        if kind == "distinct" and name in apart:
            found.setdefault(name, {})[kind] = apart[name]
        elif kind == "median":
            found.setdefault(name, {})[kind] = _said(middle.get(name))
        elif one := figures.get(name):
            parts = {"sum": one.total, "avg": one.average, "min": one.least, "max": one.most}
            figure = getattr(one, kind) if kind in ("filled", "empty") else _said(parts[kind])
            found.setdefault(name, {})[kind] = figure
    return found


def _said(figure: Any) -> Any:
    if isinstance(figure, Number):
        return plain_number(round(figure, 4))
    return figure.isoformat() if isinstance(figure, date) else figure


def _seen(obj: Object, names: Iterable[str], by: Actor) -> list[Field]:
    there = as_seen(obj, by).fields_by_name
    return [there[name] for name in dict.fromkeys(names) if name in there]


def _has_ends(field: Field) -> bool:
    """Whether its least and its most are told."""
    plain = not isinstance(field, Veiled)
    return plain and isinstance(field, Date | DateTime | Money | Integer | Decimal)


def _is_told_apart(field: Field) -> bool:
    if isinstance(field, Text):
        return field.max_length <= LONGEST_TOLD_APART
    return isinstance(field, Choice | Link | Date | Money | Integer | Decimal | Several | ContactPoints)


def _filled(field: Field, by: Actor) -> Sql:
    context = field_context(by)
    return field.condition("not_empty", None, alias="r", context=context, vendor=connection.vendor)


def _figures(one: Field, count: int, values: Iterator[Any]) -> Figures:
    """The next values of the statement, as the field's."""
    filled = next(values)
    if not _has_ends(one):
        return Figures(count, filled, 0)
    least, most = next(values), next(values)
    if isinstance(one, Date | DateTime):
        return Figures(count, filled, 0, least=_when(one, least), most=_when(one, most))
    total, unpriced = as_number(one, read_sum(next(values))), next(values)
    whole = isinstance(one, Integer)
    ends = [None if end is None else int(end) if whole else as_number(one, int(end)) for end in (least, most)]
    average = total / filled if filled else None
    return Figures(count, filled, unpriced, total if filled else None, average, *ends)


def _when(one: Field, end: Any) -> Any:
    """A day or a moment; SQLite keeps both as text, moments in UTC."""
    value = one.from_json(end) if isinstance(end, str) else end
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
