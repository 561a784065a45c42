"""The tree of teams."""

from __future__ import annotations

from collections import Counter

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actions.teams import add_team, move_team, remove_team, rename_team, set_head
from guanxi.platform.identity.doors import administrator_required
from guanxi.platform.identity.hours import hours_of_team, hours_words
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.identity.queries import member_names, working_members
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.views.members import team_options, teams_in_order
from guanxi.web.components import Option
from guanxi.web.pages import redirect_or_fragment, render_page, toast


@require_http_methods(["GET", "POST"])
@administrator_required
def teams(request: MemberRequest) -> HttpResponse:
    """The tree, and a new team in it."""
    problem = ""
    if request.method == "POST":
        try:
            team = add_team(
                name=request.POST.get("name", ""), parent=_chosen(request, "parent"), by=request.actor
            )
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            words = _("Team %(name)s added.") % {"name": team.name}
            return toast(redirect_or_fragment(request, request.path), words)
    working = Member.objects.filter(left_at=None).values_list("team_id", flat=True)
    every = teams_in_order()
    context = {
        "teams": every,
        "heads": {
            pk: one.name for pk, one in member_names({one.head_id for one in every if one.head_id}).items()
        },
        "sizes": Counter(working),
        "options": team_options(),
        "typed": request.POST if problem else {"name": "", "parent": request.GET.get("under", "")},
        "problem": problem,
    }
    return render_page(
        request, "identity/teams.html", context, title=_("Teams"), status=422 if problem else 200
    )


@require_http_methods(["GET", "POST"])
@administrator_required
def team(request: MemberRequest, team_id: int) -> HttpResponse:
    """One team: its name, and where it hangs."""
    found: Team = get_object_or_404(Team, pk=team_id)
    problem = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                rename_team(team=found, name=request.POST.get("name", found.name), by=request.actor)
                if "parent" in request.POST:
                    move_team(team=found, parent=_chosen(request, "parent"), by=request.actor)
                if "head" in request.POST:
                    set_head(team=found, head=_head(request), by=request.actor)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            return toast(redirect_or_fragment(request, "/settings/teams/"), _("Saved."))
    below = {str(pk) for pk in Team.objects.filter(path__startswith=found.path).values_list("id", flat=True)}
    context = {
        "team": found,
        "options": [option for option in team_options() if option.value not in below],
        "members": [Option(str(one.id), one.name) for one in working_members()],
        "typed": {
            "name": found.name,
            "parent": str(found.parent_id or ""),
            "head": str(found.head_id or ""),
            **(request.POST.dict() if problem else {}),
        },
        "problem": problem,
        "hours": hours_words(hours_of_team(found, request.member.workspace), team_id=found.pk),
    }
    return render_page(
        request, "identity/team.html", context, title=found.name, status=422 if problem else 200
    )


@require_POST
@administrator_required
def remove(request: MemberRequest, team_id: int) -> HttpResponse:
    """Remove an empty team."""
    found: Team = get_object_or_404(Team, pk=team_id)
    try:
        remove_team(team=found, by=request.actor)
    except ValidationError as error:
        return toast(redirect_or_fragment(request, f"/settings/teams/{team_id}/"), " ".join(error.messages))
    words = _("Team %(name)s removed.") % {"name": found.name}
    return toast(redirect_or_fragment(request, "/settings/teams/"), words)


def _head(request: MemberRequest) -> Member | None:
    typed = request.POST.get("head", "")
    if not typed:
        return None
    found: Member | None = Member.objects.filter(pk=read_whole(typed) or 0).first()
    if found is None:
        raise ValidationError(_("Choose somebody who works here."))
    return found


def _chosen(request: MemberRequest, name: str) -> Team | None:
    """The team a select names, None for the top; raises ValidationError for one that is gone or not ours."""
    typed = request.POST.get(name, "")
    if not typed:
        return None
    found: Team | None = Team.objects.filter(pk=read_whole(typed) or 0).first()
    if found is None:
        raise ValidationError(_("The team above is gone."))
    return found
