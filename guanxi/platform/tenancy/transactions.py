"""Transactions that are there for reading."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.db import connection, transaction


def reading() -> AbstractContextManager[object]:
    """Surround reads that are outside of any transaction, in jobs and in the machinery.

    PostgreSQL shows a workspace's rows only inside a transaction, because that is where it is told the
    workspace. On SQLite every transaction takes the one write lock, and a read alone needs none.
    """
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()
