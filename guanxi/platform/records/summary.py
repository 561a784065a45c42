"""Counts and sums of a list by some of its fields: the numbers of boards, footers and the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal as Number
from typing import Any

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import (
    Boolean,
    Choice,
    Choices,
    Date,
    DateTime,
    Decimal,
    Field,
    Integer,
    Link,
    Money,
    Tags,
    Text,
)
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import Veiled
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.days import local_day
from guanxi.platform.records.listing import ListQuery, conditions
from guanxi.platform.records.questions import Question, Select, ask, kind_of
from guanxi.platform.records.sql import read_sum, sum_of
from guanxi.platform.records.tallies import COUNT, UNPRICED, Counted, counted_ahead, sum_ahead

MOST_GROUPS = 1_000
PERIODS = {"year": 4, "month": 7, "day": 10}  # letters of an ISO day
EVERY_PERIOD = ("day", "week", "month", "quarter", "year")


class Group(msgspec.Struct, frozen=True):
    """One group: kept values of the grouping fields in their order, how many records, sums by field.

    Sums of amounts are in the workspace's currency; a record whose amount has no known rate is counted but
    not summed, and `unpriced` says how many those are.
    """

    key: tuple[Any, ...]
    count: int
    sums: dict[str, Number]
    unpriced: dict[str, int]


def summarise(
    query: ListQuery, *, by: Actor, group: Sequence[str] = (), sums: Sequence[str] = ()
) -> list[Group]:
    """Exact counts and sums over all records of the list that the actor may see, at most MOST_GROUPS groups.

    `group` names choices, links, short texts, parts of addresses (`site.province`), yes or no, or days
    and moments by period ("closed_on:month"; a week is named by its Monday, a quarter 2026-Q4, moments by
    the day in the actor's zone); `sums` names amounts and numbers that add up. By tags or several
    choices, one such field at most, a record is in each group of which it has the value.
    Raises FieldError for a field that can't be grouped or summed.
    """
    return ask(summary_question(query, by=by, group=group, sums=sums))[0]


def summary_question(
    query: ListQuery, *, by: Actor, group: Sequence[str] = (), sums: Sequence[str] = ()
) -> Question[list[Group]]:
    """The same, for who has more to ask. Groups are of text or of numbers, as their fields are kept."""
    obj = as_seen(query.obj, by)
    zone = field_context(by).zone
    keys = [_key(obj, name, zone) for name in group]
    summed = [_summed(obj, name) for name in sums]
    where = conditions(query, by=by)
    source, having = f'"{obj.table}" r', ""
    numbers = ["count(*)", *(part for one in summed for part in sum_columns(one))]
    periods = {name: f'r."{name}"' for name in group if ":" in name}
    plain = [key for name, key in zip(group, keys, strict=True) if name not in periods]
    several = [one for name in group if (one := obj.fields_by_name.get(name)) and _has_several(one)]
    if several:
        if len(several) > 1:
            raise FieldError("group", _("A list is grouped by one field of several values at most."))
        source += (
            " LEFT JOIN records_value v ON v.workspace_id = r.workspace_id AND v.record_id = r.id"
            " AND v.object = %s AND v.field = %s"
        )
        where = replace(where, params=(obj.name, several[0].name, *where.params))
    elif tally := _counted_ahead(query, [where.text, *plain], periods, summed):
        source, having = tally.table, " HAVING sum(r.n) <> 0" if keys else ""
        numbers = [COUNT, *([sum_ahead(), UNPRICED] if summed else [])]
        keys = [periods.get(name, key) for name, key in zip(group, keys, strict=True)]
    columns = [*keys, *numbers]
    grouping = f" GROUP BY {', '.join(keys)}{having} ORDER BY {', '.join(keys)}" if keys else ""
    kinds = [*(_kind(obj, name) for name in group), "bigint", *(["numeric", "bigint"] * len(summed))]
    select = Select(
        tuple(columns),
        f"FROM {source} WHERE {where.text}{grouping} LIMIT {MOST_GROUPS}",
        where.params,
        tuple(kinds),
    )
    return Question((select,), lambda raw: [_group(row, len(keys), summed) for row in raw[0]])


def _counted_ahead(
    query: ListQuery, texts: Sequence[str], periods: Iterable[str], summed: Sequence[Field]
) -> Counted | None:
    """The tally that answers, which has one amount at most."""
    if query.archived or len(summed) > 1:
        return None
    amount = summed[0].expression("r").partition(".")[2].strip('"') if summed else ""
    return counted_ahead(query.obj.model_class, texts, periods=tuple(periods), amount=amount)


def groups_by(found: Field) -> bool:
    """Whether a list can be grouped by this field at all: the heads of groups are values, unveiled."""
    return not isinstance(found, Veiled) and (
        isinstance(found, Choice | Choices | Tags | Link | Date | DateTime | Boolean)
        or (isinstance(found, Text) and found.max_length <= 500)
    )


def _dimension(obj: Object, name: str) -> Field | None:
    """The field that a grouping names: one of the object's, or a part of an address (`site.province`)."""
    head, dot, rest = name.partition(":")[0].partition(".")
    found = obj.fields_by_name.get(head)
    return found.part(rest) if found is not None and dot else found


def _has_several(found: Field) -> bool:
    return isinstance(found, Choices | Tags)


def _kind(obj: Object, name: str) -> str:
    """The type of a grouping's column."""
    found = _dimension(obj, name)
    assert found is not None  # `_key` was asked first
    if isinstance(found, Date | DateTime) or _has_several(found):
        return "text"
    return kind_of(obj.model_class, found.expression("r"))


def _key(obj: Object, name: str, zone: tzinfo) -> str:
    plain, _colon, period = name.partition(":")
    found = _dimension(obj, plain)
    dated = isinstance(found, Date | DateTime)
    if found is None or not groups_by(found) or (period and not dated) or period not in ("", *EVERY_PERIOD):
        raise FieldError("group", _("The list can't be grouped by “%(name)s”.") % {"name": name})
    if _has_several(found):
        return "v.value"
    if not dated:
        return found.expression("r")
    day = local_day(found, "r", zone)
    if period == "quarter":
        return f"(substr({day}, 1, 4) || '-Q' || ((CAST(substr({day}, 6, 2) AS integer) + 2) / 3))"
    if period == "week":
        return _monday(day)
    return f"substr({day}, 1, {PERIODS[period or 'day']})"


def _monday(day: str) -> str:
    """The first day of the week of an ISO day."""
    if connection.vendor == "sqlite":
        return f"date({day}, 'weekday 0', '-6 days')"
    return f"to_char(date_trunc('week', ({day})::timestamp), 'YYYY-MM-DD')"


def _summed(obj: Object, name: str) -> Field:
    found = obj.fields_by_name.get(name)
    adds_up = isinstance(found, Money) or (isinstance(found, Integer | Decimal) and found.adds_up)
    if found is None or isinstance(found, Veiled) or not adds_up:
        raise FieldError("sum", _("“%(name)s” is no amount that can be summed.") % {"name": name})
    return found


def sum_columns(found: Field) -> tuple[str, str]:
    """The sum over alias `r`, and how many amounts have no rate by which they could be in it."""
    base, amount = found.expression("r"), found.selected("r")[0]
    return (
        sum_of(base),
        f"count(CASE WHEN {amount} IS NOT NULL AND {base} IS NULL THEN 1 END)",
    )


def _group(row: tuple[Any, ...], width: int, summed: Sequence[Field]) -> Group:
    sums, unpriced = {}, {}
    at = width + 1
    for one in summed:
        sums[one.name] = as_number(one, read_sum(row[at]))
        unpriced[one.name] = row[at + 1]
        at += 2
    return Group(row[:width], row[width], sums, unpriced)


def as_number(one: Field, total: int) -> Number:
    """What the database added up, as a number of the field's own unit."""
    return Number(total) if isinstance(one, Integer) else from_units(total) or Number(0)


def linked_keys_of(obj: Object, group: Sequence[str], groups: Sequence[Group]) -> set[tuple[str, int]]:
    """What the groups' keys mention by id, for `titles_of`."""
    found: set[tuple[str, int]] = set()
    for at, name in enumerate(group):
        one = obj.fields_by_name.get(name.partition(":")[0])
        if isinstance(one, Link) and (registry.has(one.to) or one.to in ("member", "team")):
            found.update((one.to, row.key[at]) for row in groups if row.key[at])
    return found
