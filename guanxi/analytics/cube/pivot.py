"""An answer as the table that is drawn: heads, rows, cells with their words, and where each leads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from guanxi.analytics.past.addresses import past_url
from guanxi.analytics.semantic.answering import OTHER, Answer, Figure, Key
from guanxi.analytics.semantic.compiling import Plan
from guanxi.analytics.semantic.cubes import MOST_ROWS, Cube
from guanxi.analytics.semantic.dimensions import (
    COARSER,
    FINER,
    RECURRING,
    TREE,
    Dimension,
    coarser_place,
    finer_place,
)
from guanxi.analytics.semantic.measures import Measure
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number, format_percent
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import list_url
from guanxi.platform.records.filters import All, Condition, Filter, parse_filter, print_filter

MOST_SHOWN = 500
CUBE = "/analytics/cube/"
_HARDLY, _MOST_CHANGE = 0.005, 99.99  # shares of what was before


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is shown; `heat` from 0 to 8, `href` the list of its records.

    change, up  as `change_words` says
    """

    text: str
    heat: int = 0
    change: str = ""
    up: bool | None = None
    href: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table; `level` is how deep, `drill` where it leads when it is taken apart.

    depth  how many dimensions name it: 0 is the total
    only   the filter that its records meet
    """

    label: str
    level: int
    cells: list[Cell]
    drill: str = ""
    branch: bool = False
    depth: int = 0
    only: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the table over its measures; `span` is how many there are, the rest is as of a Line."""

    label: str
    span: int
    drill: str
    total: bool
    depth: int
    only: str


