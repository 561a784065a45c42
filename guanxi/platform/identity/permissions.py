"""What can be granted, and what the roles of a new workspace grant.

Rooms above register their objects here, so that the grid of a role can list them; identity itself never
knows what a contact is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.numbers import comma_list, read_whole
from guanxi.platform.identity.actors import ACCESSES, FIELD_RIGHTS, NO_GRANT, Actor, Grant, Grants, Reach

if TYPE_CHECKING:
    from guanxi.platform.identity.models import Role

# ── Objects and their verbs ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PermissionField:
    """A field of an object, and which of FIELD_RIGHTS a role can give for it."""

    name: str
    label: str
    rights: tuple[str, ...] = FIELD_RIGHTS


def _no_fields() -> list[PermissionField]:
    return []


@dataclass(frozen=True, slots=True)
class PermissionObject:
    """One row of a role's grid; `verbs` maps a verb's name to its label, `fields` tells its fields."""

    name: str
    label: L
    verbs: Mapping[str, L]
    fields: Callable[[], list[PermissionField]] = _no_fields


_objects: dict[str, PermissionObject] = {}


def register_object(
    name: str,
    label: L,
    verbs: Mapping[str, L],
    fields: Callable[[], list[PermissionField]] = _no_fields,
) -> None:
    """Make an object grantable; registering a name again replaces it."""
    _objects[name] = PermissionObject(name, label, dict(verbs), fields)


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

REACHES = {reach.name.lower(): reach for reach in Reach if reach != Reach.CHOSEN}
"""Reaches by the names under which they are kept; chosen teams are kept as the list of their ids."""


def validate_grants(grants: Any) -> None:
    """Raises ValidationError unless `grants` is {object: {"verbs": [...], "see": reach, "edit": reach, …}}.

    "delete" and "export" may be missing: they go as far as "edit" and "see" then.
    """
    if not isinstance(grants, dict):
        raise ValidationError(_("Grants are a mapping of objects."))
    for name, grant in grants.items():
        if not isinstance(name, str) or not name:
            raise ValidationError(_("Every grant names an object."))
        if not isinstance(grant, dict) or set(grant) - {"verbs", "fields", *ACCESSES}:
            raise ValidationError(_("The grant for %(object)s has unknown parts.") % {"object": name})
        verbs = grant.get("verbs", [])
        if not isinstance(verbs, list) or not all(isinstance(verb, str) and verb for verb in verbs):
            raise ValidationError(_("The verbs for %(object)s are a list of names.") % {"object": name})
        _validate_reaches(name, grant)
        _validate_fields(name, grant.get("fields", {}))


def _validate_reaches(name: str, grant: Mapping[str, Any]) -> None:
    if any(_read_reach(grant[access]) is None for access in ACCESSES if access in grant):
        raise ValidationError(_("The reach for %(object)s is unknown.") % {"object": name})
    parsed = _parse_grant(grant)
    for access in ("edit", "delete", "export"):
        if not _within(parsed, access, parsed, "see"):
            raise ValidationError(_("%(object)s: nobody can edit what they don't see.") % {"object": name})


def _validate_fields(name: str, fields: Any) -> None:
    if not isinstance(fields, dict) or not all(isinstance(one, str) and one for one in fields):
        raise ValidationError(_("The fields of %(object)s are a mapping of names.") % {"object": name})
    if fields and name == "*":
        raise ValidationError(_("Rights of fields belong to one object."))
    if unknown := set(map(str, fields.values())) - set(FIELD_RIGHTS):
        words = {"right": sorted(unknown)[0][:40], "known": comma_list(FIELD_RIGHTS)}
        raise ValidationError(_("There is no right “%(right)s” for a field: %(known)s.") % words)


def _read_reach(kept: Any) -> tuple[Reach, tuple[int, ...]] | None:
    """A reach as it is kept, with the teams of one that names them; None for what is neither."""
    if isinstance(kept, str):
        found = REACHES.get(kept)
        return None if found is None else (found, ())
    if not isinstance(kept, list) or not all(_is_key(one) for one in kept):
        return None
    return Reach.CHOSEN, tuple(sorted({int(one) for one in kept}))


def _is_key(text: Any) -> bool:
    return isinstance(text, str) and read_whole(text) is not None


def parse_grants(grants: Mapping[str, Mapping[str, Any]]) -> Grants:
    """What is kept in Role.grants, as the Actor reads it.

    A grant of nothing but rights of fields has its verbs and reaches from the general one.
    """
    general = grants.get("*", {})
    return Grants(
        {
            name: _parse_grant({**general, **grant} if set(grant) == {"fields"} else grant)
            for name, grant in grants.items()
        }
    )


def _parse_grant(grant: Mapping[str, Any]) -> Grant:
    reaches: dict[str, Reach] = {}
    teams: dict[str, tuple[int, ...]] = {}
    for access in ACCESSES:
        if access in grant and (read := _read_reach(grant[access])) is not None:
            reaches[access] = read[0]
            if read[0] == Reach.CHOSEN:
                teams[access] = read[1]
    fields = {name: right for name, right in grant.get("fields", {}).items() if right != "edit"}
    return Grant(verbs=frozenset(grant.get("verbs", ())), teams=teams, fields=fields, **reaches)


_parsed: dict[tuple[int, int], Grants] = {}
_PARSED_MAX = 2_000


def grants_of(role: Role) -> Grants:
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
    if not all(_within(given, access, own, access) for access in ACCESSES):
        return False
    least = FIELD_RIGHTS.index
    if any(least(given.fields.get(name, "edit")) < least(right) for name, right in own.fields.items()):
        return False
    if "*" not in given.verbs:
        return all(own.allows(verb) for verb in given.verbs)
    withheld = {verb for verb in own.verbs if verb.startswith("-")}
    return "*" in own.verbs and withheld <= given.verbs


def _within(grant: Grant, access: str, other: Grant, wider: str) -> bool:
    """Whether an access of one grant goes no further than that of the other, wherever their holder stands.

    Chosen teams and the own team can't be compared before it is known whose team that is: within one role,
    what is done is bounded by what is seen anyway, and nobody hands on the one for the other.
    """
    reach, most = grant.reach(access), other.reach(wider)
    if reach == most == Reach.CHOSEN:
        return set(grant.teams_of(access)) <= set(other.teams_of(wider))
    if most == Reach.CHOSEN and grant is not other and reach > Reach.OWN:
        return False
    return reach <= most


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
            "feed": {"verbs": ["*"], "see": "all", "edit": "all"},
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
            "feed": _SEE_ALL,
            "target": {"verbs": [], "see": "team", "edit": "none"},
            "commission": {"verbs": [], "see": "own", "edit": "none"},
            "work_report": {"verbs": ["*", "-delete", "-export", "-import"], "see": "own", "edit": "own"},
            "member": _SEE_ALL,
        },
    ),
    "reader": SystemRole(
        L("Read only", "只读", "唯讀"),
        L("Sees all records and changes none.", "看得到所有记录，不能改。", "可檢視所有記錄，不能編輯。"),
        {"*": _SEE_ALL, "work_report": {"verbs": [], "see": "none", "edit": "none"}},
    ),
}


def renewed_grants(
    kept: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any], own: Collection[str] = ()
) -> dict[str, Any]:
    """The grants of a role of Guanxi's after a release that ships others.

    kept   as the workspace has them; was and now are what the last and this release ship
    own    objects whose grant the workspace has decided on
    What the workspace has changed, and what is in `own`, stays. Where that is the general row, what has no
    row of its own yet gets one only if it grants nothing that the general one does not.
    """
    found = dict(kept)
    general = parse_grants(kept).get("*", NO_GRANT)
    decided = "*" in own or ("*" in was and kept.get("*") != was["*"])
    shipped = parse_grants(now)
    for name in {*was, *now} - set(own):
        if kept.get(name) != was.get(name):
            continue
        if decided and name not in kept and not _grant_covers(general, shipped[name]):
            continue
        found.pop(name, None)
        if name in now:
            found[name] = now[name]
    return found
