"""Asks a cube: the figures of every cell, subtotal and total, and the words for rows and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from sqlglot import exp

from guanxi.analytics.semantic.compiling import Plan, compile_cube, plan_of, scope_of, written
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.dimensions import Dimension, owner_of
from guanxi.analytics.semantic.periods import same_working_day
from guanxi.analytics.semantic.scoping import HISTORY, Scope
from guanxi.analytics.warehouse.engine import asked, lay_down, literal
from guanxi.analytics.warehouse.reading import show, show_history, show_people, shown_beside
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.i18n.dates import format_date, format_month, weekday_names
from guanxi.platform.i18n.holidays import holiday_name, is_working_day
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.metadata.fields import Choice, Context, Link
from guanxi.platform.records.contexts import field_context

if TYPE_CHECKING:
    from guanxi.analytics.warehouse.answers import Asking

Figure = int | float | Decimal | None
Key = tuple[Any, ...]


class Other:
    """The key of all that is not among the first rows."""

    def __repr__(self) -> str:
        return "OTHER"


OTHER = Other()


@dataclass(slots=True)
class Answer:
    """What a cube says.

    rows, columns  keys in the order in which they are shown, each before those below it; () is the total
    figures        by (row, column): one figure for each measure; missing where there is no record
    before         the same for what it is compared with
    labels         by (number of the dimension, value): what it is called
    """

    plan: Plan
    rows: list[Key] = field(default_factory=list)
    columns: list[Key] = field(default_factory=list)
    figures: dict[tuple[Key, Key], tuple[Figure, ...]] = field(default_factory=dict)
    before: dict[tuple[Key, Key], tuple[Figure, ...]] = field(default_factory=dict)
    labels: dict[tuple[int, Any], str] = field(default_factory=dict)
    fed_at: float = 0.0
    sql: str = ""

    def figure(self, row: Key, column: Key, measure: int) -> Figure:
        """One figure; None where there is nothing."""
        found = self.figures.get((row, column))
        return found[measure] if found else None

    def change(self, row: Key, column: Key, measure: int) -> float | None:
        """By which share it is more than what it is compared with; None where that was nothing."""
        old = self.before.get((row, column))
        new = self.figure(row, column, measure)
        if old is None or not old[measure] or new is None:
            return None
        then = float(old[measure] or 0)
        return (float(new) - then) / abs(then)

    def label(self, index: int, value: Any) -> str:
        """What a value of a dimension is called."""
        if value is OTHER:
            return _("Others")
        return self.labels.get((index, value), _("Not given") if value is None else str(value))


def ask(cube: Cube, by: Actor) -> Answer:
    """The figures of a cube, of what the actor may see.

    Raises FieldError for what has no meaning or is hidden from the actor, Refused for an object that the
    actor does not see, KeyError for what is no object.
    """
    with reading_cubes(by) as reader:
        return reader.ask(cube)


@contextmanager
def reading_cubes(by: Actor) -> Iterator[Reader]:
    """For who asks several cubes: they are of one moment, and what is laid down for one serves the next."""
    with closing(asked()) as db:
        yield Reader(by, db, Store(by.workspace_id).held())


@dataclass(slots=True)
class Reader:
    """One connection of one actor; `laid` says which tables it has, and as of when."""

    by: Actor
    db: Asking
    store: Store
    laid: dict[str, datetime | None] = field(default_factory=dict)

    def ask(self, cube: Cube) -> Answer:
        """See `ask`."""
        return _asked(cube, self)

    def lay(self, name: str, moment: datetime | None) -> None:
        """The table of an object, as it was at a moment."""
        if name not in self.laid or self.laid[name] != moment:
            show(self.db, registry.get(name), self.by, self.store, as_of=moment, beside=True)
            self.laid[name] = moment

    def lay_history(self, name: str) -> None:
        """All states of the records of an object."""
        if HISTORY + name not in self.laid:
            show_history(self.db, registry.get(name), self.by, self.store, HISTORY + name)
            self.laid[HISTORY + name] = None

    def lay_people(self) -> None:
        """Members and teams."""
        if "member" not in self.laid:
            show_people(self.db, self.by)
            self.laid["member"] = None

    def lay_days(self, context: Context) -> None:
        """The calendar of the firm's country."""
        if "calendar" not in self.laid:
            kinds = {"day": "DATE", "working": "BOOLEAN", "holiday": "VARCHAR"}
            lay_down(self.db, "calendar", kinds, _days(context))
            self.laid["calendar"] = None


def _days(context: Context) -> Iterator[tuple[date, bool, str | None]]:
    """Whether people work on a day, and what is celebrated, where the firm is: 12 years back, 2 ahead."""
    day, last = date(context.now.year - 12, 1, 1), date(context.now.year + 3, 1, 1)
    while day < last:
        yield day, is_working_day(day, context.country), holiday_name(day, context.country) or None
        day += timedelta(days=1)


