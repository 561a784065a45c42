"""Whom a step means: owner, manager, creator, admins, member:…, team:…, role:…"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Reach
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.identity.permissions import grants_of
from guanxi.platform.metadata.errors import FieldError

if TYPE_CHECKING:
    from guanxi.automation.workflows.running import Doing

FOLLOWERS = "followers"  # only who hears facts knows them: notifications


def members_meant(words: Sequence[str], doing: Doing) -> list[int]:
    """Ids of working members, each once, as they were named; raises FieldError for nobody at all."""
    found: list[int] = []
    for word in words:
        if word != FOLLOWERS:
            found += _members(word, doing)
    working = set(Member.objects.filter(pk__in=found, left_at=None).values_list("pk", flat=True))
    kept = [one for one in dict.fromkeys(found) if one in working]
    if not kept and FOLLOWERS not in words:
        said = _("There is nobody to turn to: %(words)s.") % {"words": ", ".join(words)}
        raise FieldError("people", said)
    return kept


def superiors_of(member_id: int | None) -> list[int]:
    """Who stands above a member, the nearest first: the heads of their team and of those above it.

    A team without a head is led by who has a role that reaches a whole team; above everybody stand those who
    administer the workspace.
    """
    member = Member.objects.select_related("team").filter(pk=member_id).first() if member_id else None
    path = [int(one) for one in member.team.path.split("/") if one] if member and member.team else []
    working = Member.objects.filter(left_at=None, user__deactivated_at=None).exclude(pk=member_id)
    heads = dict(Team.objects.filter(pk__in=path).values_list("pk", "head_id"))
    there = list(working.filter(team_id__in=path).select_related("role").order_by("joined_at", "id"))
    known = {one.pk for one in there} | set(
        working.filter(pk__in=[one for one in heads.values() if one]).values_list("pk", flat=True)
    )
    found: list[int] = []
    for team_id in reversed(path):
        head = heads.get(team_id)
        if head:
            found += [head] if head in known else []
            continue
        near = [one for one in there if one.team_id == team_id and _leads(one)]
        plain = [one for one in near if not one.role.administers]
        found += [one.pk for one in (plain or near)[:1]]
    if not found:
        admins = working.filter(role__administers=True).order_by("joined_at", "id")
        found = list(admins.values_list("pk", flat=True)[:1])
    return list(dict.fromkeys(found))


def manager_of(member_id: int | None) -> int | None:
    """Who leads a member: the nearest who stands above them; who has nobody above them answers themselves."""
    return next(iter(superiors_of(member_id)), member_id)


def _leads(member: Member) -> bool:
    if member.role.administers:
        return True
    return any(grant.edit >= Reach.TEAM for grant in grants_of(member.role).values())


def _members(word: str, doing: Doing) -> Iterable[int]:
    record = doing.record
    owner: int | None = getattr(record, "owner_id", None)
    match word.partition(":"):
        case ("owner", _, _):
            return [owner] if owner else []
        case ("manager", _, _):
            lead = manager_of(owner)
            return [lead] if lead else []
        case ("creator", _, _):
            made = getattr(record, "created_by_id", None)
            return [made] if made else []
        case ("admins", _, _):
            rows = Member.objects.filter(role__administers=True, left_at=None)
        case ("member", _, key):
            rows = (
                Member.objects.filter(pk=int(key))
                if key.isdecimal()
                else Member.objects.filter(user__email=key)
            )
        case ("team", _, key):
            teams = Team.objects.filter(pk=int(key)) if key.isdecimal() else Team.objects.filter(name=key)
            rows = Member.objects.filter(team__in=teams, left_at=None)
        case ("role", _, key):
            rows = Member.objects.filter(left_at=None)
            rows = rows.filter(role_id=int(key)) if key.isdecimal() else rows.filter(role__system=key)
        case _:
            return []
    ids: Iterable[int] = rows.values_list("pk", flat=True)
    return ids
