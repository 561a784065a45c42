"""When work is done: in the firm, in a team, by a member, by oneself."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanxi.platform.i18n.dates import weekday_names
from guanxi.platform.identity.actions.hours import may_set_hours, read_week, set_hours
from guanxi.platform.identity.doors import administrator_required, member_required
from guanxi.platform.identity.hours import (
    Hours,
    hours_above,
    hours_around,
    hours_of,
    hours_of_team,
    hours_of_workspace,
    hours_words,
    spans_words,
    usual_week,
)
from guanxi.platform.identity.models import Member, Team, Workspace
from guanxi.platform.identity.requests import MemberRequest
from guanxi.web.pages import redirect_or_fragment, render_page, toast

WORKSPACE = "/settings/working-days/"


@require_http_methods(["GET", "POST"])
@administrator_required
def of_workspace(request: MemberRequest) -> HttpResponse:
    """The firm's week; its working days are those on which work is done."""
    workspace = request.member.workspace
    around = Hours(usual_week(workspace.country))
    return _hours(request, workspace, hours_of_workspace(workspace), around, WORKSPACE)


@require_http_methods(["GET", "POST"])
@administrator_required
def of_team(request: MemberRequest, team_id: int) -> HttpResponse:
    """A team's week, for those below it too."""
    found: Team = get_object_or_404(Team, pk=team_id)
    workspace = request.member.workspace
    return _hours(
        request,
        found,
        hours_of_team(found, workspace),
        hours_above(found, workspace),
        f"/settings/teams/{team_id}/",
    )


@require_http_methods(["GET", "POST"])
@member_required
def of_member(request: MemberRequest, member_id: int) -> HttpResponse:
    """A member's week, for those who may change the member."""
    rows = Member.objects.select_related("user", "role", "workspace")
    found: Member = get_object_or_404(rows, pk=member_id)
    return _hours(request, found, hours_of(found), hours_around(found), f"/settings/members/{member_id}/")


@require_http_methods(["GET", "POST"])
@member_required
def own(request: MemberRequest) -> HttpResponse:
    """One's own week."""
    mine = request.member
    return _hours(request, mine, hours_of(mine), hours_around(mine), "/settings/profile/")


def _hours(
    request: MemberRequest, whose: Workspace | Team | Member, now: Hours, around: Hours, back: str
) -> HttpResponse:
    if not may_set_hours(whose, request.actor):
        raise PermissionDenied
    own = now.owner_id == whose.pk
    typed = [spans_words(spans) for spans in now.week]
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            week = None
            if request.POST.get("do") != "follow":
                typed = [request.POST.get(f"day-{day}", "") for day in range(1, 8)]
                week = read_week(typed)
            set_hours(whose=whose, week=week, by=request.actor)
        except ValidationError as error:
            problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        else:
            return toast(redirect_or_fragment(request, back), _("Saved."))
    wrong = bool(problems)
    context = {
        "days": [
            (f"day-{at}", name, typed[at - 1], " ".join(problems.pop(f"day-{at}", ())))
            for at, name in enumerate(weekday_names("wide"), 1)
        ],
        "own": own,
        "around": hours_words(around),
        "follow": _follow(whose),
        "whose": str(whose),
        "back": back,
        "firm": isinstance(whose, Workspace),
        "problems": problems.get("", []),
    }
    status = 422 if wrong else 200
    return render_page(request, "identity/hours.html", context, title=_("Working hours"), status=status)


def _follow(whose: Workspace | Team | Member) -> str:
    if isinstance(whose, Workspace):
        return _("As usual in the country")
    if isinstance(whose, Member) and whose.team_id:
        return _("As the team")
    return _("As the team above") if isinstance(whose, Team) and whose.parent_id else _("As the firm")
