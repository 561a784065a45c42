"""Members and invitations."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanxi.platform.i18n.names import sort_key
from guanxi.platform.identity.actions.invitations import invite, withdraw_invitation
from guanxi.platform.identity.actions.members import (
    add_member,
    change_member,
    end_membership,
    may_invite,
    may_manage,
)
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.forms import InviteForm, MemberForm, refuse
from guanxi.platform.identity.hours import hours_of, hours_words
from guanxi.platform.identity.models import Invitation, Member, Role, Team
from guanxi.platform.identity.permissions import covers, grants_of
from guanxi.platform.identity.requests import MemberRequest
from guanxi.web.components import Option
from guanxi.web.pages import redirect_or_fragment, render_page, toast


@require_GET
@member_required
def members(request: MemberRequest) -> HttpResponse:
    """Who works here, who left, who is invited."""
    rows = Member.objects.select_related("user", "role", "team")
    invitations = Invitation.objects.select_related("role", "team", "invited_by__user").filter(
        accepted_at=None, withdrawn_at=None
    )
    context = {
        "working": sorted(rows.filter(left_at=None), key=_by_name),
        "left": sorted(rows.exclude(left_at=None), key=_by_name),
        "invitations": invitations.order_by("-created_at") if may_invite(request.actor) else [],
        "now": timezone.now(),
        "may_invite": may_invite(request.actor),
    }
    return render_page(request, "identity/members.html", context, title=_("Members"))


@require_http_methods(["GET", "POST"])
@member_required
def invite_member(request: MemberRequest) -> HttpResponse:
    """Send an invitation; the link is shown too, for those whose mail does not arrive."""
    if not may_invite(request.actor):
        raise PermissionDenied
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        roles=_roles_to_give(request.actor),
        teams=team_options(),
        initial={"team": request.actor.team_id, "role": _usual_role()},
    )
    link = ""
    if request.method == "POST" and form.is_valid():
        role, team = _placed(form)
        try:
            _invitation, link = invite(
                email=form.cleaned_data["email"], role=role, team=team, by=request.actor
            )
        except (ValidationError, PermissionDenied) as error:
            refuse(form, error)
    status = 422 if form.is_bound and form.errors else 201 if link else 200
    return render_page(
        request, "identity/invite.html", {"form": form, "link": link}, title=_("Invite"), status=status
    )


@require_http_methods(["GET", "POST"])
@member_required
def member(request: MemberRequest, member_id: int) -> HttpResponse:
    """One member: name here, title, role and team."""
    found = _member(member_id)
    if not may_manage(request.actor, "change", found):
        raise PermissionDenied
    form = MemberForm(
        request.POST if request.method == "POST" else None,
        roles=_roles_to_give(request.actor, found.role),
        teams=team_options(),
        initial={"name": found.name, "title": found.title, "role": found.role_id, "team": found.team_id},
    )
    if request.method == "POST" and form.is_valid():
        role, team = _placed(form)
        data = form.cleaned_data
        try:
            change_member(
                member=found, role=role, team=team, name=data["name"], title=data["title"], by=request.actor
            )
        except (ValidationError, PermissionDenied) as error:
            refuse(form, error)
        else:
            return toast(redirect_or_fragment(request, "/settings/members/"), _("Saved."))
    context = {
        "form": form,
        "member": found,
        "hours": hours_words(hours_of(found)),
        "may_end": found.left_at is None and may_manage(request.actor, "end", found),
        "may_see_as": request.actor.administers and found.left_at is None and found.pk != request.member.pk,
        "may_return": found.left_at is not None and may_invite(request.actor),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "identity/member.html", context, title=found.display_name, status=status)


@require_POST
@member_required
def end_member(request: MemberRequest, member_id: int) -> HttpResponse:
    """Shut a member out, at once and everywhere. Undo lets them come back as they were."""
    found = _member(member_id)
    try:
        end_membership(member=found, by=request.actor)
    except ValidationError as error:
        return toast(
            redirect_or_fragment(request, f"/settings/members/{member_id}/"), " ".join(error.messages)
        )
    words = _("%(name)s is shut out.") % {"name": found.display_name}
    done = redirect_or_fragment(request, "/settings/members/")
    return toast(done, words, undo=f"/settings/members/{member_id}/return/")


@require_POST
@member_required
def return_member(request: MemberRequest, member_id: int) -> HttpResponse:
    """Let somebody who left come back, in the role and team they had."""
    found = _member(member_id)
    try:
        add_member(user=found.user, role=found.role, team=found.team, by=request.actor)
    except ValidationError as error:
        return toast(redirect_or_fragment(request, "/settings/members/"), " ".join(error.messages))
    words = _("%(name)s is back.") % {"name": found.display_name}
    return toast(redirect_or_fragment(request, "/settings/members/"), words)


@require_POST
@member_required
def withdraw(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Make the link of an invitation useless."""
    found = get_object_or_404(Invitation.objects.select_related("role", "team"), pk=invitation_id)
    withdraw_invitation(invitation=found, by=request.actor)
    return toast(redirect_or_fragment(request, "/settings/members/"), _("Invitation withdrawn."))


def team_options() -> list[Option]:
    """Every team, indented by its depth, in the order of the tree."""
    return [Option(str(team.pk), "\u2003" * team.depth + team.name) for team in teams_in_order()]


def teams_in_order() -> list[Team]:
    """The tree from top to bottom, siblings by name."""
    teams = {team.pk: team for team in Team.objects.all()}

    def place(team: Team) -> list[tuple[str, int]]:
        above = (teams[int(key)] for key in team.path.strip("/").split("/"))
        return [(sort_key(one.name), one.pk) for one in above]

    return sorted(teams.values(), key=place)


def _by_name(member: Member) -> str:
    return sort_key(member.display_name, person=True)


def _roles_to_give(by: Actor, held: Role | None = None) -> list[Option]:
    """The roles `by` may hand out, and the one that is held already."""
    roles = Role.objects.order_by("id")
    return [
        Option(str(role.pk), role.label)
        for role in roles
        if role == held or covers(by, grants_of(role), administers=role.administers)
    ]


def _usual_role() -> int | None:
    """The role that an invitation proposes: a member's, never the most powerful one."""
    role: Role | None = Role.objects.filter(system="member").first()
    return role.pk if role else None


def _placed(form: InviteForm) -> tuple[Role, Team | None]:
    role = Role.objects.get(pk=form.cleaned_data["role"])
    team_id = form.cleaned_data["team"]
    return role, Team.objects.get(pk=team_id) if team_id else None


def _member(member_id: int) -> Member:
    found: Member = get_object_or_404(
        Member.objects.select_related("user", "role", "team", "workspace"), pk=member_id
    )
    return found
