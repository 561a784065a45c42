"""The list of settings, and those of the workspace."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from guanxi.platform.identity.actions.workspaces import change_workspace
from guanxi.platform.identity.doors import administrator_required, member_required
from guanxi.platform.identity.forms import WorkspaceForm, refuse
from guanxi.platform.identity.requests import MemberRequest
from guanxi.web.pages import redirect_or_fragment, render_page, toast


@require_GET
@member_required
def settings(request: MemberRequest) -> HttpResponse:
    """Every settings page there is for this member; phones have no list at the side."""
    return render_page(request, "identity/settings_list.html", title=_("Settings"))


@require_http_methods(["GET", "POST"])
@administrator_required
def workspace(request: MemberRequest) -> HttpResponse:
    """Name, language, place and money of the workspace."""
    found = request.member.workspace
    initial = {name: getattr(found, name) for name in WorkspaceForm.base_fields}
    form = WorkspaceForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_workspace(workspace=found, by=request.actor, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            return toast(redirect_or_fragment(request, request.path), _("Saved."))
    status = 422 if form.is_bound else 200
    return render_page(
        request, "identity/workspace.html", {"form": form}, title=_("Company profile"), status=status
    )