def _asked(cube: Cube, reader: Reader) -> Answer:
    by, db, store = reader.by, reader.db, reader.store
    obj = registry.get(cube.object)
    if not by.may("see", obj.name):
        raise Refused(f"{obj.name}.see")
    plan, context = plan_of(cube, by), field_context(by)
    moment = end_of(cube.as_of, context)
    if moment is None and not cube.history:
        plan = replace(plan, beside=shown_beside(obj, by, store))
    scope = scope_of(plan, by, context)
    select = compile_cube(plan, scope)  # says what is read
    if cube.compare:
        reader.lay(owner_of(obj, _compared_date(plan)).name, moment)
    reader.lay_people()
    if scope.asks_days:
        reader.lay_days(context)
    for name in scope.tables:
        reader.lay(name, moment)
    for name in scope.histories:
        reader.lay_history(name)
    top = _first_values(plan, by, context, db) if cube.top and plan.rows else None
    if top is not None:
        select = compile_cube(plan, scope_of(plan, by, context), top=top)
    answer = Answer(plan, fed_at=store.manifest().fed_at, sql=written(select))
    answer.figures = _figures(db, answer.sql, plan, bool(top is not None))
    if cube.compare:
        answer.before = _figures(db, _compared(plan, by, context, db, top), plan, bool(top is not None))
    answer.labels = _labels(plan, answer, reader)
    answer.rows = _ordered(answer, 0, len(plan.rows), side=0)
    answer.columns = _ordered(answer, len(plan.rows), len(plan.columns), side=1)
    return answer


def _figures(db: Asking, sql: str, plan: Plan, others: bool) -> dict[tuple[Key, Key], tuple[Figure, ...]]:
    count, first = len(plan.dimensions), len(plan.rows)
    found: dict[tuple[Key, Key], tuple[Figure, ...]] = {}
    for raw in db.rows(sql):
        key: list[Any] = [raw[2 * one] for one in range(count)]
        summed = [bool(raw[2 * one + 1]) for one in range(count)]
        if others and not summed[0] and raw[2 * count] == 1:
            key[0] = OTHER
        row = tuple(key[one] for one in range(first) if not summed[one])
        column = tuple(key[one] for one in range(first, count) if not summed[one])
        figures = raw[2 * count + int(others) :]
        known = found.get((row, column), figures)  # each piece of the statement has some of the figures
        found[row, column] = tuple(
            one if one is not None else other for one, other in zip(figures, known, strict=True)
        )
    return found


def _first_values(plan: Plan, by: Actor, context: Context, db: Asking) -> list[Any]:
    """The values of the first dimension that come first, by the measure that is sorted by."""
    only = replace(plan, rows=plan.rows[:1], columns=())
    measured = _figures(db, written(compile_cube(only, scope_of(only, by, context))), only, others=False)
    index, _descending = _sorting(plan)
    rated = [(key[0], figures[max(index, 0)]) for (key, _none), figures in measured.items() if key]
    # Of equal ones always the same come first.
    rated.sort(key=lambda one: (one[1] is None, -float(one[1] or 0), str(one[0])))
    return [value for value, _figure in rated[: plan.cube.top]]


def _compared(plan: Plan, by: Actor, context: Context, db: Asking, top: Sequence[Any] | None) -> str:
    """The same cube with its date looked at a year or a month later: what was then stands beside it.

    It goes no further than today, unless there is something after today: a year that is under way is
    compared with the same days of the year before, or with as many working days of the month.
    """
    path = _compared_date(plan)
    step = plan.cube.compare
    shifted = scope_of(plan, by, context, shifted=path, step=step)
    tomorrow = context.now.astimezone(context.zone).date() + timedelta(days=1)
    ahead = _ahead(plan, path, by, context, tomorrow)
    ends = None
    if step == "workdays":
        tomorrow = same_working_day(tomorrow - timedelta(days=1), context.country) + timedelta(days=1)
    if step == "workdays" or not db.rows(written(ahead)):
        ends = shifted.compared(path, exp.LT, tomorrow)
    return written(compile_cube(plan, shifted, top=top, until=ends))


def _ahead(plan: Plan, path: tuple[str, ...], by: Actor, context: Context, tomorrow: date) -> exp.Select:
    """Whether anything has its date after today: asked of the object that has the date, which is there."""
    there = Scope(owner_of(registry.get(plan.cube.object), path), by, context)
    later = there.compared(path[-1:], exp.GTE, tomorrow)
    return there.source(exp.select("1")).where(later).limit(1)


def _compared_date(plan: Plan) -> tuple[str, ...]:
    if plan.cube.date:
        return tuple(plan.cube.date.partition(":")[0].split("."))
    dated = next((one for one in (*plan.columns, *plan.rows) if one.dated), None)
    if dated is not None:
        return dated.path
    raise FieldError("date", _("Choose a date by which it is compared."))


