"""Members: joining, changing and leaving.

Whoever administers the workspace may all of it. Others may what their role grants for "member" by name
("invite", "change", "end"), as far as it reaches, and never hand on more than they have.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import NO_GRANT, Actor, Reach
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Member, Role, Team, User, Workspace
from guanxi.platform.identity.permissions import covers, grants_of

UNCHANGED: str = "\0"
"""Stands for "leave as it is" where None and "" are values."""


def add_member(*, user: User, role: Role, team: Team | None, by: Actor) -> Member:
    """Make a user a member, or let one who left come back in this role and team.

    Raises PermissionDenied where `by` may not, ValidationError for somebody who is a member already.
    """
    require_may_place(by, "invite", role, team)
    with transaction.atomic():
        member = Member.objects.select_for_update().filter(user=user).first()
        if member is not None and member.left_at is None:
            raise ValidationError(_("%(name)s is already a member.") % {"name": member.display_name})
        if member is None:
            member = Member(user=user, role=role, team=team)
            member.save(force_insert=True)
            verb = "joined"
        else:
            member.role, member.team, member.left_at = role, team, None
            member.save(update_fields=["role", "team", "left_at"])
            verb = "returned"
        tell(Change("member", verb, member.pk, member.display_name, by))
    result: Member = member
    return result


def change_member(
    *,
    member: Member,
    by: Actor,
    role: Role | None = None,
    team: Team | str | None = UNCHANGED,
    name: str = UNCHANGED,
    title: str = UNCHANGED,
) -> None:
    """Give a member another role, team, name or title here; what is not said stays.

    Raises PermissionDenied where `by` may not, ValidationError where nobody would administer the workspace.
    """
    new_role = role or member.role
    new_team = member.team if isinstance(team, str) else team
    _require_may(by, "change", member)
    if new_role != member.role or new_team != member.team:
        require_may_place(by, "change", new_role, new_team)
    with transaction.atomic():
        _lock_administrators(by.workspace_id)
        changes: dict[str, list[object]] = {}
        if new_role != member.role:
            changes["role"] = [member.role_id, new_role.pk]
            member.role = new_role
        if new_team != member.team:
            changes["team"] = [member.team_id, new_team.pk if new_team else None]
            member.team = new_team
        for field, value in (("name", name), ("title", title)):
            if value != UNCHANGED and value.strip() != getattr(member, field):
                changes[field] = [getattr(member, field), value.strip()]
                setattr(member, field, value.strip())
        if not changes:
            return
        member.clean_fields(exclude={"workspace"})
        member.save(update_fields=list(changes))
        _require_an_administrator()
        tell(Change("member", "changed", member.pk, member.display_name, by, changes))


def end_membership(*, member: Member, by: Actor) -> None:
    """Shut a member out, with the next request of every session and token. Their records stay theirs.

    Raises PermissionDenied where `by` may not, ValidationError where nobody would administer the workspace.
    """
    _require_may(by, "end", member)
    if member.left_at is not None:
        return
    with transaction.atomic():
        _lock_administrators(by.workspace_id)
        member.left_at = timezone.now()
        member.save(update_fields=["left_at"])
        _require_an_administrator()
        tell(Change("member", "left", member.pk, member.display_name, by))


def may_manage(by: Actor, verb: str, member: Member) -> bool:
    """Whether `by` may do this to that member: the page shows only what would succeed."""
    if by.administers:
        return True
    return _reaches(by, verb, member.team_id) and covers(
        by, grants_of(member.role), administers=member.role.administers
    )


def may_invite(by: Actor) -> bool:
    """Whether `by` may invite anybody at all."""
    grant = by.grants.get("member", NO_GRANT)
    return by.administers or (grant.allows("invite") and grant.edit > Reach.OWN)


def require_may_place(by: Actor, verb: str, role: Role, team: Team | None) -> None:
    """Raise PermissionDenied unless `by` may put somebody into this team with this role."""
    if by.administers:
        return
    reaches = _reaches(by, verb, team.pk if team else None)
    if not reaches or not covers(by, grants_of(role), administers=role.administers):
        raise PermissionDenied(_("You can't give more than you have yourself."))


def _require_may(by: Actor, verb: str, member: Member) -> None:
    if by.workspace_id != member.workspace_id or not may_manage(by, verb, member):
        raise PermissionDenied


def _reaches(by: Actor, verb: str, team_id: int | None) -> bool:
    grant = by.grants.get("member", NO_GRANT)  # by name: "*" is about records, not about people
    if not grant.allows(verb):
        return False
    if grant.edit == Reach.ALL:
        return True
    if grant.edit == Reach.TEAM_BELOW:
        return team_id in by.below_ids
    return grant.edit == Reach.TEAM and team_id is not None and team_id == by.team_id


def _lock_administrators(workspace_id: int) -> None:
    """Two administrators who demote each other at the same moment must not both succeed."""
    Workspace.objects.select_for_update().get(pk=workspace_id)


def _require_an_administrator() -> None:
    working = Member.objects.filter(role__administers=True, left_at=None, user__deactivated_at=None)
    if not working.exists():
        raise ValidationError(
            _("Somebody has to administer the workspace. Make another administrator first.")
        )
