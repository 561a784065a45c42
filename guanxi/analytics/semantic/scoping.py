"""Names of fields → columns of the tables that the actor may read, and the joins that lead there."""

from __future__ import annotations

from sqlglot import exp

from guanxi.analytics.semantic.dimensions import fields_along
from guanxi.analytics.semantic.periods import later
from guanxi.analytics.warehouse.shape import column_name
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Context, Field, Link
from guanxi.platform.metadata.objects import Object


class Scope:
    """One SELECT over an object: hands out columns and remembers what must be joined for them.

    shifted  the path of a date that is looked at as if it were later, by the `step` of a comparison: what
             happened a year before stands beside what happened now
    fiscal   the month in which the firm's year begins
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
    ) -> None:
        self.obj, self.by, self.context = obj, by, context
        self.fiscal = fiscal
        self._shifted, self._step = shifted, step
        self._joins: dict[tuple[str, ...], tuple[str, str]] = {}
        self._teams: dict[tuple[str, ...], str] = {}
        self._days: dict[tuple[str, ...], str] = {}

    @property
    def tables(self) -> list[str]:
        """The objects that are read."""
        return list(dict.fromkeys([self.obj.name, *(table for _alias, table in self._joins.values())]))

    def field(self, path: tuple[str, ...]) -> Field:
        """The field at the end of a path, as the actor sees it; raises FieldError."""
        return fields_along(self.obj, path, self.by)[-1]

    def value(self, path: tuple[str, ...]) -> exp.Expr:
        """A field's value as it is compared, grouped and summed; a moment as the actor's clocks have it."""
        field = self.field(path)
        found: exp.Expr = exp.column(column_name(field), table=self._table(path[:-1]), quoted=True)
        if field.type == "datetime":
            zone = str(self.context.zone)
            found = exp.AtTimeZone(
                this=exp.AtTimeZone(this=found, zone=exp.Literal.string("UTC")), zone=exp.Literal.string(zone)
            )
        if path == self._shifted:
            moved = later(found, self._step)
            found = exp.cast(moved, "date") if field.type == "date" else moved
        return found

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
        for path, (alias, table) in self._joins.items():
            key = exp.column(f"{path[-1]}_id", table=self._table(path[:-1]), quoted=True)
            made = made.join(
                exp.table_(table, quoted=True).as_(alias, quoted=True),
                on=exp.EQ(this=exp.column("id", table=alias, quoted=True), expression=key),
                join_type="left",
                copy=False,
            )
        for path, alias in self._teams.items():
            key = exp.column(f"{path[-1]}_id", table=self._table(path[:-1]), quoted=True)
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

    def _table(self, path: tuple[str, ...]) -> str:
        """The alias of what a path of links leads to."""
        if not path:
            return "r"
        known = self._joins.get(path)
        if known is None:
            self._table(path[:-1])
            link = self.field(path)
            assert isinstance(link, Link)
            known = self._joins[path] = (f"j{len(self._joins)}", registry.get(link.to).name)
        return known[0]
