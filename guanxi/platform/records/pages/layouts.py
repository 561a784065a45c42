"""Table or board: the navigation leads to the one that this browser showed last."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Literal

from django.http import HttpResponse, HttpResponseRedirect

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.objects import Object
from guanxi.web.pages import is_htmx

Layout = Literal["table", "board"]
View = Callable[[MemberRequest, Object], HttpResponse]
LAST = "?layout=last"  # behind the address of a list
A_YEAR = 365 * 24 * 3600


def last_layout_url(obj: Object) -> str:
    """The address of an object's list that leads on to the layout that was looked at last."""
    return f"/{obj.plural}/{LAST if obj.board else ''}"


def remembers(layout: Layout) -> Callable[[View], View]:
    """A view of the whole list in one layout.

    Asked for the last one, it sends on to where that was; who has looked at neither gets the board.
    """

    def around(view: View) -> View:
        @wraps(view)
        def remembering(request: MemberRequest, obj: Object) -> HttpResponse:
            if obj.board is None:
                return view(request, obj)
            name = f"layout-{obj.plural}"
            if request.GET.get("layout") == "last":
                other = "" if request.COOKIES.get(name) == "table" else "board/"
                return HttpResponseRedirect(f"/{obj.plural}/{other}")
            response = view(request, obj)
            whole = not is_htmx(request) or request.headers.get("HX-Target") == "main"
            if whole and response.status_code == 200 and request.COOKIES.get(name) != layout:
                response.set_cookie(name, layout, max_age=A_YEAR, httponly=True, samesite="Lax")
            return response

        return remembering

    return around
