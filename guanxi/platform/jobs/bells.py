"""Bells: "there is something to do now", rung after a commit.

A bell only saves waiting. Whoever listens also looks by itself from time to time, so a lost
ring costs a second and never a fact or a job.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref

import psycopg
from django.db import connection, transaction

WORK = "guanxi_work"  # facts to stamp or deliver, jobs to run
FACTS = "guanxi_facts"  # facts were stamped: screens may be out of date

_POLL = 0.2  # seconds between looks at SQLite's change counter
_log = logging.getLogger(__name__)
_listeners: weakref.WeakSet[Listener] = weakref.WeakSet()


def ring_after_commit(bell: str) -> None:
    """Ring once the caller's transaction is committed; once, however often it is asked for."""
    ring = _ring_work if bell == WORK else _ring_facts
    pending = connection.run_on_commit
    if not any(entry[1] is ring for entry in pending[-2:]):
        transaction.on_commit(ring, robust=True)


class Listener:
    """Waits for bells. Owns a database connection of its own: close it, or use `with`.

    PostgreSQL: LISTEN on a direct connection; through a pooler in transaction mode rings do not
    arrive and only the timeouts are left. SQLite: five looks a second at `PRAGMA data_version`, a counter
    in shared memory, which costs microseconds and says that *somebody* wrote.
    """

    def __init__(self, *bells: str) -> None:
        self._bells = bells
        self._rung = threading.Event()
        self._postgres: psycopg.Connection | None = None
        self._seen: int | None = None
        self._closed = False
        _listeners.add(self)

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def wait(self, timeout: float) -> bool:
        """Whether a bell rang within `timeout` seconds."""
        if connection.vendor == "postgresql":
            return self._wait_postgres(timeout)
        return self._wait_sqlite(timeout)

    def wake(self) -> None:
        """Ring for this listener alone, from another thread; PostgreSQL's hears it within half a second."""
        self._rung.set()

    def close(self) -> None:
        self._closed = True
        if self._postgres is not None:
            self._postgres.close()
            self._postgres = None

    def _wait_postgres(self, timeout: float) -> bool:
        end = time.monotonic() + timeout
        try:
            if self._postgres is None:
                self._postgres = _listen(self._bells)
                return True  # whatever happened while nobody listened
            while not self._rung.is_set() and (left := end - time.monotonic()) > 0:
                if list(self._postgres.notifies(timeout=min(left, 0.5), stop_after=1)):
                    # A burst is one ring: take what has arrived without waiting for more.
                    list(self._postgres.notifies(timeout=0))
                    return True
        except psycopg.Error as error:
            _log.warning("lost the connection that listens for bells: %s", error)
            if self._postgres is not None:
                self._postgres.close()
            self._postgres = None
            self._rung.wait(min(1.0, max(0.0, end - time.monotonic())))
        return self._take()

    def _wait_sqlite(self, timeout: float) -> bool:
        end = time.monotonic() + timeout
        while True:
            if self._take() or self._changed():
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            self._rung.wait(min(left, _POLL))

    def _changed(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            (version,) = cursor.fetchone()
        changed: bool = version != self._seen
        self._seen = version
        return changed

    def _take(self) -> bool:
        rung = self._rung.is_set()
        self._rung.clear()
        return rung


def _listen(bells: tuple[str, ...]) -> psycopg.Connection:
    params = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(ours, None)
    listening = psycopg.connect(**params, autocommit=True)
    for bell in bells:
        listening.execute(f"LISTEN {bell}".encode())
    return listening


def _ring_work() -> None:
    _ring(WORK)


def _ring_facts() -> None:
    _ring(FACTS)


def _ring(bell: str) -> None:
    if connection.vendor == "postgresql":
        # After the commit and not in the transaction: NOTIFY holds a lock of the whole cluster
        # while it commits, which would make all writers wait for each other's disk.
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {bell}")
        return
    for listener in list(_listeners):
        if bell in listener._bells:
            listener.wake()
