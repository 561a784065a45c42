"""Roles: adding, changing and removing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.permissions import covers, parse_grants, validate_grants

Grants = Mapping[str, Mapping[str, Any]]


def add_role(*, name: str, grants: Grants, by: Actor) -> Role:
    """A role of the workspace's own. Raises ValidationError for a name that is taken or malformed grants."""
    _require_may(by, grants)
    role = Role(name=_clean_name(name), grants=dict(grants))
    with transaction.atomic():
        _save(role)
        tell(Change("role", "created", role.pk, role.label, by))
    return role


def change_role(*, role: Role, by: Actor, name: str | None = None, grants: Grants | None = None) -> None:
    """Change name or grants; members feel it with their next request.

    Raises PermissionDenied for the administrator's role, ValidationError as add_role does.
    """
    _require_may(by, grants or {})
    if role.is_locked:
        raise PermissionDenied(_("The administrator's role can't be changed."))
    changes: dict[str, list[Any]] = {}
    if name is not None and (name.strip() or not role.system) and name.strip() != role.name:
        changes["name"] = [role.name, _clean_name(name)]
        role.name = _clean_name(name)
    if grants is not None and grants != role.grants:
        changes["grants"] = [role.grants, dict(grants)]
        role.grants = dict(grants)
    if not changes:
        return
    with transaction.atomic():
        _save(role)
        tell(Change("role", "changed", role.pk, role.label, by, changes))


def remove_role(*, role: Role, by: Actor) -> None:
    """Raises ValidationError while somebody has it or left with it, PermissionDenied for system roles."""
    _require_may(by, {})
    if role.system:
        raise PermissionDenied(_("Guanxi's own roles stay."))
    with transaction.atomic():
        if role.members.exists():
            raise ValidationError(_("Somebody still has this role. Give them another one first."))
        role_id = role.pk
        role.delete()
        tell(Change("role", "removed", role_id, role.label, by))


def _require_may(by: Actor, grants: Grants) -> None:
    if not by.administers:
        raise PermissionDenied
    validate_grants(dict(grants))
    if not covers(by, parse_grants(grants)):
        raise PermissionDenied(_("You can't give more than you have yourself."))


def _clean_name(name: str) -> str:
    if not (name := " ".join(name.split())):
        raise ValidationError(_("A role needs a name."))
    if len(name) > 100:
        raise ValidationError(_("A role's name has at most 100 characters."))
    return name


def _save(role: Role) -> None:
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError:
        raise ValidationError(_("There is already a role “%(name)s”.") % {"name": role.name}) from None
