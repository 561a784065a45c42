"""How things are timed: ours and the baseline in turns, and processor time of web and database together."""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from bench.dataset import Bench


@dataclass(frozen=True)
class Result:
    """One line of the table. ratio = ours / bare; `holds` when it keeps within `limit` (None: a report)."""

    name: str
    rows: int
    ours_ms: float
    bare_ms: float
    ratio: float
    limit: float | None
    holds: bool | None
    note: str = ""


class Product:
    """The whole product behind its WSGI door, in this process."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.handler = WSGIHandler()
        self.cookie = ""

    def __call__(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> bytes:
        """The body of the answer; raises AssertionError for one that is not 2xx."""
        parts = urlsplit(path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "HTTP_AUTHORIZATION": f"Bearer {self.bench.token}",
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        status = ""

        def start(said: str, _headers: Any, _error: Any = None) -> Any:
            nonlocal status
            status = said

        response = self.handler(environ, start)
        content = b"".join(response)
        response.close()
        assert status.startswith("2"), f"{method} {path}: {status} {content[:300]!r}"
        return content


def statements(do: Callable[[], Any]) -> list[tuple[str, tuple[Any, ...]]]:
    """The SELECTs of the work itself: not those that recognise the caller."""
    seen: list[tuple[str, tuple[Any, ...]]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and "identity_token" not in sql and "set_config" not in sql:
            seen.append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        do()
    return seen


def in_turns(ours: Callable[[], Any], bare: Callable[[], Any], times: int) -> tuple[float, float]:
    """Median milliseconds of each, measured in turns so that both meet the same neighbours."""
    first, second = [], []
    for _ in range(3):
        ours(), bare()
    for _ in range(times):
        first.append(_elapsed(ours))
        second.append(_elapsed(bare))
    return statistics.median(first), statistics.median(second)


def cpu_of(do: Callable[[], Any], times: int) -> float:
    """Milliseconds of processor time for one call, of this process and the database's."""
    for _ in range(3):
        do()
    here, there = time.process_time(), _database_cpu()
    for _ in range(times):
        do()
    return 1000 * (time.process_time() - here + _database_cpu() - there) / times


def _elapsed(do: Callable[[], Any]) -> float:
    start = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - start)


def _database_cpu() -> float:
    """Seconds that PostgreSQL's process for this connection has worked; SQLite works in ours."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        with open(f"/proc/{pid}/stat") as stat:
            ticks = stat.read().rsplit(")", 1)[1].split()[11:13]
    except OSError:
        return 0.0
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
