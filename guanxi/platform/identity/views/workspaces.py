"""Several workspaces: choosing, switching, founding."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from guanxi.platform.identity.actions.workspaces import found_workspace
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.forms import NewWorkspaceForm, refuse
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.queries import memberships
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.sessions import WORKSPACE
from guanxi.platform.identity.views.gate import guessed_place, remember_workspace
from guanxi.web.pages import render_page


@require_GET
@member_required
def workspaces(request: MemberRequest) -> HttpResponse:
    """The workspaces one may work in."""
    context = {"members": memberships(request.member.user_id)}
    return render_page(request, "identity/workspaces.html", context, title=_("Workspaces"))


@require_http_methods(["GET", "POST"])
@member_required
def new_workspace(request: MemberRequest) -> HttpResponse:
    """Found another workspace in this installation: for its operators, who administer it first."""
    user = request.member.user
    if not user.is_operator:
        raise PermissionDenied
    guess = guessed_place(translation.get_language() or "en")
    form = NewWorkspaceForm(request.POST if request.method == "POST" else None, initial=guess)
    if request.method == "POST" and form.is_valid():
        try:
            member = found_workspace(founder=user, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            request.session[WORKSPACE] = member.workspace_id
            return remember_workspace(redirect("/"), member.workspace)
    status = 422 if form.is_bound else 200
    context = {"form": form}
    return render_page(
        request, "identity/new_workspace.html", context, title=_("New workspace"), status=status
    )


@require_http_methods(["GET", "POST"])
@member_required
def switch_workspace(request: MemberRequest, slug: str) -> HttpResponse:
    """Work in another workspace from now on. A link to one shows the list: only a POST switches."""
    if request.method == "GET":
        return workspaces(request)  # type: ignore[return-value]
    chosen: Member | None = next(
        (one for one in memberships(request.member.user_id) if one.workspace.slug == slug), None
    )
    if chosen is None:
        raise Http404
    request.session[WORKSPACE] = chosen.workspace_id
    return remember_workspace(redirect("/"), chosen.workspace)
