"""The description itself, and the page to try it."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guanxi.api.openapi.building import build_openapi
from guanxi.api.rest.encoding import answer
from guanxi.api.rest.problems import door
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.web.pages import render_page


@require_safe
@door
def description(request: MemberRequest) -> HttpResponse:
    """OpenAPI 3.1 of this workspace."""
    return answer(build_openapi(server=request.build_absolute_uri("/").rstrip("/"), by=request.actor))


@require_safe
@member_required
def try_it(request: MemberRequest) -> HttpResponse:
    """Every operation, to be read and tried with the member's own rights."""
    return render_page(request, "api/try.html", title=_("API"))
