"""Keeping tallies: triggers, so that no write can forget them, whichever way it goes round the engine.

On SQLite, where one writes at a time, a trigger changes the cell. On PostgreSQL two who change one cell would
wait for each other until the first commits, and might deadlock: there each statement adds rows that say what
it changed by how much, and reading adds them up. `settle` puts them together now and then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record
from guanxi.platform.records.tallies.shape import PART, SLOTS, label_of, nothing_of, places_of, tallied_models
from guanxi.platform.tenancy.context import everywhere

KEY = ("workspace_id", "tally", *SLOTS)
NUMBERS = ("n", "high", "low", "unpriced")
MANY = 200  # rows beyond one for each cell: then they are put together
_PREFIX = "guanxi_tally_"


def let_go_before_migrating(plan: Any, using: str, **_signal: Any) -> None:
    """Handler of pre_migrate: a table whose columns change must not carry triggers that name them."""
    if plan:
        for model in tallied_models():
            drop_triggers(connections[using], model)


def keep_after_migrating(using: str, **_signal: Any) -> None:
    """Handler of post_migrate: tables whose triggers are missing, or say something else, are counted anew."""
    database = connections[using]
    with database.cursor() as cursor:
        tables = set(database.introspection.table_names(cursor))
    if "records_tally" not in tables:
        return
    for model in tallied_models():
        if model._meta.db_table in tables and not _kept(database, model):
            count_anew(database, model)


def count_anew(database: BaseDatabaseWrapper, model: type[Record]) -> None:
    """Make the triggers of a table and count what is there; nobody else writes to it meanwhile."""
    table = model._meta.db_table
    with (
        everywhere("the tallies of a table are those of all workspaces"),
        transaction.atomic(using=database.alias),
        database.cursor() as cursor,
    ):
        if database.vendor == "postgresql":
            cursor.execute(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')
        drop_triggers(database, model)
        cursor.execute("DELETE FROM records_tally WHERE tally LIKE %s", [f"{table}.%"])
        for tally in model.tallies:
            cursor.execute(_adding(model, tally, [(f'"{table}" r', "r", 1)]))
        for statement in _statements(database, model):
            cursor.execute(statement)


def settle(workspace_id: int) -> int:
    """Put the rows of each cell of a workspace together, where there are many; how many fewer there are.

    Whoever counts meanwhile sees either those of before or the one that replaces them. In SQLite a cell
    is one row.
    """
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(DISTINCT ({', '.join(KEY)})) FROM records_tally WHERE workspace_id = %s",
            [workspace_id],
        )
        rows, cells = cursor.fetchone()
        if rows - cells <= MANY:
            return 0
        columns = ", ".join((*KEY, *NUMBERS))
        cursor.execute(
            "WITH gone AS (DELETE FROM records_tally WHERE workspace_id = %s RETURNING *)"
            f" INSERT INTO records_tally ({columns}) {_summed('gone', '')}",
            [workspace_id],
        )
        return int(rows - cells)


def drop_triggers(database: BaseDatabaseWrapper, model: type[Record]) -> None:
    """Nothing keeps the tallies of this table any more."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {_PREFIX}{model._meta.db_table}() CASCADE")
        else:
            for name in _triggers(database, model):
                cursor.execute(f"DROP TRIGGER {name}")


def _kept(database: BaseDatabaseWrapper, model: type[Record]) -> bool:
    if database.vendor == "sqlite":
        return set(_triggers(database, model).values()) == set(_statements(database, model))
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname = %s AND t.tgenabled = 'O'",
            [f"{_PREFIX}{model._meta.db_table}"],
        )
        return [row[0] for row in cursor.fetchall()] == [_body(model)] * 3


