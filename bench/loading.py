"""The bare bulk load: rows past the product, as fast as each database takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection, models


@contextmanager
def unguarded(tables: Sequence[str]) -> Iterator[None]:
    """These tables without what makes many inserts slow; afterwards all of it is as it was.

    Secondary indexes are built at once from the rows; on PostgreSQL foreign keys are checked at once too,
    and COPY is let in, which row-level security refuses. Only for a database that nobody else uses.
    """
    restore = [statement for table in tables for statement in _strip(table)]
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET maintenance_work_mem = '512MB'")
            for statement in restore:
                cursor.execute(statement)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows of these columns; what a row does not say is what an empty form would give."""
    empty = left_out(table, columns)
    names = ", ".join(f'"{name}"' for name in (*columns, *empty))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join([*["?"] * len(columns), *map(sql_literal, empty.values())])
            sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'
            connection.connection.executemany(sql, (_as_text(row) for row in rows))
            return
        for name, value in empty.items():
            cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" SET DEFAULT {sql_literal(value)}')
        given = ", ".join(f'"{name}"' for name in columns)
        with cursor.copy(f'COPY "{table}" ({given}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        for name in empty:
            cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{name}" DROP DEFAULT')


def _strip(table: str) -> Iterator[str]:
    """Take away indexes, constraints and the lock of a table; yields the statements that bring them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master"
                " WHERE tbl_name = %s AND type = 'index' AND sql IS NOT NULL",
                [table],
            )
            for name, sql in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')
                yield sql
            return
        cursor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('f', 'u') ORDER BY contype DESC",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
            yield f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}'
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisprimary",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
            yield definition


def left_out(table: str, columns: Sequence[str]) -> dict[str, Any]:
    """Columns that rows do not say and that may not be empty, with what an empty form would give."""
    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    return {
        str(one.column): _default(one)
        for one in model._meta.concrete_fields
        if not one.null and one.column not in columns
    }


def _default(one: models.Field[Any, Any]) -> Any:
    value = one.get_default()
    return ("[]" if value == [] else "{}") if isinstance(one, models.JSONField) else value


def sql_literal(value: Any) -> str:
    """A number, a boolean or a text as SQL."""
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _as_text(row: Sequence[object]) -> list[object]:
    return [value.isoformat() if isinstance(value, date) else value for value in row]
