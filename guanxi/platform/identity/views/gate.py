"""What the pages before the product share."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from guanxi.platform.identity.actions.set_up import sample_offered
from guanxi.platform.identity.models import User, Workspace
from guanxi.platform.identity.queries import memberships
from guanxi.platform.identity.sessions import KEPT
from guanxi.platform.identity.sign_in import Outcome, open_session
from guanxi.platform.identity.views.ornament import drawn_pulses
from guanxi.web.pages import render_page

WORKSPACE_COOKIE = "workspace"  # slug of the one that was worked in last
_YEAR = 365 * 24 * 3600


def render_gate(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: str, status: int = 200
) -> HttpResponse:
    """A page for guests, with the year of traffic beside it."""
    context = {
        **context,
        "show_pulses": drawn_pulses(get_language() or "en"),
        "query": urlencode(_other_parameters(request)),
    }
    return render_page(request, template, context, title=title, status=status)


def link_over(request: HttpRequest, again: str = "") -> HttpResponse:
    """The page of a link that can't be used any more; `again` is where one can ask for a new one."""
    context = {"again": again}
    return render_gate(request, "identity/link_over.html", context, title=_("This link is over"), status=410)


def enter(request: HttpRequest, user: User, goal: str, *, keep: bool = True) -> HttpResponse | None:
    """Open the session in a workspace of the user and go on; None for a user of no workspace."""
    members = memberships(user.pk)
    if not members:
        return None
    last = request.COOKIES.get(WORKSPACE_COOKIE)
    member = next((one for one in members if one.workspace.slug == last), members[0])
    open_session(request, user, keep=keep, workspace_id=member.workspace_id)
    response = redirect("kept_form") if KEPT in request.session else HttpResponseRedirect(goal)
    return remember_workspace(response, member.workspace)


def remember_workspace(response: HttpResponse, workspace: Workspace) -> HttpResponse:
    """Let this browser's next sign-in lead to the same workspace."""
    response.set_cookie(
        WORKSPACE_COOKIE,
        workspace.slug,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def words_for(outcome: Outcome) -> str:
    """What to say after a wrong password."""
    minutes = outcome.locked_minutes
    if outcome.tries_left:
        return ngettext(
            "Wrong password. %(tries)s try left.", "Wrong password. %(tries)s tries left.", outcome.tries_left
        ) % {"tries": outcome.tries_left}
    return ngettext(
        "Too many wrong passwords. Try again in %(minutes)s minute, or reset the password.",
        "Too many wrong passwords. Try again in %(minutes)s minutes, or reset the password.",
        minutes,
    ) % {"minutes": minutes}


def guessed_place(language: str) -> dict[str, str]:
    """Where a first visitor who reads this language most likely works; every guess can be changed."""
    country, zone, delta = {
        "zh-hans": ("CN", "Asia/Shanghai", "cn"),
        "zh-hant": ("TW", "Asia/Taipei", "cn"),
    }.get(language, ("US", "UTC", "intl"))
    return {
        "language": language,
        "country": country,
        "currency": "",  # that of the country, whichever is chosen
        "timezone": zone,
        "delta": delta,
        "size": "small",
        "begin": "sample" if sample_offered() else "empty",
    }


def _other_parameters(request: HttpRequest) -> list[tuple[str, str]]:
    """What a link to the same page in another language has to carry along."""
    return [(name, str(value)) for name, value in request.GET.items() if name != "language"]
