"""Transactions that are there for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.db import connection, transaction


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
