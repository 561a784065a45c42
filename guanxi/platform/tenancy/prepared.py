"""A query that is compiled once and asked often.

Django builds the SQL of a queryset anew each time; for one row with four related ones that is several
times the work of fetching it. Every request recognises its caller, so this one is worth keeping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators

from guanxi.platform.tenancy.context import nowhere

M = TypeVar("M", bound=models.Model)


class Prepared(Generic[M]):
    """The rows of a queryset whose parameters are given by name at each call.

    `make` builds the queryset from the stand-ins it is handed, one for each name; each must be used as a
    plain value, and exactly once. Stand-ins are whole numbers, or text for names that end in "_text".
    The queryset is a plain `QuerySet(model)` that names the workspace itself: scoped managers raise here.
    """

    def __init__(self, make: Callable[..., models.QuerySet[M]], names: Sequence[str]) -> None:
        self._make = make
        self._names = tuple(names)
        self._plans: dict[tuple[str, bool], _Plan] = {}

    def first(self, **values: Any) -> M | None:
        """The first row, related rows included, or None."""
        row = self.row(**values)
        return None if row is None else self.build([row])[0]

    def rows(self, **values: Any) -> list[M]:
        """All rows, each with its related ones; a slice of the queryset is its limit."""
        with self._asked(False, values) as cursor:
            return self.build(cursor.fetchall(), first=False)

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        """What the database returned for `first`: for who keeps what was made of an equal row."""
        with self._asked(True, values) as cursor:
            found: tuple[Any, ...] | None = cursor.fetchone()
        return found

    def build(self, rows: Iterable[tuple[Any, ...]], *, first: bool = True) -> list[M]:
        """The models, related ones included, of what `row` returned (of rows() when `first` is False)."""
        plan = self._plan(first)
        converted = plan.compiler.apply_converters(rows, plan.converters) if plan.converters else rows
        return [self._instance(plan, list(row)) for row in converted]

    @contextmanager
    def _asked(self, first: bool, values: dict[str, Any]) -> Iterator[Any]:
        plan = self._plan(first)
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, [values.get(one, one) for one in plan.params])
            yield cursor

    def _plan(self, first: bool) -> _Plan:
        return self._plans.get((connection.vendor, first)) or self._prepare(first)

    def _instance(self, plan: _Plan, row: list[Any]) -> M:
        found: M = plan.model.from_db(connection.alias, plan.names, row[plan.start : plan.end])  # type: ignore[assignment]
        for populator in plan.populators:
            populator.populate(row, found)
        return found

    def _prepare(self, first: bool) -> _Plan:
        stand_ins: dict[str, Any] = {
            name: f"stand-in {at}" if name.endswith("_text") else 7_700_000_000 + at
            for at, name in enumerate(self._names)
        }
        with nowhere():
            # A scoped manager would bake the first caller's workspace into the query of all: it raises here.
            rows = self._make(**stand_ins)
        rows = rows[:1] if first else rows
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        named = {value: name for name, value in stand_ins.items()}
        info = compiler.klass_info
        fields = info["select_fields"]
        plan = _Plan()
        plan.sql = sql
        plan.params = tuple(named.get(one, one) for one in params)
        if sorted(one for one in plan.params if one in self._names) != sorted(self._names):
            raise ValueError("each parameter must be used once, as a plain value")
        plan.compiler = compiler
        plan.model = info["model"]
        plan.start, plan.end = fields[0], fields[-1] + 1
        plan.names = [one[0].target.attname for one in compiler.select[plan.start : plan.end]]
        plan.converters = compiler.get_converters([one[0] for one in compiler.select])
        # The stubs know a newer Django, which takes one argument more.
        plan.populators = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]
        self._plans[connection.vendor, first] = plan
        return plan


class _Plan:
    """What is kept of a compiled query."""

    sql: str
    params: tuple[Any, ...]
    compiler: Any
    model: type[models.Model]
    names: list[str]
    start: int
    end: int
    converters: Any
    populators: Any