def _triggers(database: BaseDatabaseWrapper, model: type[Record]) -> dict[str, str]:
    """The triggers of a table in SQLite, by name."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s AND name LIKE %s",
            [model._meta.db_table, f"{_PREFIX}%"],
        )
        return dict(cursor.fetchall())


def _statements(database: BaseDatabaseWrapper, model: type[Record]) -> Iterator[str]:
    return _in_sqlite(model) if database.vendor == "sqlite" else _in_postgres(model)


# The numbers of rows


def _numbers(tally: Tally, row: str, sign: int) -> tuple[str, ...]:
    """What one row adds to its cell, or takes from it."""
    if not tally.sum:
        return str(sign), "0", "0", "0"
    base, amount = f'COALESCE({row}."{tally.sum}_base", 0)', f'{row}."{tally.sum}"'
    unpriced = f'CASE WHEN {amount} IS NOT NULL AND {row}."{tally.sum}_base" IS NULL THEN {sign} ELSE 0 END'
    return str(sign), f"{sign} * ({base} / {PART})", f"{sign} * ({base} % {PART})", unpriced


def _cell(model: type[Record], tally: Tally, row: str) -> dict[str, str]:
    """The columns by which the cell of a row is found."""
    kept = {place.slot: place.value(row) for place in places_of(model, tally)}
    nothing = {slot: nothing_of(slot) for slot in SLOTS}
    return {"workspace_id": f"{row}.workspace_id", "tally": f"'{label_of(model, tally)}'"} | nothing | kept


def _adding(model: type[Record], tally: Tally, sources: list[tuple[str, str, int]]) -> str:
    """Rows of records_tally for all rows of some tables (what stands in FROM, its alias, 1 or -1)."""
    parts = []
    for source, row, sign in sources:
        values = (*_cell(model, tally, row).values(), *_numbers(tally, row, sign))
        named = ", ".join(f"{value} AS {name}" for name, value in zip((*KEY, *NUMBERS), values, strict=True))
        parts.append(f"SELECT {named} FROM {source} WHERE {row}.archived_at IS NULL")
    columns, rows = ", ".join((*KEY, *NUMBERS)), " UNION ALL ".join(parts)
    return f"INSERT INTO records_tally ({columns}) {_summed(f'({rows})', 'q')}"


def _summed(source: str, alias: str) -> str:
    sums = ", ".join(f"sum({name})" for name in NUMBERS)
    some = " OR ".join(f"sum({name}) <> 0" for name in NUMBERS)
    keys = ", ".join(KEY)
    return f"SELECT {keys}, {sums} FROM {source} {alias} GROUP BY {keys} HAVING {some}"


# SQLite


def _in_sqlite(model: type[Record]) -> Iterator[str]:
    table = model._meta.db_table
    columns = _watched(model)
    other = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns)
    named = ", ".join(f'"{name}"' for name in columns)
    came = [step for tally in model.tallies for step in _came(model, tally)]
    went = [_changed(model, tally, "OLD", -1) for tally in model.tallies]
    for moment, condition, steps in (
        (f'AFTER INSERT ON "{table}"', "NEW.archived_at IS NULL", came),
        (f'AFTER UPDATE OF {named} ON "{table}"', other, [*went, *came]),
        (f'AFTER DELETE ON "{table}"', "OLD.archived_at IS NULL", went),
    ):
        name = f"{_PREFIX}{table}_{moment.split()[1].lower()}"
        body = " ".join(f"{step};" for step in steps)
        yield f"CREATE TRIGGER {name} {moment} WHEN {condition} BEGIN {body} END"


def _watched(model: type[Record]) -> list[str]:
    """The columns of a table whose change moves a row from cell to cell, or its amount."""
    kept = {place.column: None for tally in model.tallies for place in places_of(model, tally)}
    sums = {name: None for one in model.tallies if one.sum for name in (one.sum, f"{one.sum}_base")}
    return [*kept, *sums, "archived_at"]


def _came(model: type[Record], tally: Tally) -> Iterator[str]:
    """Two steps for a new row: its cell is there, and it grows."""
    cell = _cell(model, tally, "NEW")
    names, values = ", ".join((*cell, *NUMBERS)), ", ".join((*cell.values(), "0", "0", "0", "0"))
    there = " AND ".join(f"{name} = {value}" for name, value in cell.items())
    yield (
        f"INSERT INTO records_tally ({names}) SELECT {values} WHERE NEW.archived_at IS NULL"
        f" AND NOT EXISTS (SELECT 1 FROM records_tally WHERE {there})"
    )
    yield _changed(model, tally, "NEW", 1)


def _changed(model: type[Record], tally: Tally, row: str, sign: int) -> str:
    numbers = zip(NUMBERS, _numbers(tally, row, sign), strict=True)
    grown = ", ".join(f"{name} = {name} + {value}" for name, value in numbers if value != "0")
    there = " AND ".join(f"{name} = {value}" for name, value in _cell(model, tally, row).items())
    return f"UPDATE records_tally SET {grown} WHERE {row}.archived_at IS NULL AND {there}"


# PostgreSQL


def _in_postgres(model: type[Record]) -> Iterator[str]:
    table = model._meta.db_table
    name = f"{_PREFIX}{table}"
    yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $tally${_body(model)}$tally$"
    for verb, tables in (
        ("INSERT", "NEW TABLE AS came"),
        ("UPDATE", "OLD TABLE AS went NEW TABLE AS came"),
        ("DELETE", "OLD TABLE AS went"),
    ):
        yield (
            f'CREATE TRIGGER {name}_{verb.lower()} AFTER {verb} ON "{table}" REFERENCING {tables}'
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def _body(model: type[Record]) -> str:
    """One function for the three: only the branch that runs is looked at, and has the tables it names."""
    came, went = ("came", "came", 1), ("went", "went", -1)
    branches = {"INSERT": [came], "DELETE": [went], "UPDATE": [came, went]}
    text = "BEGIN "
    for verb, sources in branches.items():
        steps = " ".join(f"{_adding(model, tally, sources)};" for tally in model.tallies)
        text += f"IF TG_OP = '{verb}' THEN {steps} END IF; "
    return text + "RETURN NULL; END"
