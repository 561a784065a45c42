"""Transactions that are there for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from django.db import connection, transaction

_floor: ContextVar[int] = ContextVar("guanxi_transaction_floor", default=-1)


class OutsideTransaction(RuntimeError):
    """Rows of a workspace were asked for outside of a transaction, where PostgreSQL shows none of them."""


@contextmanager
def as_if_outside() -> Iterator[None]:
    """What is called from a caller's transaction (a test's) and will have none: it is refused now what it
    would not see then."""
    token = _floor.set(len(connection.savepoint_ids) if connection.in_atomic_block else -1)
    try:
        yield
    finally:
        _floor.reset(token)


def is_outside(savepoints: int) -> bool:
    """Whether a transaction with so many savepoints is one that will not be there (`as_if_outside`)."""
    return savepoints <= _floor.get()


def reading() -> AbstractContextManager[object]:
    """Surround reads that are outside of any transaction, in jobs and in the machinery.

    PostgreSQL shows a workspace's rows only inside a transaction, because that is where it is told the
    workspace. On SQLite every transaction takes the one write lock, and a read alone needs none.
    """
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


@contextmanager
def one_moment() -> Iterator[None]:
    """Surround reads of many tables that must fit together: all see the database as it is at one moment.

    Nobody waits for it and it waits for nobody. Within another transaction it is that one's moment.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        connection.ensure_connection()
        connection.connection.isolation_level = _REPEATABLE_READ
        try:
            with transaction.atomic():
                yield
        finally:
            connection.connection.isolation_level = None
    else:
        # Django's own begins by taking the write lock.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")


_REPEATABLE_READ = 3  # psycopg.IsolationLevel, which an installation on SQLite need not load
