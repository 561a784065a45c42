"""Boards: the lanes of an object with their exact counts and sums, and the cards in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Link
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.objects import Board, Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, Row, conditions, read_rows
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.together import read_together
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.prepared import Prepared

CARDS = 20
SUMMED_AT_ONCE = 5_000  # records whose sums do not keep the first paint waiting
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class ChoiceLane:
    """An option of a choice as a lane, or (with the key EMPTY) what has none."""

    pk: str
    label: str
    tone: str = ""

    def __str__(self) -> str:
        return self.label


EMPTY = "~"  # no option can have this value


@dataclass(frozen=True, slots=True)
class LaneSum:
    """What a lane holds, in the workspace's currency; `stale` ones stand there longer than they should."""

    count: int = 0
    total: Decimal = NOTHING
    stale: int = 0
    stale_total: Decimal = NOTHING


def board_of(obj: Object) -> Board:
    """The object's board; raises LookupError for an object without one."""
    if obj.board is None:
        raise LookupError(obj.name)
    return obj.board


def groups_of(obj: Object) -> list[Any]:
    """The records by which there are several boards, in their order; [] where there is only one."""
    board = board_of(obj)
    return _targets(obj, board.group) if board.group else []


def lanes_of(obj: Object, group_id: int | None) -> list[Any]:
    """The lanes of one board, in their order: records, or the options of a choice and what has none."""
    board = board_of(obj)
    field = obj[board.lanes]
    if isinstance(field, Choice):
        named = [ChoiceLane(one.value, str(one.label), one.tone) for one in field.options if not one.archived]
        return [*named, ChoiceLane(EMPTY, _("Without %(field)s") % {"field": field.label})]
    lanes = _targets(obj, board.lanes)
    if group_id is None or not board.group:
        return lanes
    return [one for one in lanes if getattr(one, f"{board.group}_id") == group_id]


def lane_key(obj: Object, record: Any) -> Any:
    """In which lane a record stands."""
    field = obj[board_of(obj).lanes]
    found = field.get(record)
    return EMPTY if found is None and isinstance(field, Choice) else found


def lane_sums(
    query: ListQuery, lanes: Sequence[Any], *, by: Actor, most: int | None = None
) -> dict[Any, LaneSum] | None:
    """Lane key → its sums, over every record that the query finds and the actor may see: one GROUP BY.

    With `most`, None where there are more records: nobody has to wait until they are summed.
    """
    if not lanes:
        return {}
    obj, board = query.obj, board_of(query.obj)
    column = _lane_column(obj)
    amount = obj[board.amount].expression("r") if board.amount else "0"
    stale, params = _stale(obj, lanes, by)
    where = conditions(query, by=by)
    within = _lanes_rule(obj, lanes)
    source = f'"{obj.table}" r WHERE {where.text} AND {within.text}'
    if most is not None:
        needed = [obj[name].column for name in (board.lanes, board.amount, board.since) if name]
        columns = ", ".join(f'r."{name}"' for name in dict.fromkeys(needed))
        source = f"(SELECT {columns} FROM {source} LIMIT {most + 1}) r"
    rows = fetch(
        f"SELECT {column}, count(*), COALESCE(sum({amount}), 0),"
        f" COALESCE(sum(CASE WHEN {stale} THEN 1 ELSE 0 END), 0),"
        f" COALESCE(sum(CASE WHEN {stale} THEN {amount} ELSE 0 END), 0)"
        f" FROM {source} GROUP BY {column}",
        (*params, *params, *where.params, *within.params),
    )
    found = {
        lane: LaneSum(int(count), _money(total), int(old), _money(old_total))
        for lane, count, total, old, old_total in rows
    }
    if most is not None and sum(one.count for one in found.values()) > most:
        return None
    return {one.pk: found.get(one.pk, LaneSum()) for one in lanes}


