"""SQLite, the embedded default. It has no row-level security: there the managers are the lock."""

from __future__ import annotations

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    pass
