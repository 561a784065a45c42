"""A release that knows new objects grants them to the roles that it ships, in every workspace."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actions.workspaces import installer
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.permissions import SYSTEM_ROLES, renewed_grants
from guanxi.platform.tenancy.context import everywhere, in_workspace, require_workspace_id
from guanxi.platform.tenancy.transactions import reading


def renew_after_migrating(using: str, **_signal: Any) -> None:
    """Handler of post_migrate: every workspace whose roles are those of an older release."""
    database = connections[using]
    with database.cursor() as cursor:
        if Role._meta.db_table not in database.introspection.table_names(cursor):
            return
        columns = database.introspection.get_table_description(cursor, Role._meta.db_table)
    if "shipped" not in {one.name for one in columns}:
        return  # on the way back to an older release
    with everywhere("roles of all workspaces after a release"), reading():
        rows = list(Role.objects.exclude(system="").values_list("workspace_id", "system", "shipped"))
    for workspace_id in sorted({one for one, system, shipped in rows if shipped != _shipped(system)}):
        with in_workspace(workspace_id), transaction.atomic():
            renew_roles()


def renew_roles() -> int:
    """Grant the chosen workspace's shipped roles what they ship now; returns how many of them changed.

    What somebody there has changed stays as they said. A role from before this was noted has its history
    asked instead: what a member ever changed of it is the workspace's own.
    """
    by, done = installer(require_workspace_id()), 0
    for role in Role.objects.select_for_update().exclude(system="").order_by("pk"):
        now = _shipped(role.system)
        if role.shipped == now or now is None:
            continue
        own = _changed_by_hand(role.pk) if role.shipped is None else set()
        before = role.grants
        role.grants = renewed_grants(before, role.shipped or {}, now, own)
        role.shipped = now
        role.save(update_fields=["grants", "shipped"])
        if role.grants != before:
            tell(Change("role", "changed", role.pk, role.label, by, {"grants": [before, role.grants]}))
            done += 1
    return done


def _shipped(system: str) -> dict[str, Any] | None:
    template = SYSTEM_ROLES.get(system)
    return None if template is None else {name: dict(grant) for name, grant in template.grants.items()}


def _changed_by_hand(role_id: int) -> set[str]:
    """The objects whose grant a member has changed, or taken away."""
    found: set[str] = set()
    for fact in facts_of("role", role_id).exclude(actor_kind="system"):
        before, after = (one or {} for one in fact.changes.get("grants") or [{}, {}])
        found |= {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return found
