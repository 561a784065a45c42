"""Which tables a workspace has, and how a row of one becomes a line of JSON and a row again."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.apps import apps
from django.db import connection, models

from guanxi.platform.tenancy.models import WorkspaceModel
from guanxi.platform.tenancy.sealing import SealedJSON, SealedText

AT_ONCE = 1_000
_EXACT = 2**53  # larger whole numbers are written as text: many readers of JSON would round them
_decode = msgspec.json.Decoder().decode


class UnknownColumn(ValueError):
    """A line has a column that this version does not know."""


@dataclass(frozen=True)
class Table:
    """One table: its name in the file is that in the database."""

    model: type[models.Model]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def fields(self) -> list[models.Field[Any, Any]]:
        return [one for one in self.model._meta.concrete_fields if one.name != "workspace"]

    def lines(self, **chosen: Any) -> Iterator[bytes]:
        """The rows of the chosen workspace by key, or those `chosen`, each as one line without its end.

        Secrets stay: a column that is one gets its default where the line is read, parts of JSON are empty.
        """
        fields = [one for one in self.fields if not isinstance(one, SealedText)]
        names = [str(one.column) for one in fields]
        rows = (
            self.model._default_manager.filter(**chosen)
            .order_by("pk")
            .values_list(*(one.attname for one in fields))
        )
        sealed = [(str(one.column), one) for one in fields if isinstance(one, SealedJSON)]
        for row in rows.iterator(AT_ONCE):
            line = dict(zip(names, row, strict=True))
            for name, field in sealed:
                line[name] = field.without_secrets(line[name])
            yield as_line(line)

    def insert(self, lines: Sequence[dict[str, Any]], **fixed: Any) -> None:
        """Put rows in as they are, past every default and every rule of `save`.

        `fixed` gives columns that are the same in all rows. Raises UnknownColumn.
        """
        known = {str(one.column): one for one in self.fields if one.column not in fixed}
        for line in lines:
            if unknown := line.keys() - known.keys():
                raise UnknownColumn(f"{self.name}.{min(unknown)} is not known to this version")
        columns = ", ".join(map(connection.ops.quote_name, (*fixed, *known)))
        marks = ", ".join(["%s"] * (len(fixed) + len(known)))
        rows = [[*fixed.values(), *(_bound(field, line) for field in known.values())] for line in lines]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {self.name} ({columns}) VALUES ({marks})", rows)


def tables() -> list[Table]:
    """The tables that travel, by name."""
    chosen = (one for one in apps.get_models() if issubclass(one, WorkspaceModel) and one.portable)
    return sorted((Table(one) for one in chosen), key=lambda one: one.name)


def read_line(line: bytes) -> dict[str, Any]:
    """A line of any table; raises ValueError."""
    found = _decode(line)
    if not isinstance(found, dict):
        raise ValueError("a line is no object")
    return found


def as_line(row: dict[str, Any]) -> bytes:
    """A row as a line, without its end. Names are sorted, also within: databases order JSON by themselves."""
    return msgspec.json.encode({name: _written(value) for name, value in row.items()}, order="sorted")


def _written(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):
        return value if -_EXACT < value < _EXACT else str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value  # JSON as it is


def _bound(field: models.Field[Any, Any], line: dict[str, Any]) -> Any:
    """The value for the database; a column that is younger than the file gets its default."""
    if field.column not in line:
        value = field.get_default()
    elif isinstance(field, models.BinaryField):
        value = base64.b64decode(line[field.column])
    elif isinstance(field, models.JSONField):
        value = line[field.column]
    else:
        value = field.to_python(line[field.column])
    return field.get_db_prep_save(value, connection)
