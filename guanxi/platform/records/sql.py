"""Running SQL of our own, with values as each database keeps them.

The engine writes its SQL itself: a list of 50 rows costs what the database costs, not what making
50 model instances costs (docs/decisions/0007-record-engine.md). Names come from declarations, never
from a request; everything else is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.db import connection


def fetch(text: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(text, adapt(params))
        return list(cursor.fetchall())


def stream(text: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a question one by one, however many they are, without all of them in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(text, adapt(params))
        while rows := cursor.fetchmany(2_000):
            yield from rows


def fetch_value(text: str, params: Sequence[Any] = ()) -> Any:
    """The first column of the first row, or None."""
    rows = fetch(text, params)
    return rows[0][0] if rows else None


def run(text: str, params: Sequence[Any] = ()) -> int:
    """Run a statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(text, adapt(params))
        return int(cursor.rowcount)


def run_many(text: str, rows: Sequence[Sequence[Any]]) -> None:
    """One statement for many rows of parameters."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(text, [adapt(row) for row in rows] if _to_adapt(chain(*rows)) else rows)


def run_plain(text: str, rows: Sequence[Sequence[Any]]) -> None:
    """`run_many` for rows of numbers, words and nothing: no database is to be told what they are."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(text, rows)


_PART = 1_000_000


def sum_of(expression: str) -> str:
    """The exact sum of whole numbers as SQL, "0" of none; `read_sum` turns what comes back into a number.

    SQLite adds up in 63 bits and refuses what is more, so it adds up two parts.
    """
    if connection.vendor != "sqlite":
        return f"COALESCE(sum({expression}), 0)"
    high, low = f"sum({expression} / {_PART})", f"sum({expression} %% {_PART})"
    return f"(COALESCE({high}, 0) || ':' || COALESCE({low}, 0))"


def read_sum(value: Any) -> int:
    """What the database said for a `sum_of`."""
    if not isinstance(value, str):
        return int(value)
    high, _colon, low = value.partition(":")
    return int(high) * _PART + int(low)


def adapt(params: Sequence[Any]) -> list[Any]:
    """SQLite keeps moments and days as text; PostgreSQL's driver knows them."""
    if not _to_adapt(params):
        return list(params)
    return [_as_text(value) if isinstance(value, date) else value for value in params]


def _to_adapt(params: Iterable[Any]) -> bool:
    return connection.vendor == "sqlite" and any(issubclass(kind, date) for kind in set(map(type, params)))


def _as_text(value: date) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.isoformat()
