"""The records of an object at the end of a day, out of the warehouse: those that the actor sees now, as they
were then, without what is hidden from them. A cube `as_of` the same day counts the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from guanxi.analytics.semantic.answering import Reader, end_of, reading_cubes
from guanxi.analytics.semantic.compiling import written
from guanxi.analytics.semantic.conditions import condition
from guanxi.analytics.semantic.scoping import Scope
from guanxi.analytics.warehouse.rights import seen_fields
from guanxi.analytics.warehouse.shape import TYPES, column_name
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Money
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import reached_ids
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import Filter
from guanxi.platform.records.listing import Row
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.writing import UNTOLD

PER_PAGE, PER_LANE = 50, 20
_OF_NOW = UNTOLD - {"created_at", "created_by"}  # of these nobody knows what they were


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records, of which day.

    day    "2026-03-31": they are shown as they were at its end, where the actor is
    sort   "-amount"; "" is the newest first
    """

    obj: Object
    day: str
    filter: Filter
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """count and sums (by field, in the workspace's currency) are of all; `rows` are a page of them."""

    count: int
    sums: dict[str, Decimal]
    rows: list[Row]


def told_fields(obj: Object, names: Iterable[str], by: Actor) -> list[Field]:
    """The title and those fields of which the warehouse has one value, as far as the actor sees them."""
    seen = seen_fields(obj, by)
    found = [seen[one] for one in dict.fromkeys([obj.title, *names]) if one in seen and one not in _OF_NOW]
    return [one for one in found if not TYPES.get(one.type, "[]").endswith("[]")]


def page_then(asked: Asked, fields: Sequence[Field], *, start: int, by: Actor) -> Found:
    """The records from `start` on. Raises FieldError for a day, a filter or a sort that makes no sense."""
    with _reading(asked, by) as (reader, scope, met):
        money = [one for one in fields if isinstance(one, Money)]
        sums = [exp.Sum(this=_column(column_name(one))) for one in money]
        whole = scope.source(exp.select(exp.Count(this=exp.Star()), *sums).where(met.copy()))
        ((count, *totals),) = reader.db.rows(written(whole))
        page = _selecting(fields).where(met).order_by(*_order(asked, scope)).limit(PER_PAGE).offset(start)
        raw = list(reader.db.rows(written(scope.source(page))))
    named = {one.name: total or Decimal(0) for one, total in zip(money, totals, strict=True)}
    return Found(int(count), named, _rows(asked.obj, fields, raw, by))


def lanes_then(
    asked: Asked, lanes: Field, amount: Field | None, fields: Sequence[Field], *, by: Actor
) -> dict[Any, Found]:
    """The records by the value that a field had, a few of each; `amount` is the field that a lane sums."""
    with _reading(asked, by) as (reader, scope, met):
        lane = _column(column_name(lanes))
        summed = [exp.Sum(this=_column(column_name(amount)))] if amount else []
        heads = exp.select(lane, exp.Count(this=exp.Star()), *summed).where(met.copy()).group_by(lane.copy())
        counted = list(reader.db.rows(written(scope.source(heads))))
        place = exp.Window(
            this=exp.RowNumber(),
            partition_by=[lane.copy()],
            order=exp.Order(expressions=_order(asked, scope)),
        )
        cards = scope.source(_selecting(fields).select(exp.alias_(place, "place_", quoted=True)).where(met))
        few = exp.LTE(this=exp.column("place_", quoted=True), expression=exp.Literal.number(PER_LANE))
        first = exp.select("*").from_(cards.subquery("few")).where(few)
        raw = [one[:-1] for one in sorted(reader.db.rows(written(first)), key=lambda one: one[-1])]
    rows = _rows(asked.obj, fields, raw, by)
    return {
        value: Found(
            int(count),
            {amount.name: sums[0] or Decimal(0)} if amount else {},
            [one for one in rows if one.values[lanes.name] == value],
        )
        for value, count, *sums in counted
    }


def moment_of(day: str, by: Actor) -> datetime:
    """The end of the day; raises FieldError for what is none."""
    found = end_of(day or "-", field_context(by))
    assert found is not None
    return found


@contextmanager
def _reading(asked: Asked, by: Actor) -> Iterator[tuple[Reader, Scope, exp.Expr]]:
    """The reader with the tables that the filter asks as they were; the scope, and the condition."""
    moment = moment_of(asked.day, by)
    scope = Scope(registry.get(asked.obj.name), by, field_context(by))
    met = condition(asked.filter, scope)
    with reading_cubes(by) as reader:
        reader.lay_people()
        for name in scope.tables:
            reader.lay(name, moment)
        yield reader, scope, met


def _selecting(fields: Sequence[Field]) -> exp.Select:
    return exp.select(*[_column(one) for one in ["id", *_columns(fields)]])


def _columns(fields: Sequence[Field]) -> Iterator[str]:
    for one in fields:
        name = column_name(one)
        yield from (f"{name}_original", f"{name}_currency") if isinstance(one, Money) else (name,)


def _column(name: str) -> exp.Column:
    return exp.column(name, table="r", quoted=True)


def _order(asked: Asked, scope: Scope) -> list[exp.Expr]:
    newest: exp.Expr = exp.Ordered(this=_column("id"), desc=True)
    name = asked.sort.removeprefix("-")
    if not name:
        return [newest]
    if TYPES[scope.field((name,)).type].endswith("[]"):
        raise FieldError("sort", name)
    key = exp.Ordered(this=scope.value((name,)), desc=asked.sort.startswith("-"), nulls_first=False)
    return [key, newest]


def _rows(obj: Object, fields: Sequence[Field], raw: Sequence[Sequence[Any]], by: Actor) -> list[Row]:
    """As the lists have them, without what the actor has ceased to reach since the files were written."""
    reached = reached_ids(obj, [one[0] for one in raw], by)
    return [Row(one[0], 0, dict(_values(fields, one[1:]))) for one in raw if one[0] in reached]


def _values(fields: Sequence[Field], raw: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    given = iter(raw)
    for one in fields:
        value = next(given)
        if isinstance(one, Money):
            currency = next(given)
            value = None if value is None else Amount(value, currency)
        elif isinstance(value, datetime):
            value = value.replace(tzinfo=UTC)
        yield one.name, value


def names_last_known(to: str, ids: Sequence[int]) -> dict[int, str]:
    """What records that are gone for good were called last, as their facts say it."""
    if not ids:
        return {}
    facts = Fact.objects.filter(object=to, record_id__in=ids).exclude(title="").order_by("at", "pk")
    return dict(facts.values_list("record_id", "title"))  # the newest of each stays


def trashed_of(obj: Object, ids: Sequence[int], by: Actor) -> set[int]:
    """Those of the records that are in the trash by now: there is no page to lead to."""
    if not ids:
        return set()
    marks = ", ".join(["%s"] * len(ids))
    sql = (
        "SELECT record_id FROM records_trashed WHERE workspace_id = %s AND object = %s"
        f" AND record_id IN ({marks})"
    )
    return {row[0] for row in fetch(sql, (by.workspace_id, obj.name, *ids))}
