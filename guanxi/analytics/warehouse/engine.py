"""DuckDB in this process: one instance in memory, and a cursor of its own for whoever asks.

A worker loads it when it writes, a web process when somebody opens a page of figures.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    import duckdb

_opened: dict[int, duckdb.DuckDBPyConnection] = {}
_lock = Lock()


def cursor() -> duckdb.DuckDBPyConnection:
    """A connection to the process's instance: temporary views of one are not seen by another."""
    with _lock:
        found = _opened.get(os.getpid())
        if found is None:
            import duckdb

            found = duckdb.connect(
                ":memory:",
                config={
                    "memory_limit": settings.WAREHOUSE_MEMORY,
                    "threads": str(settings.WAREHOUSE_THREADS),
                    "temp_directory": str(settings.WAREHOUSE_DIR / ".spill"),
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                },
            )
            _opened.clear()
            _opened[os.getpid()] = found
        return found.cursor()


def name_of(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """A value as SQL has it: views take no parameters. Raises TypeError for what has no such form."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            from datetime import UTC

            value = value.astimezone(UTC).replace(tzinfo=None)
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''").replace("\0", "") + "'"
    raise TypeError(f"{type(value).__name__} has no form in SQL")


def bound(text: str, params: tuple[Any, ...]) -> str:
    """A condition of the product's own, with `%s` for its values, as SQL without any."""
    pieces = text.split("%s")
    if len(pieces) != len(params) + 1:
        raise ValueError("a condition with more or fewer values than places")
    said = pieces[0]
    for value, piece in zip(params, pieces[1:], strict=True):
        said += literal(value) + piece
    return said.replace("%%", "%")
