"""Letting somebody act for a time with the reach of another."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Delegation, Member

LONGEST = timedelta(days=366)
OVER_FOR = timedelta(days=90)
MOST = 200


@transaction.atomic
def delegate(
    *, member: Member, to: Member, starts_at: datetime, ends_at: datetime, by: Actor, note: str = ""
) -> Delegation:
    """Let `to` act with the reach of `member` in this time. Administrators may arrange it for others.

    Nobody gives on what was given to them, and no token more than it reaches itself.
    Raises PermissionDenied, and ValidationError for a time or a person that makes no sense.
    """
    if by.hand_id is not None or not (by.scopes is None or by.scopes >= {"*:read", "*:write"}):
        raise PermissionDenied
    if not (by.member_id == member.pk or by.administers) or by.workspace_id != member.workspace_id:
        raise PermissionDenied
    if member.pk == to.pk or to.left_at is not None or member.left_at is not None:
        raise ValidationError(_("Choose somebody else who works here."))
    if ends_at <= max(starts_at, timezone.now()):
        raise ValidationError(_("It has to end later than it begins, and later than now."))
    if ends_at - starts_at > LONGEST:
        raise ValidationError(_("A year at most."))
    made = Delegation(
        member=member, delegate=to, starts_at=starts_at, ends_at=ends_at, note=note.strip()[:200],
        created_by_id=by.member_id,
    )  # fmt: skip
    made.save()
    _tell("delegated", made, by)
    return made


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: Actor) -> None:
    """End it at once: either of the two may, and administrators. Raises PermissionDenied."""
    if not may_end(delegation, by):
        raise PermissionDenied
    ended = Delegation.objects.filter(pk=delegation.pk, ended_at=None)
    if ended.update(ended_at=timezone.now(), ended_by_id=by.member_id):
        _tell("delegation_ended", delegation, by)


def may_end(delegation: Delegation, by: Actor) -> bool:
    """Whether this actor may end it; whoever acts for another decides as themselves."""
    own = (delegation.member_id, delegation.delegate_id)
    here = by.workspace_id == delegation.workspace_id and by.in_scope("write", "member")
    return here and (by.administers or (by.hand_id or by.member_id) in own)


def delegations_of(by: Actor, *, pk: int | None = None) -> list[Delegation]:
    """Those that the actor gives or is given, everybody's for administrators: the latest, or one of them."""
    rows = Delegation.objects.select_related("member__user", "delegate__user")
    if not by.administers:
        own = by.hand_id or by.member_id
        rows = rows.filter(Q(member_id=own) | Q(delegate_id=own))
    if pk is not None:
        return list(rows.filter(pk=pk))
    return list(rows.filter(ends_at__gt=timezone.now() - OVER_FOR).order_by("-starts_at")[:MOST])


def begin_of(typed: str, *, after: int = 0) -> datetime:
    """The first moment of a day, or of that so many days after it, where the member is.

    Raises ValidationError for what is no day.
    """
    try:
        day = date.fromisoformat(typed) + timedelta(days=after)
        return timezone.make_aware(datetime.combine(day, time()))
    except (ValueError, OverflowError) as problem:
        raise ValidationError(_("This is not a day.")) from problem


def _tell(verb: str, made: Delegation, by: Actor) -> None:
    days: dict[str, list[object]] = {
        "delegate": [None, str(made.delegate_id)],
        "starts_at": [None, made.starts_at],
        "ends_at": [None, made.ends_at],
    }
    about = (("member", made.delegate_id),)
    tell(Change("member", verb, made.member_id, made.member.display_name, by, days, about))
