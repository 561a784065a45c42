"""What the database knows about its tables, by which it chooses between indexes.

PostgreSQL looks by itself. SQLite does when it is told: without, it takes an index that is new or has grown
for a bad one, and walks a whole table instead.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

ROWS_LOOKED_AT = 1_000  # of each index: enough to choose by, and done in milliseconds


def refresh_statistics(**_signal: Any) -> bool:
    """Look at the tables again; whether there was anything to do. Also the handler of post_migrate."""
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
    return True
