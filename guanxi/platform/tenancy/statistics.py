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
        _say_how_much_a_workspace_has(cursor)
    return True


def _say_how_much_a_workspace_has(cursor: Any) -> None:
    """Who looks at a thousand entries of an index that begins with the workspace takes it for a small one.

    Then it seems cheap to sort all that a workspace has, and a list that could be walked takes 120 ms.
    """
    cursor.execute("SELECT count(*) FROM tenancy_workspace")
    workspaces = max(cursor.fetchone()[0], 1)
    cursor.execute(
        "SELECT s.idx, s.stat FROM sqlite_stat1 s, pragma_index_info(s.idx) i"
        " WHERE i.seqno = 0 AND i.name = 'workspace_id'"
    )
    for index, stat in cursor.fetchall():
        rows, each, *rest = stat.split(" ")
        each = max(int(each), int(rows) // workspaces)
        cursor.execute(
            "UPDATE sqlite_stat1 SET stat = %s WHERE idx = %s", [f"{rows} {each} {' '.join(rest)}", index]
        )
    cursor.execute("ANALYZE sqlite_schema")  # what this connection knows is read again
