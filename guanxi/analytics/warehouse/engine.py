"""Who answers: DuckDB in this process, one instance with a cursor for whoever asks, or a cluster.

A worker loads DuckDB when it writes, a web process when somebody opens a page of figures. Where
GUANXI_WAREHOUSE_ENGINE names a cluster (`sc://host:15002`), cubes are asked there; writing stays here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from django.conf import settings

if TYPE_CHECKING:
    import duckdb

    from guanxi.analytics.warehouse.answers import Asking
    from guanxi.analytics.warehouse.distributed import Cluster

    Engine: TypeAlias = duckdb.DuckDBPyConnection | Cluster | Asking

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
                    # It makes keys of joins smaller, and hides from a scan which of them the other side has:
                    # of fifty million lines all are read for the orders of one month.
                    "disabled_optimizers": "compressed_materialization",
                },
            )
            _opened.clear()
            _opened[os.getpid()] = found
        return found.cursor()


def asked() -> Asking:
    """Whom a cube is asked of, as the installation chose; close it."""
    from guanxi.analytics.warehouse.answers import Asking

    if not settings.WAREHOUSE_ENGINE:
        return Asking(cursor())
    from guanxi.analytics.warehouse.distributed import Cluster

    return Asking(Cluster(settings.WAREHOUSE_ENGINE), settings.WAREHOUSE_ENGINE)


def lay_down(db: Engine, name: str, kinds: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a table of this connection alone, in place of one of that name. `kinds`: {column: type}."""
    if _lays_itself(db):
        db.lay_down(name, kinds, rows)
        return
    # As text: values that are bound one by one make DuckDB look for pandas, which is not there, for each.
    listed = ", ".join(f"({', '.join(literal(one) for one in row)})" for row in rows)
    source = f"(VALUES {listed})" if listed else f"(SELECT {', '.join(['NULL'] * len(kinds))} WHERE false)"
    made = ", ".join(f"{name_of(key)}::{kind} AS {name_of(key)}" for key, kind in kinds.items())
    named = ", ".join(name_of(key) for key in kinds)
    db.execute(f"CREATE OR REPLACE TEMP TABLE {name_of(name)} AS SELECT {made} FROM {source} AS t({named})")


def lay_beside(db: Engine, name: str, kinds: Mapping[str, str], source: str) -> None:
    """The rows that some SQL finds, beside what the connection's table of that name has already."""
    if _lays_itself(db):
        db.lay_beside(name, kinds, source)
        return
    listed = ", ".join(f"{name_of(key)} {kind}" for key, kind in kinds.items())
    db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name_of(name)} ({listed})")
    db.execute(f"INSERT INTO {name_of(name)} ({source} EXCEPT ALL SELECT * FROM {name_of(name)})")


def answers_here(db: Engine) -> bool:
    """Whether this process answers, in DuckDB's own words: a cluster knows fewer functions."""
    return db.here if _lays_itself(db) else True


def _lays_itself(db: Engine) -> TypeGuard[Cluster | Asking]:
    return hasattr(db, "lay_down")


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
