"""A formula of all records, computed in bulk: only what it reads is read, only what it gives is written.

The records themselves are never made: a row is the values that the formulas read, and one statement writes
the results of a piece. There is one implementation of formulas (`metadata/formulas/running.py`), so a figure
is the same whichever way it was computed. What this can't do (links, roll-ups, fields with places) is done
record by record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Parts
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.formulas import Given, compile_formula
from guanxi.platform.metadata.formulas.running import Run
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import look_again
from guanxi.platform.metadata.registry import Computed
from guanxi.platform.records.computing import as_result, in_formula
from guanxi.platform.records.inserting import as_json
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 5_000
Read = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class _Step:
    """One computed field: where its old value stands among the columns of a row, and its formula."""

    field: Field
    run: Run
    at: slice


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is read of each record, and what is computed of it, in order."""

    obj: Object
    columns: tuple[str, ...]
    reads: tuple[tuple[tuple[str, ...], Read, slice], ...]
    steps: tuple[_Step, ...]


def recalculate_in_bulk(object: str, field: str) -> bool:
    """Compute a field of all records, and those of the same object that follow from it.

    False where it can't be done so. Stops where the field is no longer there.
    """
    last = 0
    while True:
        look_again()
        with reading():
            plan = _plan(object, field)
        if plan is None:
            return last > 0 and not _there(object, field)
        with transaction.atomic():
            found = _piece(plan, last)
        if found is None:
            return True
        last = found


def _plan(object: str, name: str) -> _Plan | None:
    own = registry.of_workspace()
    if own is None or not _there(object, name):
        return None
    obj = registry.get(object)
    wanted = _following(name, own.computed.get(object, []))
    reads: dict[tuple[str, ...], tuple[Read, slice]] = {}
    steps: list[_Step] = []
    columns: list[str] = []

    def take(selected: Sequence[str]) -> slice:
        columns.extend(selected)
        return slice(len(columns) - len(selected), len(columns))

    results = {one.name for one in wanted}
    for one in wanted:
        field = obj[one.name]
        if one.roll_up is not None or field.place or field.looked_up:
            return None
        if one.formula in results or any(len(path) > 1 or one.formula == path[0] for path in one.paths):
            return None  # behind a link; or the value of another field itself, whatever its type
        for path in one.paths:
            if path in reads or path[0] in results:
                continue
            selected, read = _reader(obj[path[0]])
            if not selected:
                return None
            reads[path] = (read, take(selected))
        steps.append(_Step(field, compile_formula(one.formula), take(field.selected("r"))))
    told = tuple((path, read, at) for path, (read, at) in reads.items())
    return _Plan(obj, tuple(columns), told, tuple(steps)) if steps else None


def _there(object: str, name: str) -> bool:
    return registry.has(object) and name in registry.get(object).fields_by_name


def _following(name: str, computed: Sequence[Computed]) -> list[Computed]:
    """The field and what is computed from it within the record, in the order in which it follows."""
    names = {name}
    found = []
    for one in computed:
        if one.name in names or any(len(path) == 1 and path[0] in names for path in one.paths):
            names.add(one.name)
            found.append(one)
    return found


def _reader(field: Field) -> tuple[tuple[str, ...], Read]:
    """The columns of a field, and how formulas read them; no columns where only a record knows."""
    if field.type == "money":
        if not field.own:
            return (), lambda row: None
        return (field.expression("r"),), lambda row: from_units(row[0])
    if isinstance(field, Parts):
        return (field.worded("r"),), lambda row: row[0]
    return field.selected("r"), lambda row: in_formula(field.from_row(row))


def _piece(plan: _Plan, after: int) -> int | None:
    """The records behind one id; the last id, or None where there are no more."""
    workspace = Workspace.objects.get(pk=require_workspace_id())
    now, zone = datetime.now(UTC), ZoneInfo(workspace.timezone)
    rows = fetch(*_select(plan, after, workspace.pk))
    written: dict[str, list[tuple[int, str | None]]] = {}
    for row in rows:
        values = {path: read(row[1:][at]) for path, read, at in plan.reads}
        given = Given(values, now, zone)
        for step in plan.steps:
            result = as_result(step.field, step.run(given), workspace.currency)
            values[step.field.name,] = _read_back(step.field, result)
            if result != step.field.from_row(row[1:][step.at]):
                kept = step.field.to_kept(result)
                written.setdefault(_key(step.field), []).append((row[0], as_json(kept)))
    for key, changed in written.items():
        write_key(plan.obj.table, key, changed, workspace.pk)
    return int(rows[-1][0]) if rows else None


def _read_back(field: Field, result: Any) -> Any:
    """What was computed, as the next formula reads it: as it would be read from the record."""
    if field.type == "money":
        kept = field.to_kept(result)
        return from_units(kept["base"]) if kept else None
    return in_formula(field.from_kept(field.to_kept(result)))


def _select(plan: _Plan, after: int, workspace_id: int) -> tuple[str, list[Any]]:
    obj = plan.obj
    kind = ' AND r."kind" = %s' if obj.kind else ""
    lock = " FOR UPDATE OF r" if connection.features.has_select_for_update else ""
    return (
        f'SELECT r.id, {", ".join(plan.columns)} FROM "{obj.table}" r'
        f" WHERE r.workspace_id = %s AND r.id > %s{kind} ORDER BY r.id LIMIT {AT_ONCE}{lock}",
        [workspace_id, after, *([obj.kind] if obj.kind else [])],
    )


def _key(field: Field) -> str:
    return field.json_key or field.name


def write_key(table: str, key: str, rows: Sequence[tuple[int, str | None]], workspace_id: int) -> None:
    """One key of the `custom` column (values as JSON), nothing else of the records; None takes it away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f'UPDATE "{table}" AS t SET custom = CASE WHEN u.value IS NULL THEN t.custom - %s'
                " ELSE t.custom || jsonb_build_object(%s::text, u.value::jsonb) END"
                " FROM unnest(%s::bigint[], %s::text[]) AS u(id, value)"
                " WHERE t.id = u.id AND t.workspace_id = %s",
                [key, key, [one for one, _value in rows], [value for _one, value in rows], workspace_id],
            )
            return
        # Names of fields are words of letters and digits: checked when they are made.
        gone = [(one,) for one, value in rows if value is None]
        kept = [(value, one) for one, value in rows if value is not None]
        where = f"WHERE id = %s AND workspace_id = {workspace_id}"
        if gone:
            cursor.executemany(
                f"UPDATE \"{table}\" SET custom = json_remove(custom, '$.{key}') {where}", gone
            )
        if kept:
            cursor.executemany(
                f"UPDATE \"{table}\" SET custom = json_set(custom, '$.{key}', json(%s)) {where}", kept
            )
