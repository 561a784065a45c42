"""Answers that were given already. A dashboard that stands open, a cube that is sorted another way, ten
members of one role: each asks again what was asked before, of files that have not changed since.

What makes an answer are the statement, the views under it (they name the files, which never change, and hold
the rights of whoever asks) and the small tables that were laid beside them. All of it together is the key, so
nothing has to be forgotten: a new file, a right that was taken back, a share that ended make another key.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any

from guanxi.analytics.warehouse import engine

if TYPE_CHECKING:
    import duckdb

    from guanxi.analytics.warehouse.distributed import Cluster, Found

MOST_VALUES = 400_000  # of all answers together, some 40 MB of a process

Rows = list[tuple[Any, ...]]


class Asking:
    """An engine for one question: what is laid down and made there becomes part of what is asked.

    name  which engine it is: another one is asked for itself
    """

    def __init__(self, asked: duckdb.DuckDBPyConnection | Cluster, name: str = "") -> None:
        self._engine = asked
        self.here = engine.answers_here(asked)
        self._made = blake2b(name.encode(), digest_size=16)

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection | Found:
        """One statement, whatever it is."""
        self._made.update(sql.encode())
        return self._engine.execute(sql)

    def lay_down(self, name: str, kinds: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """A table of this question, in place of one of that name."""
        listed = list(rows)
        self._made.update(repr((name, kinds, listed)).encode())
        engine.lay_down(self._engine, name, kinds, listed)

    def lay_beside(self, name: str, kinds: Mapping[str, str], source: str) -> None:
        """More rows for a table of this question, as SQL."""
        self._made.update(repr((name, kinds, source)).encode())
        engine.lay_beside(self._engine, name, kinds, source)

    def rows(self, sql: str) -> Rows:
        """What a SELECT finds; nobody changes it. Given from before where nothing has changed."""
        key = blake2b(sql.encode(), key=self._made.digest(), digest_size=16).digest()
        found = _given.get(key)
        if found is None:
            found = self._engine.execute(sql).fetchall()
            _given.keep(key, found)
        return found

    def close(self) -> None:
        """Let the engine go; the answers stay."""
        self._engine.close()


class Given:
    """The answers of this process, those that were asked for last; safe among threads."""

    def __init__(self, most: int) -> None:
        self._most, self._values = most, 0
        self._rows: OrderedDict[bytes, Rows] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes) -> Rows | None:
        """The rows of an answer; None for one that is not here."""
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def keep(self, key: bytes, rows: Rows) -> None:
        """Keep an answer, unless it is very large; those go that nobody has asked for longest."""
        size = _size(rows)
        with self._lock:
            if size > self._most // 4 or key in self._rows:
                return
            self._rows[key] = rows
            self._values += size
            while self._values > self._most:
                self._values -= _size(self._rows.popitem(last=False)[1])

    def forget(self) -> None:
        """All of them: to measure what an answer costs."""
        with self._lock:
            self._rows.clear()
            self._values = 0


def _size(rows: Rows) -> int:
    return len(rows) * len(rows[0]) + 1 if rows else 1


_given = Given(MOST_VALUES)
forget = _given.forget  # all answers of this process
