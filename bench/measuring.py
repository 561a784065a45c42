"""How things are timed: ours and the baseline in turns, in processor time of web and database together.

On a machine with nothing else to do that is the time that passes: all is in memory, nobody waits. On a busy
one the clock would count the turns of others, and more of them for the longer of the two.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

MOST_QUERIES = 8  # of one request

Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of the table: ratio = ours / bare; `holds` when it keeps within `limit` (None: only a report).

    `ours_ms` and `bare_ms` are milliseconds unless `unit` says otherwise; what `bare_ms` is, the family says.
    """

    family: str
    name: str
    rows: int
    ours_ms: float
    bare_ms: float | None
    ratio: float | None
    limit: float | None
    holds: bool | None
    queries: int | None = None
    unit: str = "ms"
    note: str = ""


def against(
    family: str,
    name: str,
    *,
    rows: int,
    ours: float,
    bare: float,
    limit: float | None,
    queries: int | None = None,
    unit: str = "ms",
    note: str = "",
) -> Result:
    """A line whose limit is a ratio. More than eight queries hold nothing."""
    ratio = ours / bare if bare else 0.0
    holds = None if limit is None else ratio <= limit and (queries or 0) <= MOST_QUERIES
    return Result(
        family=family, name=name, rows=rows, ours_ms=ours, bare_ms=bare, ratio=ratio, limit=limit,
        holds=holds, queries=queries, unit=unit, note=note,
    )  # fmt: skip


def within(
    family: str,
    name: str,
    *,
    rows: int,
    ours: float,
    limit: float | None,
    queries: int | None = None,
    unit: str = "ms",
    note: str = "",
) -> Result:
    """A line whose limit is a figure of its own; there is no baseline."""
    holds = None if limit is None else ours <= limit and (queries or 0) <= MOST_QUERIES
    return Result(
        family=family, name=name, rows=rows, ours_ms=ours, bare_ms=None, ratio=None, limit=limit,
        holds=holds, queries=queries, unit=unit, note=note,
    )  # fmt: skip


def statements(do: Callable[[], Any]) -> list[Statement]:
    """Everything that a call asks of the database, in order, but for what steers transactions.

    Of the second call: the first one fills what the process keeps.
    """
    seen: list[Statement] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(" ", 1)[0] not in {"SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN"}:
            seen.append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    do()
    with connection.execute_wrapper(watch):
        do()
    return seen


def in_turns(ours: Callable[[], Any], bare: Callable[[], Any], times: int) -> tuple[float, float]:
    """Least milliseconds of each, measured in turns so that both meet the same caches.

    What others do at the same time only ever adds to a turn: the least is nearest to a machine of one's own.
    """
    first, second = [], []
    for _ in range(min(times, 3)):
        ours(), bare()
    for _ in range(times):
        first.append(elapsed(ours))
        second.append(elapsed(bare))
    return min(first), min(second)


def cpu_of(do: Callable[[], Any], times: int) -> float:
    """Milliseconds of processor time for one call, of this process and the database's."""
    for _ in range(min(times, 3)):
        do()
    return statistics.median(elapsed(do) for _ in range(times))


def elapsed(do: Callable[[], Any]) -> float:
    """Milliseconds on a processor for one call."""
    there, here = _database_cpu(), time.process_time()
    do()
    here = time.process_time() - here
    return 1000 * (here + _database_cpu() - there)


def _database_cpu() -> float:
    """Seconds that PostgreSQL's process for this connection has worked; SQLite works in ours."""
    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    try:
        with open(f"/proc/{pid}/schedstat") as stat:  # nanoseconds on a processor, …
            return int(stat.read().split()[0]) / 1e9
    except OSError:
        with open(f"/proc/{pid}/stat") as stat:
            ticks = stat.read().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
