"""PostgreSQL's own lock under the managers: a table of a workspace shows no row without one.

The policy reads the transaction-local setting `guanxi.workspace`, which the database backend
sets before the first statement of each transaction (a session setting would leak through a
transaction pooler). FORCE makes it hold for the table's owner too; only a superuser passes,
and `guanxi doctor` refuses to run as one.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from guanxi.platform.tenancy.models import Workspace

SETTING = "guanxi.workspace"
POLICY = "guanxi_workspace"


def workspace_tables() -> list[str]:
    """Tables whose rows belong to workspaces: all with a `workspace`, whatever class they derive from."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and any(
            field.column == "workspace_id" and field.related_model is Workspace
            for field in model._meta.local_concrete_fields
        )
    )


def lock_tables(connection: BaseDatabaseWrapper) -> None:
    """Put the policy on every such table that exists; does nothing on SQLite, and nothing twice."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = %s", [POLICY])
        locked = {row[0] for row in cursor.fetchall()}
        for table in workspace_tables():
            if table not in existing or table in locked:
                continue
            name = connection.ops.quote_name(table)
            # The sub-selects make PostgreSQL read the setting once a query, not once a row.
            cursor.execute(
                f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"
                f"CREATE POLICY {POLICY} ON {name} USING ("
                " workspace_id ="
                f" (SELECT NULLIF(NULLIF(current_setting('{SETTING}', true), ''), '*')::bigint)"
                f" OR (SELECT current_setting('{SETTING}', true)) = '*')"
            )


def lock_after_migrating(sender: Any, using: str, **kwargs: Any) -> None:
    """Signal handler of post_migrate: a new table can't be forgotten."""
    lock_tables(connections[using])