def lane_cards(
    query: ListQuery, lane: Any, *, by: Actor, after: str | None = None
) -> tuple[list[Row], str | None]:
    """The cards of one lane in the query's order, and the cursor of the next ones."""
    return read_rows(_within(query, lane, after), by=by)


def first_cards(
    query: ListQuery, lanes: Sequence[Any], *, by: Actor
) -> dict[Any, tuple[list[Row], str | None]]:
    """Lane key → its first cards and the cursor of the next: one statement, an index range for each lane."""
    pages = read_together([_within(query, one, None) for one in lanes], by=by)
    return {one.pk: page for one, page in zip(lanes, pages, strict=True)}


def _within(query: ListQuery, lane: Any, after: str | None) -> ListQuery:
    """The list of one lane. The lane implies its board, but the index begins with the board."""
    board = board_of(query.obj)
    inside = [Condition(board.lanes, "is", None if lane.pk == EMPTY else str(lane.pk))]
    if board.group:
        inside.insert(0, Condition(board.group, "is", str(getattr(lane, f"{board.group}_id"))))
    parts = inside if query.filter == All() else [*inside, query.filter]
    return replace(query, filter=All(tuple(parts)), after=after, limit=CARDS)


def weighted(total: Decimal, lane: Any) -> Decimal:
    """A lane's sum by how likely it is to come in, exactly; nothing where lanes say nothing of that."""
    expected: Decimal = total * getattr(lane, "probability", 0) / 100
    return expected


def is_open(lane: Any) -> bool:
    """Whether records in this lane are still under way."""
    return getattr(lane, "kind", "open") == "open"


def _targets(obj: Object, name: str) -> list[Any]:
    field = obj[name]
    if not isinstance(field, Link):
        raise LookupError(f"{obj.name}.{name} is no link")
    target = registry.get(field.to)
    if target.kind:  # of the workspace's own: one of several in their table
        return list(target.rows().filter(archived_at=None).order_by(target.sort, "id"))
    return _in_use(target.model_class, target.sort).rows(workspace_id=require_workspace_id())


@cache
def _in_use(model: type[Any], sort: str) -> Prepared[Any]:
    """Few records that every board asks for."""
    return Prepared(
        lambda workspace_id: (
            QuerySet(model).filter(workspace_id=workspace_id, archived_at=None).order_by(sort, "id")
        ),
        ("workspace_id",),
    )


def _lane_column(obj: Object) -> str:
    field = obj[board_of(obj).lanes]
    column = field.expression("r")
    return f"COALESCE({column}, '{EMPTY}')" if isinstance(field, Choice) else column


def _lanes_rule(obj: Object, lanes: Sequence[Any]) -> Sql:
    """What stands in these lanes, and so on their boards, with which the indexes begin."""
    board = board_of(obj)
    marks = ", ".join(["%s"] * len(lanes))
    rule = Sql(f"{_lane_column(obj)} IN ({marks})", tuple(one.pk for one in lanes))
    if not board.group:
        return rule
    groups = sorted({getattr(one, f"{board.group}_id") for one in lanes})
    marks = ", ".join(["%s"] * len(groups))
    return Sql(f'r."{obj[board.group].column}" IN ({marks}) AND {rule.text}', (*groups, *rule.params))


def _stale(obj: Object, lanes: Sequence[Any], by: Actor) -> tuple[str, list[Any]]:
    """The condition on rows that stand in their lane for longer than the lane allows."""
    board = board_of(obj)
    aging = [one for one in lanes if getattr(one, "rot_days", None) and is_open(one)]
    if not board.since or not aging:
        return "1 = 0", []
    now = field_context(by).now
    column, since = obj[board.lanes].column, obj[board.since].column
    either = " OR ".join([f'(r."{column}" = %s AND r."{since}" < %s)'] * len(aging))
    params = [value for one in aging for value in (one.pk, now - timedelta(days=one.rot_days))]
    return f"({either})", params


def _money(units: Any) -> Decimal:
    return from_units(int(units)) or NOTHING
