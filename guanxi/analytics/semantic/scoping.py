"""Names of fields → columns of the tables that the actor may read, and the joins that lead there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import cast

from sqlglot import exp, parse_one

from guanxi.analytics.semantic.dimensions import fields_along
from guanxi.analytics.semantic.periods import first_seen_as, later, months_later, reach
from guanxi.analytics.warehouse.reading import linked_sql, ways_to
from guanxi.analytics.warehouse.shape import beside_name, column_name
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Context, Field, Link
from guanxi.platform.metadata.objects import Object

HISTORY = "history_of_"  # the table of all states of an object
_OF_NOW = {"money", "decimal", "integer", "percent", "rating", "duration", "date", "datetime"}


class Scope:
    """One SELECT over an object: hands out columns and remembers what must be joined for them.

    shifted  the path of a date that is looked at as if it were later, by the `step` of a comparison: what
             happened a year before stands beside what happened now
    fiscal   the month in which the firm's year begins
    then     the path of the date on which everything but amounts and dates is looked at as it was: whose the
             record was, its stage, the industry of its customer. () is as it is now
    beside   columns of its whole that the object's table has beside its own: nothing is joined for them
    """

    def __init__(
        self,
        obj: Object,
        by: Actor,
        context: Context,
        *,
        shifted: tuple[str, ...] = (),
        step: str = "",
        fiscal: int = 1,
        then: tuple[str, ...] = (),
        beside: Collection[str] = (),
    ) -> None:
        self.obj, self.by, self.context = obj, by, context
        self.fiscal, self._then = fiscal, then
        self._shifted, self._step, self._carried = shifted, step, beside
        self._joins: dict[tuple[str, ...], tuple[str, str]] = {}
        self._present: dict[tuple[str, ...], tuple[str, str]] = {}  # of the way to the date of `then`
        self._teams: dict[tuple[str, ...], str] = {}
        self._days: dict[tuple[str, ...], str] = {}
        self._made: dict[tuple[str, ...], list[exp.Expr]] = {}  # in the table that a path of links leads to
        self._beside: list[str] = []  # objects that are read beside those that are joined
        if then:
            self._now(then[:-1])

    @property
    def tables(self) -> list[str]:
        """The objects that are read."""
        joined = [table for _alias, table in (*self._present.values(), *self._joins.values())]
        joined = [one for one in joined if not one.startswith(HISTORY)]
        return list(dict.fromkeys([self.obj.name, *joined, *self._beside]))

    def linked(self, name: str) -> exp.Query:
        """What records are about → the record of an object that it is or leads to (`linked_sql`)."""
        ways = ways_to(name, self.by)
        self._beside += [name, *ways]
        return cast("exp.Query", parse_one(linked_sql(name, ways), read="duckdb"))

    @property
    def histories(self) -> list[str]:
        """The objects of which all states are read."""
        joined = [table.removeprefix(HISTORY) for _alias, table in self._joins.values()]
        return list(dict.fromkeys([self.obj.name, *joined])) if self._then else []

    def field(self, path: tuple[str, ...]) -> Field:
        """The field at the end of a path, as the actor sees it; raises FieldError."""
        return fields_along(self.obj, path, self.by)[-1]

    def value(self, path: tuple[str, ...]) -> exp.Expr:
        """A field's value as it is compared, grouped and summed; a moment as the actor's clocks have it."""
        field = self.field(path)
        found = self._as_it_is(path, field)
        if path == self._shifted:
            moved = later(found, self._step)
            found = exp.cast(moved, "date") if field.type == "date" else moved
        return found

    def value_in_months(self, path: tuple[str, ...]) -> tuple[exp.Expr, int]:
        """A date or moment, and how many months later than that it is looked at: to count months of each
        record is cheaper than to make another day of it.
        """
        months = months_later(self._step) if path == self._shifted else 0
        if months is None:
            return self.value(path), 0
        return self._as_it_is(path, self.field(path)), months

    def _as_it_is(self, path: tuple[str, ...], field: Field) -> exp.Expr:
        found = self._column(path, field)
        if field.type != "datetime":
            return found
        zone = str(self.context.zone)
        return exp.AtTimeZone(
            this=exp.AtTimeZone(this=found, zone=exp.Literal.string("UTC")), zone=exp.Literal.string(zone)
        )

    def compared(self, path: tuple[str, ...], kind: type[exp.GTE | exp.LT], day: date) -> exp.Expr:
        """That a date, or a moment by the actor's clocks, is on a day or after it (GTE), or before it (LT).

        Of each piece of a file is known between which values its columns lie. A condition on the column keeps
        pieces from being read, one on what is computed of it doesn't: so the column is asked, instead or too.
        """
        field, step = self.field(path), self._step if path == self._shifted else ""
        met: exp.Expr = kind(this=self.value(path), expression=_day(day))
        zone = 1 if field.type == "datetime" else 0  # day by which clocks differ
        if not (zone or step):
            return met
        try:
            exact = None if zone else first_seen_as(day, step)
            least, most = reach(step)
            near = day - timedelta(days=most + zone if kind is exp.GTE else least - zone)
        except OverflowError:
            return met
        column = self._column(path, field)
        if exact is not None:
            return kind(this=column, expression=_day(exact))
        return exp.and_(met, kind(this=column, expression=_day(near)))

    def made_there(self, path: tuple[str, ...], made: exp.Expr) -> exp.Expr:
        """What is computed of a value, computed where the value is: there are fewer orders than lines."""
        links = path[:-1]
        if not links or self._then or self._is_beside(links, column_name(self.field(path))):
            return made
        alias = self._joins[links][0]
        known = self._made.setdefault(links, [])
        if made not in known:
            known.append(made)
        return exp.column(f"made_{known.index(made)}", table=alias, quoted=True)

    def above(self, path: tuple[str, ...], level: str) -> exp.Expr:
        """The team at a level of the tree above the one that a field names."""
        alias = self._teams.setdefault(path, f"t{len(self._teams)}")
        return exp.column(f"level_{level}", table=alias, quoted=True)

    @property
    def asks_days(self) -> bool:
        """Whether the calendar is read."""
        return bool(self._days)

    def of_day(self, path: tuple[str, ...], column: str) -> exp.Expr:
        """What the calendar says of the day of a date: "working", "holiday"."""
        self.value(path)
        alias = self._days.setdefault(path, f"c{len(self._days)}")
        return exp.column(column, table=alias, quoted=True)

    def source(self, select: exp.Select) -> exp.Select:
        """The SELECT with everything it reads from."""
        made = select.from_(exp.table_(self.obj.name, quoted=True).as_("r", quoted=True), copy=False)
        for path, (alias, table) in self._present.items():
            parent = self._present[path[:-1]][0] if path[:-1] else "r"
            made = self._joined(made, table, alias, exp.column(f"{path[-1]}_id", table=parent, quoted=True))
        if self._then:
            own = exp.column("id", table="r", quoted=True)
            made = self._joined(made, HISTORY + self.obj.name, "h", own)
        for path, (alias, table) in self._joins.items():
            key = self._held(path[:-1], f"{path[-1]}_id")
            made = self._joined(made, table, alias, key, self._made.get(path, ()))
        for path, alias in self._teams.items():
            key = self._held(path[:-1], f"{path[-1]}_id")
            made = made.join(
                exp.table_("team", quoted=True).as_(alias, quoted=True),
                on=exp.EQ(this=exp.column("id", table=alias, quoted=True), expression=key),
                join_type="left",
                copy=False,
            )
        for path, alias in self._days.items():
            made = made.join(
                exp.table_("calendar", quoted=True).as_(alias, quoted=True),
                on=exp.EQ(
                    this=exp.column("day", table=alias, quoted=True),
                    expression=exp.cast(self.value(path), "date"),
                ),
                join_type="left",
                copy=False,
            )
        return made

    def _joined(
        self, made: exp.Select, table: str, alias: str, key: exp.Expr, more: Sequence[exp.Expr] = ()
    ) -> exp.Select:
        """`more` is what is computed in that table, as `made_0` …"""
        met: exp.Expr = exp.EQ(this=exp.column("id", table=alias, quoted=True), expression=key)
        if table.startswith(HISTORY):
            begins, ends = (exp.column(one, table=alias, quoted=True) for one in ("valid_from", "valid_to"))
            day = self._end_of_then()
            later = exp.or_(ends.is_(exp.null()), exp.GT(this=ends.copy(), expression=day.copy()))
            met = exp.and_(met, exp.LTE(this=begins, expression=day), later)
        named: exp.Expr = exp.table_(table, quoted=True).as_(alias, quoted=True)
        if more:
            there = [exp.alias_(one.copy(), f"made_{at}", quoted=True) for at, one in enumerate(more)]
            named = exp.select("*", *there).from_(named).subquery(alias)
        return made.join(named, on=met, join_type="left", copy=False)

    def _end_of_then(self) -> exp.Expr:
        """The moment up to which things are looked at: the end of the record's day, now where it has none."""
        *links, _name = self._then
        table = self._present[tuple(links)][0] if links else "r"
        name = column_name(self.field(self._then))
        day = exp.cast(exp.column(name, table=table, quoted=True), "timestamp")
        step = exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))
        end = exp.Add(this=day, expression=step) if self.field(self._then).type == "date" else day
        now = self.context.now.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
        return exp.Coalesce(this=end, expressions=[exp.cast(exp.Literal.string(now), "timestamp")])

    def _column(self, path: tuple[str, ...], field: Field) -> exp.Expr:
        """Where a value is read from: with `then`, amounts, numbers and dates of the record are its own of
        now, and so is the date itself wherever it stands."""
        if self._then and (path == self._then or (len(path) == 1 and field.type in _OF_NOW)):
            return exp.column(column_name(field), table=self._now(path[:-1]), quoted=True)
        return self._held(path[:-1], column_name(field))

    def _held(self, links: tuple[str, ...], name: str) -> exp.Expr:
        """A column of what a path of links leads to."""
        if self._is_beside(links, name):
            return exp.column(beside_name(links[0], name), table="r", quoted=True)
        return exp.column(name, table=self._table(links), quoted=True)

    def _is_beside(self, links: tuple[str, ...], name: str) -> bool:
        return len(links) == 1 and beside_name(links[0], name) in self._carried

    def _now(self, path: tuple[str, ...]) -> str:
        """The alias of what a path leads to as it is now."""
        for end in range(1, len(path) + 1):
            link = self.field(path[:end])
            assert isinstance(link, Link)
            self._present.setdefault(path[:end], (f"n{end}", registry.get(link.to).name))
        return self._present[path][0] if path else "r"

    def _table(self, path: tuple[str, ...]) -> str:
        """The alias of what a path of links leads to."""
        if not path:
            return "h" if self._then else "r"
        known = self._joins.get(path)
        if known is None:
            self._held(path[:-1], f"{path[-1]}_id")
            link = self.field(path)
            assert isinstance(link, Link)
            known = self._joins[path] = (
                f"j{len(self._joins)}",
                (HISTORY if self._then else "") + registry.get(link.to).name,
            )
        return known[0]


def _day(day: date) -> exp.Expr:
    """A day or a moment as SQL."""
    kind = "timestamp" if isinstance(day, datetime) else "date"
    return exp.cast(
        exp.Literal.string(day.isoformat(sep=" ") if isinstance(day, datetime) else day.isoformat()), kind
    )
