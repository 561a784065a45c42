"""What can be granted, and what the roles of a new workspace grant.

Rooms above register their objects here, so that the grid of a role can list them; identity itself never
knows what a contact is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import Actor, Grant, Reach

if TYPE_CHECKING:
    from guanxi.platform.identity.models import Role

# ── Objects and their verbs ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PermissionObject:
    """One row of a role's grid; `verbs` maps a verb's name to its label."""

    name: str
    label: L
    verbs: Mapping[str, L]


_objects: dict[str, PermissionObject] = {}


def register_object(name: str, label: L, verbs: Mapping[str, L]) -> None:
    """Make an object grantable; registering a name again replaces it."""
    _objects[name] = PermissionObject(name, label, dict(verbs))


Offer = Callable[[], Iterable[PermissionObject]]
_offers: list[Offer] = []


def offer_objects(offer: Offer) -> Offer:
    """Register who knows of objects that only the chosen workspace has."""
    _offers.append(offer)
    return offer


def permission_objects() -> list[PermissionObject]:
    """Every grantable object of the chosen workspace, in the order of registration."""
    return [*_objects.values(), *(one for offer in _offers for one in offer())]


# ── Grants as they are kept ──────────────────────────────────────────────────────────────────────────────

REACHES = {reach.name.lower(): reach for reach in Reach}


def validate_grants(grants: Any) -> None:
    """Raises ValidationError unless `grants` is {object: {"verbs": [...], "see": reach, "edit": reach}}."""
    if not isinstance(grants, dict):
        raise ValidationError(_("Grants are a mapping of objects."))
    for name, grant in grants.items():
        if not isinstance(name, str) or not name:
            raise ValidationError(_("Every grant names an object."))
        if not isinstance(grant, dict) or set(grant) - {"verbs", "see", "edit"}:
            raise ValidationError(_("The grant for %(object)s has unknown parts.") % {"object": name})
        verbs = grant.get("verbs", [])
        if not isinstance(verbs, list) or not all(isinstance(verb, str) and verb for verb in verbs):
            raise ValidationError(_("The verbs for %(object)s are a list of names.") % {"object": name})
        see, edit = grant.get("see", "none"), grant.get("edit", "none")
        if see not in REACHES or edit not in REACHES:
            raise ValidationError(_("The reach for %(object)s is unknown.") % {"object": name})
        if REACHES[edit] > REACHES[see]:
            raise ValidationError(_("%(object)s: nobody can edit what they don't see.") % {"object": name})


def parse_grants(grants: Mapping[str, Mapping[str, Any]]) -> dict[str, Grant]:
    """What is kept in Role.grants, as the Actor reads it."""
    return {
        name: Grant(
            verbs=frozenset(grant.get("verbs", ())),
            see=REACHES[grant.get("see", "none")],
            edit=REACHES[grant.get("edit", "none")],
        )
        for name, grant in grants.items()
    }


_parsed: dict[tuple[int, int], dict[str, Grant]] = {}
_PARSED_MAX = 2_000


def grants_of(role: Role) -> dict[str, Grant]:
    """The grants of a role, parsed once for each version of it."""
    key = (role.pk, role.version)
    found = _parsed.get(key)
    if found is None:
        if len(_parsed) >= _PARSED_MAX:
            _parsed.clear()
        found = _parsed[key] = parse_grants(role.grants)
    return found


# ── Handing on ───────────────────────────────────────────────────────────────────────────────────────────


def covers(by: Actor, grants: Mapping[str, Grant], *, administers: bool = False) -> bool:
    """Whether all of `grants` is something that `by` may do too: nobody hands on more than they have."""
    if by.administers and by.scopes is None:
        return True
    if administers:
        return False
    return all(_grant_covers(by.grant(name), grant) for name, grant in _spread(by, grants))


def _spread(by: Actor, grants: Mapping[str, Grant]) -> Iterable[tuple[str, Grant]]:
    """Each object either side names: "*" hands on what the giver may have narrowed for a single object."""
    yield from grants.items()
    if (general := grants.get("*")) is not None:
        yield from ((name, general) for name in by.grants if name not in grants)


def _grant_covers(own: Grant, given: Grant) -> bool:
    if given.see > own.see or given.edit > own.edit:
        return False
    if "*" not in given.verbs:
        return all(own.allows(verb) for verb in given.verbs)
    withheld = {verb for verb in own.verbs if verb.startswith("-")}
    return "*" in own.verbs and withheld <= given.verbs


# ── Roles of a new workspace ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SystemRole:
    """A role that Guanxi brings: its name and a note in three languages, and what it grants."""

    label: L
    note: L
    grants: Mapping[str, Mapping[str, Any]]
    administers: bool = False


_SEE_ALL = {"verbs": [], "see": "all", "edit": "none"}

SYSTEM_ROLES: dict[str, SystemRole] = {
    "administrator": SystemRole(
        L("Administrator", "管理员", "管理員"),
        L(
            "Everything, with members, roles and settings.",
            "全部权限，包括成员、角色和设置。",
            "全部權限，包括成員、角色和設定。",
        ),
        {"*": {"verbs": ["*"], "see": "all", "edit": "all"}},
        administers=True,
    ),
    "manager": SystemRole(
        L("Manager", "主管", "主管"),
        L(
            "The records of the own team and the teams below it. Invites people there.",
            "本团队和下级团队的记录，可邀请成员加入。",
            "所屬團隊和下級團隊的記錄，可邀請成員加入。",
        ),
        {
            "*": {"verbs": ["*"], "see": "team_below", "edit": "team_below"},
            "product": {"verbs": ["*"], "see": "all", "edit": "all"},
            "member": {"verbs": ["invite", "change"], "see": "all", "edit": "team_below"},
        },
    ),
    "member": SystemRole(
        L("Sales", "销售", "業務"),
        L(
            "Sees the records of the own team, edits the own ones.",
            "看本团队的记录，改自己的记录。",
            "檢視所屬團隊的記錄，編輯自己的記錄。",
        ),
        {
            "*": {"verbs": ["*", "-delete", "-export", "-import"], "see": "team", "edit": "own"},
            "product": _SEE_ALL,
            "member": _SEE_ALL,
        },
    ),
    "reader": SystemRole(
        L("Read only", "只读", "唯讀"),
        L("Sees all records and changes none.", "看得到所有记录，不能改。", "可檢視所有記錄，不能編輯。"),
        {"*": _SEE_ALL},
    ),
}
