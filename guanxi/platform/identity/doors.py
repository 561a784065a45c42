"""Decorators for views: who may come in, and where the others are sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from guanxi.platform.identity.middleware import bearer
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.sessions import KEPT

P = ParamSpec("P")
MemberView = Callable[Concatenate[MemberRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

guests_welcome = login_not_required
"""Marks a view that needs no member; a test asks every other address for one."""

_KEEP_AT_MOST = 200_000  # characters of a form that outlived its session
_NOT_KEPT = ("csrfmiddlewaretoken",)


def member_required(view: MemberView[P]) -> View[P]:
    """Let members in; `request.member` and `request.actor` are set. Guests go to sign-in and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if getattr(request, "actor", None) is None:
            return send_to_sign_in(request)
        return view(cast(MemberRequest, request), *args, **kwargs)

    return guarded


def administrator_required(view: MemberView[P]) -> View[P]:
    """Let those in who look after the workspace; other members get 403."""

    @wraps(view)
    @member_required
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.actor.administers:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def send_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to sign-in and back: a redirect for pages, HX-Redirect for fragments, plain 401 for programs.

    A form that was sent with an expired session is kept in the (now anonymous) session and offered again
    after sign-in: docs/decisions/0005-sign-in.md.
    """
    if bearer(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    fragment = request.headers.get("HX-Request") == "true"
    if request.method == "POST":
        _keep_form(request, came_from=_current_page(request))
    target = _current_page(request) if fragment or request.method != "GET" else request.get_full_path()
    address = f"{reverse('sign_in')}?{urlencode({'next': target}, safe='/')}"
    if fragment:
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def local_address(request: HttpRequest, address: str | None, otherwise: str = "/") -> str:
    """`address` if it stays on this site, so that a link to sign-in can't lead people away."""
    if (
        address
        and address.startswith("/")
        and url_has_allowed_host_and_scheme(
            address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
    ):
        return address
    return otherwise


def _current_page(request: HttpRequest) -> str:
    """The page on which a fragment or a form stood, as a local address."""
    named = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"
    parts = urlsplit(named)
    if parts.netloc and parts.netloc != request.get_host():
        return "/"
    return local_address(request, parts.path + (f"?{parts.query}" if parts.query else ""))


def _keep_form(request: HttpRequest, *, came_from: str) -> None:
    typed = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name not in _NOT_KEPT and "password" not in name
    ]
    if typed and sum(len(name) + len(value) for name, value in typed) <= _KEEP_AT_MOST:
        request.session[KEPT] = {
            "to": request.get_full_path(),
            "from": came_from,
            "typed": typed,
            "files": sorted(request.FILES),
            "at": timezone.now().isoformat(),
        }
