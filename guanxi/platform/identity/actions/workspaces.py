"""Founding a workspace, and changing its settings."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Member, Role, Team, User
from guanxi.platform.identity.permissions import SYSTEM_ROLES
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace

_TAKEN = {"new"}  # /workspaces/new/
_SETTINGS = ("name", "language", "timezone", "country", "currency", "delta", "size", "fiscal_month")


def found_workspace(*, name: str, founder: User, slug: str = "", **settings: str) -> Member:
    """A new workspace with the system roles, one team named after it, and its founder as administrator.

    `settings` are columns of Workspace: language, timezone, country, currency, delta, size. Hearers of
    "workspace.founded" add what their rooms need (pipelines, views). Raises ValidationError for a slug
    that is taken.
    """
    slug = slug or free_slug(name)
    workspace = Workspace(name=name.strip(), slug=slug, **settings)
    workspace.full_clean()
    with in_workspace(workspace.pk), transaction.atomic():
        workspace.save(force_insert=True)
        roles = create_system_roles()
        team = Team(name=workspace.name[:100])
        team.path = f"/{team.pk}/"
        team.save(force_insert=True)
        member = Member(workspace=workspace, user=founder, team=team, role=roles["administrator"])
        member.save(force_insert=True)
        tell(Change("workspace", "founded", workspace.pk, workspace.name, actor_for(member)))
    return member


def create_system_roles() -> dict[str, Role]:
    """The roles that Guanxi brings, in the chosen workspace, by their system name."""
    roles = {}
    for system, template in SYSTEM_ROLES.items():
        grants = dict(template.grants)
        role = Role(system=system, grants=grants, administers=template.administers)
        role.shipped = grants
        role.save(force_insert=True)
        roles[system] = role
    return roles


def free_slug(name: str) -> str:
    """An address for a workspace of that name that no other one has."""
    stem = slugify(name)[:50] or "workspace"
    slug, number = stem, 1
    while slug in _TAKEN or Workspace.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{stem}-{number}"
    return slug


def change_workspace(*, workspace: Workspace, by: Actor, **values: Any) -> None:
    """Change settings of the workspace (name, language, timezone, country, currency, delta, size,
    fiscal_month).

    Raises PermissionDenied for those who don't administer it, ValidationError for values it can't have.
    """
    if not by.administers or by.workspace_id != workspace.pk:
        raise PermissionDenied
    unknown = set(values) - set(_SETTINGS)
    if unknown:
        raise ValidationError(_("Unknown settings: %(names)s") % {"names": ", ".join(sorted(unknown))})
    changes = {
        name: [getattr(workspace, name), value]
        for name, value in values.items()
        if getattr(workspace, name) != value
    }
    if not changes:
        return
    for name, (_old, new) in changes.items():
        setattr(workspace, name, new)
    workspace.full_clean()
    with transaction.atomic():
        workspace.save(update_fields=list(changes))
        tell(Change("workspace", "changed", workspace.pk, workspace.name, by, changes))


def new_teams_version(workspace_id: int) -> None:
    """Make every process read the tree again. Locks the workspace's row: changes of the tree wait in line."""
    Workspace.objects.filter(pk=workspace_id).update(teams_version=new_key())


def installer(workspace_id: int) -> Actor:
    """Who acts where nobody is signed in yet: commands and the first set-up."""
    return system_actor(workspace_id, "Guanxi")
