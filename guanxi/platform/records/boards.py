"""Boards: the lanes of an object with their exact counts and sums, and the cards in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Link
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.objects import Board, Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, Row, conditions, list_question, read_rows, seen_query
from guanxi.platform.records.questions import (
    Question,
    Raw,
    Select,
    answered,
    ask,
    model_question,
    together,
)
from guanxi.platform.records.sql import read_sum, sum_of
from guanxi.platform.records.tallies import COUNT, counted_ahead, sum_ahead
from guanxi.platform.tenancy.context import require_workspace_id

CARDS = 20
SUMMED_AT_ONCE = 5_000  # records whose sums do not keep the first paint waiting
STALE_AT_ONCE = 500  # the same of those that stand there for too long, where the others need no counting
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
    """What a lane holds, in the workspace's currency.

    `stale` ones stand there longer than they should; None: they are too many to be looked at at once.
    """

    count: int = 0
    total: Decimal = NOTHING
    stale: int | None = 0
    stale_total: Decimal = NOTHING


def board_of(obj: Object) -> Board:
    """The object's board; raises LookupError for an object without one."""
    if obj.board is None:
        raise LookupError(obj.name)
    return obj.board


def columns_question(obj: Object) -> Question[tuple[list[Any], list[Any]]]:
    """The records by which there are several boards ([] where there is one), and the lanes of all boards."""
    board = board_of(obj)
    groups: Question[list[Any]] = _targets_question(obj, board.group) if board.group else answered([])
    both = together([groups, _lanes_question(obj)])
    return Question(both.selects, lambda raw: cast(tuple[list[Any], list[Any]], tuple(both.read(raw))))


def lanes_of(obj: Object, group_id: int | None) -> list[Any]:
    """The lanes of one board, in their order: records, or the options of a choice and what has none."""
    return lanes_within(obj, ask(_lanes_question(obj))[0], group_id)


def lanes_within(obj: Object, lanes: Sequence[Any], group_id: int | None) -> list[Any]:
    """Those of the lanes that belong to one board."""
    group = board_of(obj).group
    if group_id is None or not group:
        return list(lanes)
    return [one for one in lanes if getattr(one, f"{group}_id") == group_id]


def _lanes_question(obj: Object) -> Question[list[Any]]:
    field = obj[board_of(obj).lanes]
    if isinstance(field, Choice):
        named = [ChoiceLane(one.value, str(one.label), one.tone) for one in field.options if not one.archived]
        return answered([*named, ChoiceLane(EMPTY, _("Without %(field)s") % {"field": field.label})])
    return _targets_question(obj, board_of(obj).lanes)


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
    return ask(sums_question(query, lanes, by=by, most=most))[0]


def sums_question(
    query: ListQuery, lanes: Sequence[Any], *, by: Actor, most: int | None = None
) -> Question[dict[Any, LaneSum] | None]:
    """The same, for who has more to ask; raises FieldError where the filter makes no sense."""
    if not lanes:
        return answered({})
    query = seen_query(query, by)
    where, within = conditions(query, by=by), _lanes_rule(query.obj, lanes)
    # Two walks: the first one reads a tally or finds all it needs in its index, the second looks at few rows.
    kept = _kept_select(query, (where, within))
    selects = [kept or _lane_select(query.obj, (where, within), most)]
    few = most if most is None or not kept else min(most, STALE_AT_ONCE)
    if stale := _stale(query.obj, lanes, by):
        selects.append(_lane_select(query.obj, (where, within, stale), few))

    def read(raw: Sequence[Raw]) -> dict[Any, LaneSum] | None:
        old = {lane: (int(count), _money(total)) for lane, count, total in (raw[1] if stale else ())}
        many = few is not None and sum(count for count, _total in old.values()) > few
        found = {
            lane: LaneSum(int(count), _money(total), *((None,) if many else old.get(lane, (0, NOTHING))))
            for lane, count, total in raw[0]
        }
        if not kept and most is not None and sum(one.count for one in found.values()) > most:
            return None
        return {one.pk: found.get(one.pk, LaneSum()) for one in lanes}

    return Question(tuple(selects), read)


