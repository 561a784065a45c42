"""Acting for another member for a time, and seeing what another sees."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guanxi.platform.identity.actions.delegations import (
    begin_of,
    delegate,
    delegations_of,
    end_delegation,
    may_end,
)
from guanxi.platform.identity.changes import Change, tell
from guanxi.platform.identity.doors import administrator_required, local_address, member_required
from guanxi.platform.identity.models import Delegation, Member
from guanxi.platform.identity.queries import working_members
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.standing import ACTING_FOR, SEEN_AS, running_delegation
from guanxi.web.components import Option
from guanxi.web.pages import redirect_or_fragment, render_page, toast

ADDRESS = "/settings/delegation/"


@require_http_methods(["GET", "POST"])
@member_required
def delegations(request: MemberRequest) -> HttpResponse:
    """Who stands in for me, for whom I do; administrators see everybody's. POST adds one."""
    problem = ""
    if request.method == "POST":
        try:
            made = _add(request)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            words = _("%(name)s can act for %(other)s.") % {
                "name": made.delegate.display_name, "other": made.member.display_name,
            }  # fmt: skip
            return toast(redirect_or_fragment(request, ADDRESS), words)
    context = {"problem": problem, "typed": request.POST, **_shown(request)}
    status = 422 if problem else 200
    return render_page(request, "identity/delegations.html", context, title=_("Delegation"), status=status)


@require_POST
@member_required
def end(request: MemberRequest, delegation_id: int) -> HttpResponse:
    """End one at once."""
    rows = Delegation.objects.select_related("member__user")
    end_delegation(delegation=get_object_or_404(rows, pk=delegation_id), by=request.actor)
    return toast(redirect_or_fragment(request, ADDRESS), _("Ended."))


@require_POST
@member_required
def act_for(request: MemberRequest, delegation_id: int) -> HttpResponse:
    """From now on this session acts for who delegated; 404 for what is not mine or not now."""
    if request.standing is not None:
        raise PermissionDenied(str(request.standing))
    running = running_delegation(delegation_id, request.member)
    if running is None:
        raise Http404
    request.session[ACTING_FOR] = running.pk
    return redirect_or_fragment(request, "/today/")


@require_POST
@administrator_required
def see_as(request: MemberRequest, member_id: int) -> HttpResponse:
    """From now on this session sees what that member sees and changes nothing. That it does is a fact."""
    found: Member = get_object_or_404(Member.objects.select_related("user"), pk=member_id, left_at=None)
    if found.pk == request.member.pk:
        raise Http404
    with transaction.atomic():
        tell(Change("member", "seen_as", found.pk, found.display_name, request.actor))
    request.session[SEEN_AS] = found.pk
    return redirect_or_fragment(request, local_address(request, request.POST.get("next"), "/today/"))


@require_POST
@member_required
def step_back(request: MemberRequest) -> HttpResponse:
    """Be oneself again."""
    for key in (SEEN_AS, ACTING_FOR):
        request.session.pop(key, None)
    return redirect_or_fragment(request, "/today/")


def _add(request: MemberRequest) -> Delegation:
    said = request.POST
    members = Member.objects.select_related("user", "workspace")
    member = request.member
    if request.actor.administers and said.get("member", "").isdecimal():
        member = get_object_or_404(members, pk=int(said["member"]))
    to = members.filter(pk=int(said["to"])).first() if said.get("to", "").isdecimal() else None
    if to is None:
        raise ValidationError(_("Choose somebody else who works here."))
    return delegate(
        member=member,
        to=to,
        starts_at=begin_of(said.get("from", "")),
        ends_at=begin_of(said.get("until", ""), after=1),
        note=said.get("note", ""),
        by=request.actor,
    )


def _shown(request: MemberRequest) -> dict[str, object]:
    own, whole = request.member.pk, request.actor.administers
    found = delegations_of(request.actor)
    people = working_members()
    return {
        "rows": [
            {
                "id": one.pk,
                "member": one.member.display_name,
                "member_id": one.member_id,
                "delegate": one.delegate.display_name,
                "delegate_id": one.delegate_id,
                "from": timezone.localdate(one.starts_at),
                "until": timezone.localdate(one.ends_at - timedelta(seconds=1)),
                "note": one.note,
                "state": one.state,
                "mine": one.delegate_id == own and one.state == "running" and request.standing is None,
                "may_end": one.state != "over" and request.standing is None and may_end(one, request.actor),
            }
            for one in found
        ],
        "may_add": request.standing is None,
        "administers": whole,
        "everybody": [Option(str(ref.id), ref.name) for ref in people],
        "others": [Option(str(ref.id), ref.name) for ref in people if whole or ref.id != own],
        "own": str(own),
        "today": str(timezone.localdate()),
    }
