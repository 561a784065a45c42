"""Many rows at once, past the ORM, whose objects and SQL compiler would cost more than the insert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

import msgspec
from django.db import connection, models

from guanxi.platform.tenancy.models import enter_workspace

AT_ONCE = 1_000
_AS_IT_IS = (
    models.BigIntegerField, models.IntegerField, models.CharField, models.TextField, models.BooleanField,
    models.ForeignKey,
)  # fmt: skip


def insert_records(model: type[models.Model], records: Iterable[models.Model]) -> None:
    """Insert instances as they are; signals and checks are the caller's to do without."""
    columns, read, prepare = shape_of(model)
    rows, written = [], list(records)
    for record in written:
        enter_workspace(record)
        row = list(read(record))
        for at, prepared in prepare:
            row[at] = prepared(row[at])
        rows.append(row)
        record._state.adding = False  # a later save() is an update
    insert_rows(model._meta.db_table, columns, rows)
    for record in written:
        # As after bulk_create: to save it again is to change the row.
        record._state.adding, record._state.db = False, connection.alias


def insert_rows(table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of values as the driver takes them; columns are (name, type on PostgreSQL).

    PostgreSQL refuses COPY into a table with row-level security; one INSERT of arrays is nearly as fast.
    """
    names = ", ".join(connection.ops.quote_name(name) for name, _type in columns)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), AT_ONCE):
            piece = rows[start : start + AT_ONCE]
            if connection.vendor == "postgresql":
                arrays = ", ".join(f"%s::{kind}[]" for _name, kind in columns)
                cursor.execute(
                    f'INSERT INTO "{table}" ({names}) SELECT * FROM unnest({arrays})',
                    [array_of(column) for column in zip(*piece, strict=True)],
                )
            else:
                marks = ", ".join(["%s"] * len(columns))
                cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', piece)


def array_of(values: Sequence[Any]) -> str:
    """An array as PostgreSQL reads it from text, of which the driver makes more work than the server."""
    if set(map(type, values)) == {int}:
        return f"{{{','.join(map(str, values))}}}"
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_json(value: Any) -> str | None:
    """A value of a JSON column as both drivers take it."""
    return None if value is None else msgspec.json.encode(value).decode()


def write_custom(table: str, records: Sequence[Any]) -> None:
    """The `custom` column of records of one workspace as it is now, and nothing else of them."""
    if not records:
        return
    rows = [(as_json(one.custom), one.pk) for one in records]
    workspace_id = int(records[0].workspace_id)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f'UPDATE "{table}" AS t SET custom = u.custom::jsonb'
                " FROM unnest(%s::text[], %s::bigint[]) AS u(custom, id)"
                " WHERE t.id = u.id AND t.workspace_id = %s",
                [*map(array_of, zip(*rows, strict=True)), workspace_id],
            )
        else:
            cursor.executemany(
                f'UPDATE "{table}" SET custom = %s WHERE id = %s AND workspace_id = {workspace_id}', rows
            )


Prepare = Callable[[Any], Any]
Shape = tuple[list[tuple[str, str]], Callable[[Any], tuple[Any, ...]], list[tuple[int, Prepare]]]


def shape_of(model: type[models.Model]) -> Shape:
    """Columns as (name, type on PostgreSQL), a reader of all attributes, and what is done to some of the
    values before the driver sees them: (place, function)."""
    return _shape(model, connection.vendor)


@cache
def _shape(model: type[models.Model], vendor: str) -> Shape:
    fields = model._meta.concrete_fields
    columns = [(str(field.column), _type_of(field)) for field in fields]
    prepare = [(at, one) for at, field in enumerate(fields) if (one := _prepare(field)) is not None]
    return columns, attrgetter(*(field.attname for field in fields)), prepare


def _type_of(field: Any) -> str:
    kind = str(field.db_type(connection) or "text")
    return "text" if kind.startswith("varchar") else kind


def _prepare(field: Any) -> Prepare | None:
    if isinstance(field, models.JSONField):
        return as_json
    if isinstance(field, _AS_IT_IS) and type(field).get_prep_value is _plain_prep(field):
        return None

    def prepared(value: Any) -> Any:
        return None if value is None else field.get_db_prep_save(value, connection)

    # Moments and days come again and again: those of one import are nearly all the same.
    return lru_cache(maxsize=4096)(prepared) if isinstance(field, models.DateField) else prepared


def _plain_prep(field: Any) -> Any:
    """The method of Django's own class: a subclass that has its own wants to be asked."""
    own: Any = next(kind for kind in _AS_IT_IS if isinstance(field, kind))
    django: list[Any] = [kind for kind in type(field).__mro__ if kind.__module__.startswith("django.")]
    return django[0].get_prep_value if django else own.get_prep_value