def _kept_select(query: ListQuery, rules: Sequence[Sql]) -> Select | None:
    """The same as _lane_select from a tally, if there is one that knows: then all of them cost nothing."""
    obj, board, lane = query.obj, board_of(query.obj), _lane_column(query.obj)
    amount = f"{board.amount}_base" if board.amount else ""
    tally = counted_ahead(obj.model_class, [lane, *(one.text for one in rules)], amount=amount)
    if query.archived or tally is None:
        return None
    return Select(
        (lane, COUNT, sum_ahead()),
        f"FROM {tally.table} WHERE {' AND '.join(one.text for one in rules)} GROUP BY {lane}",
        tuple(value for one in rules for value in one.params),
        _LANE_KINDS[isinstance(obj[board.lanes], Choice)],
    )


_LANE_KINDS = {True: ("text", "bigint", "numeric"), False: ("bigint", "bigint", "numeric")}


def _lane_select(obj: Object, rules: Sequence[Sql], most: int | None) -> Select:
    """Lane, count and sum of the rows that meet the rules; of no more than one beyond `most` of them."""
    board = board_of(obj)
    amount = obj[board.amount].expression("r") if board.amount else "0"
    where = " AND ".join(one.text for one in rules)
    limit = "" if most is None else f" LIMIT {most + 1}"
    rows = f'SELECT {_lane_column(obj)} AS lane, {amount} AS amount FROM "{obj.table}" r WHERE {where}{limit}'
    return Select(
        ("q.lane", "count(*)", sum_of("q.amount")),
        f"FROM ({rows}) q GROUP BY q.lane",
        tuple(value for one in rules for value in one.params),
        _LANE_KINDS[isinstance(obj[board.lanes], Choice)],
    )


def lane_cards(
    query: ListQuery, lane: Any, *, by: Actor, after: str | None = None
) -> tuple[list[Row], str | None]:
    """The cards of one lane in the query's order, and the cursor of the next ones."""
    return read_rows(_within(query, lane, after), by=by)


def cards_question(
    query: ListQuery, lanes: Sequence[Any], *, by: Actor, most: int = CARDS
) -> Question[dict[Any, tuple[list[Row], str | None]]]:
    """Lane key → its first cards and the cursor of the next ones: a range of the lane's index for each."""
    every = together([list_question(_within(query, one, None, most), by=by) for one in lanes])
    return Question(
        every.selects, lambda raw: {one.pk: page for one, page in zip(lanes, every.read(raw), strict=True)}
    )


def _within(query: ListQuery, lane: Any, after: str | None, most: int = CARDS) -> ListQuery:
    """The list of one lane. The lane implies its board, but the index begins with the board."""
    board = board_of(query.obj)
    inside = [Condition(board.lanes, "is", None if lane.pk == EMPTY else str(lane.pk))]
    if board.group:
        inside.insert(0, Condition(board.group, "is", str(getattr(lane, f"{board.group}_id"))))
    parts = inside if query.filter == All() else [*inside, query.filter]
    return replace(query, filter=All(tuple(parts)), after=after, limit=most)


def weighted(total: Decimal, lane: Any) -> Decimal:
    """A lane's sum by how likely it is to come in, exactly; nothing where lanes say nothing of that."""
    expected: Decimal = total * getattr(lane, "probability", 0) / 100
    return expected


def is_open(lane: Any) -> bool:
    """Whether records in this lane are still under way."""
    return getattr(lane, "kind", "open") == "open"


def _targets_question(obj: Object, name: str) -> Question[list[Any]]:
    field = obj[name]
    if not isinstance(field, Link):
        raise LookupError(f"{obj.name}.{name} is no link")
    target = registry.get(field.to)
    kind = " AND m.kind = %s" if target.kind else ""
    return model_question(
        target.model_class,
        f'WHERE m.workspace_id = %s{kind} AND m.archived_at IS NULL ORDER BY m."{target.sort}", m.id',
        (require_workspace_id(), *([target.kind] if target.kind else [])),
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


def _stale(obj: Object, lanes: Sequence[Any], by: Actor) -> Sql | None:
    """The condition on rows that stand in their lane for longer than the lane allows; None: no lane ages."""
    board = board_of(obj)
    aging = [one for one in lanes if getattr(one, "rot_days", None) and is_open(one)]
    if not board.since or not aging:
        return None
    now = field_context(by).now
    column, since = obj[board.lanes].column, obj[board.since].column
    either = " OR ".join([f'(r."{column}" = %s AND r."{since}" < %s)'] * len(aging))
    params = [value for one in aging for value in (one.pk, now - timedelta(days=one.rot_days))]
    return Sql(f"({either})", tuple(params))


def _money(units: Any) -> Decimal:
    return from_units(read_sum(units)) or NOTHING