def end_of(day: str, context: Context) -> datetime | None:
    if not day:
        return None
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise FieldError("date", _("“%(value)s” is not a day.") % {"value": day[:40]}) from None
    return datetime.combine(after, time(), context.zone) - timedelta(microseconds=1)


# Words and order


def _labels(plan: Plan, answer: Answer, reader: Reader) -> dict[tuple[int, Any], str]:
    found: dict[tuple[int, Any], str] = {}
    for index, one in enumerate(plan.dimensions):
        side, place = (0, index) if index < len(plan.rows) else (1, index - len(plan.rows))
        keys = (*answer.figures, *answer.before)  # also what there is no more of
        values = {key[side][place] for key in keys if len(key[side]) > place}
        known = [value for value in values if value is not None and value is not OTHER]
        words = _words(one, known, reader)
        found.update({(index, value): words[value] for value in known if value in words})
    return found


def _words(one: Dimension, values: Sequence[Any], reader: Reader) -> Mapping[Any, str]:
    kind = one.field
    if isinstance(kind, Link):
        return _titles(kind.to, values, reader)
    if isinstance(kind, Choice):
        options = {value: kind.option(value) for value in values}
        return {value: str(option.label) if option else str(value) for value, option in options.items()}
    if kind.type == "boolean":
        return {True: _("Yes"), False: _("No")}
    if one.level == "working":
        return {True: _("On working days"), False: _("On free days")}
    if one.level == "holiday":
        return {value: str(value) for value in values}
    if one.dated:
        return {value: period_words(value, one.level) for value in values}
    return {value: str(value) for value in values}


def _titles(to: str, ids: Sequence[int], reader: Reader) -> Mapping[int, str]:
    """What records are called, of those that the actor sees."""
    hidden = {one: _("Not visible") for one in ids}
    if to in ("member", "team"):
        table, title = to, "name"
    elif registry.has(to) and reader.by.may("see", to):
        target = registry.get(to)
        reader.lay(target.name, None)
        table, title = to, target.title
    else:
        return hidden
    listed = ", ".join(literal(one) for one in ids) or "NULL"
    rows = reader.db.rows(f'SELECT id, "{title}" FROM "{table}" WHERE id IN ({listed})')
    return hidden | {key: str(name or "—") for key, name in rows}


def period_words(value: Any, level: str) -> str:
    """What a period is called, by its first day."""
    if level == "weekday":
        return weekday_names()[int(value) - 1]
    if level == "year":
        return str(value.year)
    if level == "fiscal":
        return _("FY %(year)s") % {"year": value.year}
    if level == "quarter":
        return _("%(year)s Q%(quarter)s") % {"year": value.year, "quarter": (value.month + 2) // 3}
    if level == "month":
        return format_month(value)
    if level == "week":
        year, week, _day = value.isocalendar()
        return _("%(year)s week %(week)s") % {"year": year, "week": week}
    return format_date(value, year=True)


def _ordered(answer: Answer, first: int, count: int, *, side: int) -> list[Key]:
    """The keys of one side as a walk down the tree, subtotals before what they are made of."""
    below: dict[Key, set[Any]] = {}
    for key in answer.figures:
        own = key[side]
        for depth in range(len(own)):
            below.setdefault(own[:depth], set()).add(own[depth])
    index, descending = _sorting(answer.plan)

    def rank(parent: Key, value: Any) -> tuple[Any, ...]:
        dimension = answer.plan.dimensions[first + len(parent)]
        last = value is OTHER
        if side == 0 and index >= 0:
            figure = answer.figure((*parent, value), (), index)
            size = float(figure or 0)
            return (last, figure is None, -size if descending else size)
        if isinstance(dimension.field, Choice):
            order = [one.value for one in dimension.field.options]
            return (last, value is None, order.index(value) if value in order else len(order))
        if dimension.dated or (
            isinstance(value, int | Decimal | float) and not isinstance(dimension.field, Link)
        ):
            return (last, value is None, value if value is not None and not last else 0)
        return (last, value is None, answer.label(first + len(parent), value), str(value))

    walked: list[Key] = []

    def walk(parent: Key) -> None:
        for value in sorted(below.get(parent, ()), key=lambda one: rank(parent, one)):
            walked.append((*parent, value))
            walk((*parent, value))

    walk(())
    return [*walked, ()]


def _sorting(plan: Plan) -> tuple[int, bool]:
    """The number of the measure that rows are sorted by (-1: by name), and whether downwards."""
    asked = plan.cube.sort
    if not asked and plan.cube.top:
        return 0, True
    number = int(asked.removeprefix("-") or 0) - 1 if asked else -1
    return (number if number < len(plan.measures) else -1), asked.startswith("-")
