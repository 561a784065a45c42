"""Roles in the file of shapes: what each grants for which object, teams by their names.

    [roles.presales]
    name = "Presales"

    [roles.presales.grants.deal]
    verbs = ["change"]
    see = "team"
    edit = "own"

The key of a role that Guanxi brings is its word ("sales"), of another its name. The administrators' role
grants everything and stands in no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from guanxi.platform.identity.actions.roles import add_role, change_role, remove_role
from guanxi.platform.identity.actors import ACCESSES, Actor
from guanxi.platform.identity.models import Role, Team
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused

Values = Mapping[str, Any]


def roles_as_text() -> dict[str, dict[str, Any]]:
    """{key: {"name", "grants"}} of every role that can be changed."""
    teams = dict(Team.objects.values_list("pk", "name"))
    return {
        _key(role): {
            **({"name": role.name} if role.name else {}),
            "grants": _each_reach(role.grants, lambda one: teams.get(int(one), str(one))),
        }
        for role in Role.objects.order_by("pk")
        if not role.is_locked
    }


def set_role_as_text(key: str, values: Values | None, by: Actor) -> None:
    """One role of a file; None takes it away. Raises Refused, and InvalidValues that names the role."""
    role = next((one for one in Role.objects.order_by("pk") if _key(one) == key), None)
    try:
        if values is None:
            if role is not None:
                remove_role(role=role, by=by)
            return
        grants = _each_reach(values.get("grants") or {}, _team_of)
        if role is None:
            add_role(name=str(values.get("name") or key), grants=grants, by=by)
        else:
            change_role(role=role, name=values.get("name"), grants=grants, by=by)
    except ValidationError as problem:
        raise InvalidValues({f"roles.{key}": [FieldError("role", " ".join(problem.messages))]}) from problem
    except PermissionDenied as problem:
        raise Refused(str(problem) or "role.change") from problem


def check_roles(roles: Any) -> None:
    """Raises FieldError for what is no table of roles."""
    fair = isinstance(roles, dict) and all(
        isinstance(one, dict)
        and set(one) <= {"name", "grants"}
        and isinstance(one.get("name", ""), str)
        and isinstance(one.get("grants", {}), dict)
        and all(isinstance(grant, dict) for grant in one.get("grants", {}).values())
        for one in roles.values()
    )
    if not fair:
        raise FieldError("file", _("A role has a name and grants."))


def _key(role: Role) -> str:
    return role.system or role.name


def _each_reach(grants: Values, of: Callable[[Any], Any]) -> dict[str, Any]:
    """The grants with every team that an access names put through a function."""
    return {
        name: {
            part: [of(one) for one in value] if part in ACCESSES and isinstance(value, list) else value
            for part, value in grant.items()
        }
        for name, grant in grants.items()
    }


def _team_of(name: Any) -> str:
    found = list(Team.objects.filter(name=str(name)).values_list("pk", flat=True)[:2])
    if len(found) != 1:
        raise ValidationError(_("There is no one team called “%(name)s”.") % {"name": str(name)[:60]})
    return str(found[0])