@dataclass(slots=True)
class Pivot:
    """names: of each column of figures, whether it is of the total, and where it leads."""

    heads: list[Head] = field(default_factory=list)
    names: list[tuple[str, bool, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    total: Line | None = None
    more: int = 0


def pivot_of(answer: Answer, by: Actor) -> Pivot:
    """The table of an answer."""
    plan, made = answer.plan, Pivot()
    columns = answer.columns
    for key in columns:
        across, only = _down_across(answer, key, by), _only(answer, plan.columns, key)
        head = _head(answer, key)
        made.heads.append(Head(head, len(plan.measures), across, key == (), len(key), only))
        for index, one in enumerate(plan.measures):
            made.names.append((one.label, key == (), _sorted_by(plan.cube, index) if key == () else ""))
    most = _most(answer)
    rows = [key for key in answer.rows if key]
    made.more = max(0, len(rows) - MOST_SHOWN)
    for key in rows[:MOST_SHOWN]:
        made.lines.append(_line(answer, key, columns, most, by))
    made.total = _line(answer, (), columns, [0.0] * len(plan.measures), by)
    return made


def shown(answer: Answer, row: Key, column: Key, index: int) -> Figure | float:
    """A figure as `show` has it: itself, a share, a running sum, a difference; None for nothing."""
    figure, show = answer.figure(row, column, index), answer.plan.cube.show
    if not show or figure is None:
        return figure
    if show in ("share", "share_row", "share_parent", "running") and not answer.plan.measures[index].adds_up:
        return figure  # parts that don't make the whole have no share in it
    if show in ("share", "share_row", "share_parent"):
        whole = answer.figure(*_whole_of(show, row, column), index)
        return float(figure) / float(whole) if whole else None
    before = _before(answer, row, column)
    if show == "running":
        return sum((_exact(answer.figure(*one, index)) for one in before), _exact(figure))
    last = answer.figure(*before[-1], index) if before else None
    return None if last is None else _exact(figure) - _exact(last)


def _whole_of(show: str, row: Key, column: Key) -> tuple[Key, Key]:
    """In what a share is taken: all, the row, or the row that it is a part of in the same column."""
    if show == "share_parent":
        return row[:-1], column
    return ((), ()) if show == "share" else (row, ())


def figure_words(figure: Figure | float, measure: Measure, show: str, currency: str) -> str:
    """A figure in words."""
    if figure is None:
        return ""
    if measure.shape == "percent" or (show in ("share", "share_row", "share_parent") and measure.adds_up):
        return format_percent(figure, digits=1)
    if measure.shape == "money":
        return format_money(Decimal(str(figure)), currency)
    return with_unit(format_number(figure, digits=None if figure == int(figure) else 2), measure)


def with_unit(text: str, measure: Measure) -> str:
    """A number with the unit that its metric names."""
    return _("%(number)s %(unit)s") % {"number": text, "unit": measure.unit} if measure.unit else text


def records_url(answer: Answer, row: Key, column: Key, measure: Measure) -> str:
    """The list of the records behind a figure; "" where no list says it."""
    cube, plan = answer.plan.cube, answer.plan
    if cube.history or OTHER in row or OTHER in column:
        return ""
    obj = registry.get(cube.object)
    conditions = narrowed(plan.rows, row, plan.fiscal) + narrowed(plan.columns, column, plan.fiscal)
    if measure.only is not None and measure.kind not in ("rate", "ratio"):
        conditions.append(measure.only)
    return records_at(obj, cube, narrowed_text(cube, conditions))


def records_at(obj: Object, cube: Cube, text: str) -> str:
    """The list of the records that meet a filter: as they are, or as they were on the day of the cube."""
    return past_url(obj, as_of=cube.as_of, filter=text) if cube.as_of else list_url(obj, filter=text)


def narrowed(dimensions: Sequence[Dimension], key: Key, fiscal: int = 1) -> list[Filter]:
    """The conditions that the records of a key meet."""
    return [
        condition
        for one, value in zip(dimensions, key, strict=False)
        for condition in _meets(one, value, fiscal)
    ]


def _meets(one: Dimension, value: Any, fiscal: int) -> Iterator[Filter]:
    name = ".".join(one.path)
    if value is None:
        yield Condition(name, "empty")
    elif one.field.type == "team" and one.level:
        yield Condition(name, "below", str(value))
    elif one.dated and one.level not in RECURRING:
        first, last = span_of(value, one.level, fiscal)
        yield Condition(name, "between", [first.isoformat(), last.isoformat()])
    elif isinstance(value, bool):
        yield Condition(name, "is", value)
    elif isinstance(value, Decimal):
        yield Condition(name, "is", plain(value))
    else:
        yield Condition(name, "is", str(value))


def span_of(first: date, level: str, fiscal: int = 1) -> tuple[date, date]:
    """The first and the last day of a period that begins on a day; a fiscal year in the month `fiscal`."""
    months = {"year": 12, "fiscal": 12, "quarter": 3, "month": 1}.get(level, 0)
    if level == "fiscal":
        first = first.replace(month=fiscal)
    if not months:
        return first, first + timedelta(days=6 if level == "week" else 0)
    number = first.month - 1 + months
    return first, date(first.year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _line(answer: Answer, key: Key, columns: Sequence[Key], most: Sequence[float], by: Actor) -> Line:
    plan, cells = answer.plan, []
    for column in columns:
        for index, measure in enumerate(plan.measures):
            figure = shown(answer, key, column, index)
            change, up = change_words(answer.change(key, column, index), measure)
            cells.append(
                Cell(
                    text=figure_words(figure, measure, plan.cube.show, by.currency),
                    heat=_heat(answer.figure(key, column, index), most[index])
                    if _is_inner(answer, key, column)
                    else 0,
                    change=change,
                    up=up,
                    href=records_url(answer, key, column, measure)
                    if answer.figures.get((key, column)) and _listed(plan.dimensions)
                    else "",
                    total=column == () and len(columns) > 1,
                )
            )
    label = answer.label(len(key) - 1, key[-1]) if key else _("Total")
    inner = len(key) < len(plan.rows)
    down, only = _down(answer, key, by), _only(answer, plan.rows, key)
    return Line(label, max(len(key) - 1, 0), cells, drill=down, branch=inner, depth=len(key), only=only)


def _only(answer: Answer, dimensions: Sequence[Dimension], key: Key) -> str:
    if not key or OTHER in key or not _listed(dimensions):
        return ""
    return print_filter(All(tuple(narrowed(dimensions, key, answer.plan.fiscal))))


def change_words(change: float | None, measure: Measure) -> tuple[str, bool | None]:
    """How a figure changed, and whether upwards: None where its colour would say what is not so.

    Up and down have the colours of rise and fall. Where less is better words stand in their place, and what
    hardly changed has neither.
    """
    if change is None:
        return "", None
    share = format_percent(min(abs(change), _MOST_CHANGE))
    if abs(change) < _HARDLY:
        return share, None
    if measure.less:
        return (_("%(share)s more") if change > 0 else _("%(share)s less")) % {"share": share}, None
    return share, change > 0


def _listed(dimensions: Sequence[Dimension]) -> bool:
    return not any(one.level in RECURRING for one in dimensions)


def _is_inner(answer: Answer, row: Key, column: Key) -> bool:
    """Heat compares cells of one kind: the deepest rows in the deepest columns."""
    plan = answer.plan
    return len(row) == len(plan.rows) and len(column) == len(plan.columns) and bool(row or column)


def _most(answer: Answer) -> list[float]:
    most = [0.0] * len(answer.plan.measures)
    for (row, column), figures in answer.figures.items():
        if _is_inner(answer, row, column):
            most = [max(old, float(new or 0)) for old, new in zip(most, figures, strict=True)]
    return most


def _heat(figure: Figure, most: float) -> int:
    return round(8 * float(figure) / most) if figure and most > 0 and figure > 0 else 0


def _before(answer: Answer, row: Key, column: Key) -> list[tuple[Key, Key]]:
    """The cells before this one on its level: along the columns, or down the rows where there are none."""
    if answer.plan.columns:
        same = [one for one in answer.columns if len(one) == len(column) and one[:-1] == column[:-1]]
        return [(row, one) for one in same[: same.index(column)]] if column else []
    same = [one for one in answer.rows if len(one) == len(row) and one[:-1] == row[:-1]]
    return [(one, column) for one in same[: same.index(row)]] if row else []


def _exact(figure: Figure) -> Decimal:
    return Decimal(str(figure or 0))


def _head(answer: Answer, key: Key) -> str:
    first = len(answer.plan.rows)
    words = [answer.label(first + place, value) for place, value in enumerate(key)]
    return " › ".join(words) if words else _("Total")


def _sorted_by(cube: Cube, index: int) -> str:
    """The address at which the rows are sorted by a measure, downwards first."""
    wanted = f"-{index + 1}"
    return address(replace(cube, sort=str(index + 1) if cube.sort == wanted else wanted))


def finer(plan: Plan, one: Dimension, by: Actor) -> str | None:
    """The text of the next finer level of a date, of the tree of teams, or of a place; None for the last."""
    name = ".".join(one.path)
    if one.dated:
        return f"{name}:{FINER[one.level]}" if one.level in FINER else None
    if one.level in TREE:
        return f"{name}:{int(one.level) + 1}" if str(int(one.level) + 1) in TREE else None
    return finer_place(one, registry.get(plan.cube.object), by) or None


def up(plan: Plan, by: Actor) -> str:
    """One level up: the innermost rows by their coarser level, of all that it has; else without them."""
    cube = plan.cube
    if not plan.rows:
        return ""
    obj, last = registry.get(cube.object), plan.rows[-1]
    name = ".".join(last.path)
    passed: tuple[str, ...] = ("is", "in")
    coarser = coarser_place(last, obj, by)
    above = coarser
    if last.dated and last.level in COARSER:
        coarser, above, passed = f"{name}:{COARSER[last.level]}", name, ("between",)
    elif last.level in TREE and last.level != "1":
        coarser, above, passed = f"{name}:{int(last.level) - 1}", name, ("below",)
    if not coarser or coarser in cube.rows:
        return address(replace(cube, rows=cube.rows[:-1]))
    own = parse_filter(cube.filter) if cube.filter else All()
    parts = own.parts if isinstance(own, All) else (own,)
    kept = tuple(
        one
        for one in parts
        if not (isinstance(one, Condition) and one.field == above and one.operator in passed)
    )
    text = print_filter(All(kept)) if kept else ""
    return address(replace(cube, rows=(*cube.rows[:-1], coarser), filter=text))


def _down(answer: Answer, key: Key, by: Actor) -> str:
    """Where a row is taken apart: only it, and its date one level finer, or what it was grouped by below."""
    plan = answer.plan
    if not key or OTHER in key or not _listed(plan.rows[: len(key)]):
        return ""
    one = plan.rows[len(key) - 1]
    below = finer(plan, one, by)
    if below is None and len(key) == len(plan.rows) == 1 and len(plan.rows) >= MOST_ROWS:
        return ""
    rows = plan.cube.rows[len(key) :] if below is None else (below, *plan.cube.rows[len(key) :])
    if below is None and not rows:
        return ""
    return address(
        replace(
            plan.cube,
            rows=tuple(dict.fromkeys(rows)),
            filter=narrowed_text(plan.cube, narrowed(plan.rows, key, plan.fiscal)),
        )
    )


def _down_across(answer: Answer, key: Key, by: Actor) -> str:
    """The same for a column."""
    plan = answer.plan
    if not key or OTHER in key or not _listed(plan.columns[: len(key)]):
        return ""
    one = plan.columns[len(key) - 1]
    below = finer(plan, one, by)
    if below is None or one.level in TREE:
        return ""
    columns = (below, *plan.cube.columns[len(key) :])
    return address(
        replace(
            plan.cube,
            columns=columns,
            filter=narrowed_text(plan.cube, narrowed(plan.columns, key, plan.fiscal)),
        )
    )


def address(cube: Cube) -> str:
    """Where a cube stands."""
    return f"{CUBE}?{cube.query}"


def narrowed_text(cube: Cube, more: Sequence[Filter]) -> str:
    """The filter of a cube with more conditions, each said once."""
    own = parse_filter(cube.filter)
    parts = [*(own.parts if isinstance(own, All) else (own,)), *more]
    return print_filter(
        All(tuple(dict.fromkeys(parts)) if all(_hashable(one) for one in parts) else tuple(parts))
    )


def _hashable(one: Filter) -> bool:
    return isinstance(one, Condition) and not isinstance(one.value, list)
