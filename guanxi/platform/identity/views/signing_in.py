"""Sign-in and out, and the form that came too late."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from guanxi.platform.identity.doors import guests_welcome, local_address, member_required
from guanxi.platform.identity.forms import SignInForm
from guanxi.platform.identity.kept import words_of
from guanxi.platform.identity.models import Workspace
from guanxi.platform.identity.queries import is_set_up
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.sessions import KEPT
from guanxi.platform.identity.sign_in import address_of, check_password
from guanxi.platform.identity.views.gate import WORKSPACE_COOKIE, enter, render_gate, words_for
from guanxi.web.pages import render_page

_KEPT_FOR = timedelta(hours=1)


@guests_welcome
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Email and password; afterwards back to `next`, or to the form that came too late."""
    if not is_set_up():
        return redirect("set_up")
    goal = local_address(request, request.GET.get("next"))
    if request.actor is not None and request.method == "GET":  # type: ignore[attr-defined]
        return HttpResponseRedirect(goal)
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = check_password(
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            address=address_of(request),
        )
        if outcome.user is not None:
            entered = enter(request, outcome.user, goal, keep=form.cleaned_data["keep"])
            if entered is not None:
                return entered
            form.add_error(None, _("You are in no workspace any more. Ask its administrator to invite you."))
        else:
            form.add_error("password", words_for(outcome))
        status = 429 if outcome.locked_minutes and not outcome.tries_left else 422
    elif form.is_bound:
        status = 422
    named = _likely_workspace(request)
    context = {
        "form": form,
        "workspace": named,
        "several": Workspace.objects.filter(closed_at=None).count() > 1,
        "host": request.get_host(),
        "kept": KEPT in request.session,
    }
    title = _("Sign in to %(workspace)s") % {"workspace": named.name if named else "Guanxi"}
    return render_gate(request, "identity/sign_in.html", context, title=title, status=status)


@guests_welcome
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End this browser's session. Only by POST, so that no link or image can do it."""
    logout(request)
    return redirect("sign_in")


@require_http_methods(["GET", "POST"])
@never_cache
@member_required
def kept_form(request: MemberRequest) -> HttpResponseBase:
    """What somebody sent after their session had ended: send it again as it was, or throw it away."""
    kept = request.session.get(KEPT)
    since = parse_datetime(kept["at"]) if kept else None
    if kept is None or since is None or timezone.now() - since > _KEPT_FOR:
        request.session.pop(KEPT, None)
        return redirect("/")
    if request.method == "POST":
        del request.session[KEPT]
        if "discard" in request.GET:
            return HttpResponseRedirect(local_address(request, kept["from"]))
        # 307: the browser sends the same form once more, to where it was meant for.
        return HttpResponseRedirect(local_address(request, kept["to"]), status=307)
    words = words_of(kept["to"], kept["typed"], by=request.actor)
    return render_page(
        request, "identity/kept.html", {"kept": kept, "words": words}, title=_("Not saved yet")
    )


def _likely_workspace(request: HttpRequest) -> Workspace | None:
    """Whose name the page says: the one this browser knows, or the only one there is."""
    open_ones = Workspace.objects.filter(closed_at=None)
    if slug := request.COOKIES.get(WORKSPACE_COOKIE):
        known = open_ones.filter(slug=slug).first()
        if known is not None:
            return known
    first = list(open_ones[:2])
    return first[0] if len(first) == 1 else None
