"""Members, teams and roles to whom a record can be opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.models import Member, Role, Team
from guanxi.platform.identity.queries import member_names, working_members
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.sharing.models import Grantee


@dataclass(frozen=True, slots=True)
class To:
    """One grantee; `str()` is how forms and the API write it: "member:812"."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def read_grantee(typed: str) -> To:
    """The grantee that a form or a program names; raises InvalidValues for one who is not there."""
    kind, _colon, key = typed.partition(":")
    number = read_whole(key)
    if kind in Grantee.values and number is not None:
        found = To(kind, number)
        if found in names_of([found], working=True):
            return found
    raise InvalidValues({"to": [FieldError("unknown_grantee", _("Choose a member, a team or a role."))]})


def names_of(grantees: Collection[To], *, working: bool = False) -> dict[To, str]:
    """What they are called; who is not there is left out, with `working` also members who left."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for one in grantees:
        wanted[one.kind].add(one.id)
    found: dict[To, str] = {}
    if ids := wanted[Grantee.MEMBER]:
        named = member_names(ids)
        found |= {To(Grantee.MEMBER, pk): ref.name for pk, ref in named.items() if not (working and ref.left)}
    if ids := wanted[Grantee.TEAM]:
        teams = Team.objects.filter(pk__in=ids)
        found |= {To(Grantee.TEAM, team.pk): team.name for team in teams}
    if ids := wanted[Grantee.ROLE]:
        roles = Role.objects.filter(pk__in=ids)
        found |= {To(Grantee.ROLE, role.pk): role.label for role in roles}
    return found


def grantee_options(*, besides: Collection[int] = ()) -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, [(value, name)]) for a select: members, teams, roles."""
    members = [(f"member:{ref.id}", ref.name) for ref in working_members() if ref.id not in besides]
    teams = [(f"team:{team.pk}", "— " * team.depth + team.name) for team in Team.objects.order_by("path")]
    roles = [(f"role:{role.pk}", role.label) for role in Role.objects.order_by("id")]
    return [(_("Members"), members), (_("Teams"), teams), (_("Roles"), roles)]


def members_of(to: To) -> list[int]:
    """Who is meant at this moment; of a team those who stand in it, not those below."""
    if to.kind == Grantee.MEMBER:
        return [to.id]
    working = Member.objects.filter(left_at=None, user__deactivated_at=None)
    chosen = working.filter(team_id=to.id) if to.kind == Grantee.TEAM else working.filter(role_id=to.id)
    return list(chosen.values_list("pk", flat=True))
