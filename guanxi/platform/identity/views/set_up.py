"""The first page of an empty installation."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from guanxi.platform.identity.actions.set_up import sample_offered, set_up_installation
from guanxi.platform.identity.doors import guests_welcome
from guanxi.platform.identity.forms import SetUpForm, refuse
from guanxi.platform.identity.queries import is_set_up
from guanxi.platform.identity.set_up_code import forget_set_up_code, is_set_up_code
from guanxi.platform.identity.sign_in import open_session
from guanxi.platform.identity.views.gate import guessed_place, remember_workspace, render_gate


@guests_welcome
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponseBase:
    """The first page of an empty installation: a workspace, and who administers it. Gone afterwards.

    Only for whoever has the code that `guanxi serve` prints; others are asked for it.
    """
    if is_set_up():
        return redirect("sign_in")
    code = request.GET.get("code", "").strip()
    if not is_set_up_code(code):
        context: dict[str, Any] = {"wrong": bool(code)}
        refused = 403 if code or request.method == "POST" else 200
        return render_gate(
            request, "identity/set_up_code.html", context, title=_("Set up Guanxi"), status=refused
        )
    guess = guessed_place(translation.get_language() or "en")
    form = SetUpForm(request.POST if request.method == "POST" else None, initial=guess)
    if request.method == "POST" and form.is_valid():
        try:
            member = set_up_installation(code=code, **form.values())
        except ValidationError as error:
            refuse(form, error)
        else:
            forget_set_up_code()
            open_session(request, member.user, workspace_id=member.workspace_id)
            return remember_workspace(redirect("/"), member.workspace)
    context = {"form": form, "sample_offered": sample_offered()}
    status = 422 if form.is_bound else 200
    return render_gate(request, "identity/set_up.html", context, title=_("Set up Guanxi"), status=status)
