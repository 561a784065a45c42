"""Whether records are in the trash: for the few doors that also show what is archived."""

from __future__ import annotations

from typing import Any

from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.sql import fetch


def not_trashed(obj: Object, alias: str = "r") -> Sql:
    """The condition that rows meet which are not in the trash; asks nothing of rows that are not archived."""
    return Sql(
        f"({alias}.archived_at IS NULL OR NOT EXISTS (SELECT 1 FROM records_trashed trashed"
        f" WHERE trashed.workspace_id = {alias}.workspace_id AND trashed.object = %s"
        f" AND trashed.record_id = {alias}.id))",
        (obj.name,),
    )


def is_trashed(obj: Object, record: Any) -> bool:
    """The same for one row at hand: a query only for one that is archived."""
    if record.archived_at is None:
        return False
    found = fetch(
        "SELECT 1 FROM records_trashed WHERE workspace_id = %s AND object = %s AND record_id = %s",
        (record.workspace_id, obj.name, record.pk),
    )
    return bool(found)
