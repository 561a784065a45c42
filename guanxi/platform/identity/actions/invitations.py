"""Invitations: a link by mail that makes one person a member."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actions.members import add_member, require_may_place
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.models import Invitation, Member, Role, Team, User, Workspace, fold_email
from guanxi.platform.identity.secrets import hash_secret, new_secret, workspace_of
from guanxi.platform.mail.sending import send_mail
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading

VALID_FOR = timedelta(days=7)


def invite(*, email: str, role: Role, team: Team | None, by: Actor) -> tuple[Invitation, str]:
    """Invite an address and mail it the link; the second part is the link, to be sent another way.

    An open invitation of the same address is withdrawn: only the newest link works. Raises PermissionDenied
    where `by` may not give this role and team, ValidationError for a malformed address or a member's.
    """
    email = fold_email(email)
    validate_email(email)
    require_may_place(by, "invite", role, team)
    if Member.objects.filter(user__email=email, left_at=None).exists():
        raise ValidationError(_("%(name)s is already a member.") % {"name": email})
    raw = new_secret("join", by.workspace_id)
    with transaction.atomic():
        Invitation.objects.filter(email=email, accepted_at=None, withdrawn_at=None).update(
            withdrawn_at=timezone.now()
        )
        invitation = Invitation(
            email=email,
            role=role,
            team=team,
            invited_by_id=by.member_id,
            hash=hash_secret(raw),
            expires_at=timezone.now() + VALID_FOR,
        )
        invitation.save(force_insert=True)
        tell(Change("invitation", "sent", invitation.pk, email, by))
        link = settings.SITE_URL + reverse("join", args=[raw])
        _send(invitation, link, by)
    return invitation, link


def withdraw_invitation(*, invitation: Invitation, by: Actor) -> None:
    """Make the link useless. Raises PermissionDenied for those who could not have sent it."""
    require_may_place(by, "invite", invitation.role, invitation.team)
    if invitation.accepted_at or invitation.withdrawn_at:
        return
    with transaction.atomic():
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        tell(Change("invitation", "withdrawn", invitation.pk, invitation.email, by))


def open_invitation(raw: str) -> Invitation | None:
    """The invitation of a link, with role, team, workspace and who sent it; None once it can't be used."""
    workspace_id = workspace_of(raw)
    if workspace_id is None:
        return None
    with in_workspace(workspace_id), reading():
        found: Invitation | None = (
            Invitation.objects.select_related("role", "team", "workspace", "invited_by__user")
            .filter(hash=hash_secret(raw), workspace__closed_at=None)
            .first()
        )
    return found if found and found.is_open else None


def accept_invitation(*, invitation: Invitation, user: User) -> Member:
    """Make the user a member, once. The caller has made sure that this is the invited person.

    Raises PermissionDenied where the address is another one, ValidationError where the link was used.
    """
    if user.email != invitation.email:
        raise PermissionDenied
    with in_workspace(invitation.workspace_id), transaction.atomic():
        used = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(
            accepted_at=timezone.now()
        )
        if not used:
            raise ValidationError(_("This invitation was used or withdrawn."))
        by = system_actor(invitation.workspace_id, "Guanxi")
        member = add_member(user=user, role=invitation.role, team=invitation.team, by=by)
        member.workspace, member.user = invitation.workspace, user
        tell(Change("invitation", "accepted", invitation.pk, invitation.email, actor_for(member)))
    return member


def _send(invitation: Invitation, link: str, by: Actor) -> None:
    """In the workspace's language: the invited person's is not known yet."""
    workspace = Workspace.objects.get(pk=by.workspace_id)
    with translation.override(workspace.language):
        values = {"name": by.name, "workspace": workspace.name, "link": link, "days": VALID_FOR.days}
        send_mail(
            to=invitation.email,
            subject=_("%(name)s invites you to %(workspace)s") % values,
            body=_(
                "%(name)s invites you to work in %(workspace)s on Guanxi.\n\n"
                "Open this link to join. It works for %(days)s days:\n\n%(link)s\n\n"
                "If you did not expect this, you can ignore it."
            )
            % values,
        )
