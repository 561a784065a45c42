"""Shares as the access rule needs them: nothing at all for who holds none, else a condition in SQL.

Who holds shares of what is kept in memory under the workspace's `shares_version`, which comes with the actor.
It is renewed when somebody gets their first share of an object, not with each share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db import connection
from django.utils import timezone

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.transactions import reading

READING = ("see", "export")
WRITING = ("edit",)
_MOST_KEPT = 1_000

Holders = Mapping[str, Mapping[int, bool]]  # object → grantee → whether a rule fills it
_kept: dict[int, tuple[int, Holders]] = {}


def shared_rows(object_name: str, actor: Actor, *, access: str = "see", column: str = "r.id") -> Sql | None:
    """The condition that a record is shared with the actor; None where no share can say so.

    Few shares are looked up first, so that they can lead to the rows; of many, each row is asked for.
    A share never lets anybody delete.
    """
    grantees = _grantees(object_name, actor, access)
    if not grantees:
        return None
    marks = ", ".join(["%s"] * len(grantees))
    writes = " AND s.writes" if access in WRITING else ""
    shares = (
        "FROM records_share s WHERE s.workspace_id = %s AND s.object = %s"
        f" AND s.grantee_id IN ({marks}){writes} AND (s.until IS NULL OR s.until > %s)"
    )
    params = (actor.workspace_id, object_name, *grantees, timezone.now())
    if any(grantees.values()):
        return Sql(f"EXISTS (SELECT 1 {shares} AND s.record_id = {column})", params)
    if connection.vendor == "postgresql":
        return Sql(f"{column} = ANY (ARRAY(SELECT s.record_id {shares}))", params)
    return Sql(f"{column} IN (SELECT s.record_id {shares})", params)


def shared_ids(obj: Object, ids: Collection[int], actor: Actor, *, access: str = "see") -> set[int]:
    """Which of these records are shared with the actor; costs no query for who holds no share."""
    grantees = _grantees(obj.name, actor, access) if ids else {}
    if not grantees:
        return set()
    some, held = ", ".join(["%s"] * len(ids)), ", ".join(["%s"] * len(grantees))
    writes = " AND s.writes" if access in WRITING else ""
    rows = fetch(
        "SELECT s.record_id FROM records_share s WHERE s.workspace_id = %s AND s.object = %s"
        f" AND s.record_id IN ({some}) AND s.grantee_id IN ({held}){writes}"
        " AND (s.until IS NULL OR s.until > %s)",
        (actor.workspace_id, obj.name, *ids, *grantees, timezone.now()),
    )
    return {row[0] for row in rows}


def _grantees(object_name: str, actor: Actor, access: str) -> dict[int, bool]:
    """As whom the actor holds shares of the object: the member, the teams above, the role."""
    if not actor.shares_version or actor.member_id is None or access not in (*READING, *WRITING):
        return {}
    holders = _holders(actor).get(object_name)
    if not holders:
        return {}
    standing = (actor.member_id, *actor.above_ids, actor.role_id)
    return {one: holders[one] for one in standing if one is not None and one in holders}


def _holders(actor: Actor) -> Holders:
    known = _kept.get(actor.workspace_id)
    if known is None or known[0] != actor.shares_version:
        with reading():
            rows = fetch(
                "SELECT object, grantee_id, wide FROM records_share_holder WHERE workspace_id = %s",
                (actor.workspace_id,),
            )
        found: dict[str, dict[int, bool]] = defaultdict(dict)
        for name, grantee_id, wide in rows:
            found[name][grantee_id] = bool(wide)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        known = _kept[actor.workspace_id] = (actor.shares_version, dict(found))
    return known[1]
