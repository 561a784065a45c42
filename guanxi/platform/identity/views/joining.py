"""The page behind an invitation."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from guanxi.platform.identity.actions.invitations import accept_invitation, open_invitation
from guanxi.platform.identity.actions.users import create_user
from guanxi.platform.identity.doors import guests_welcome
from guanxi.platform.identity.forms import EmailForm, JoinForm, PasswordForm, refuse
from guanxi.platform.identity.models import Invitation, User
from guanxi.platform.identity.sessions import WORKSPACE
from guanxi.platform.identity.sign_in import address_of, check_password, open_session
from guanxi.platform.identity.views.gate import link_over, remember_workspace, render_gate, words_for


@guests_welcome
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, raw: str) -> HttpResponseBase:
    """The page behind an invitation: a new person chooses name and password, a known one shows to be them."""
    invitation = open_invitation(raw)
    if invitation is None:
        return link_over(request)
    known = User.objects.filter(email=invitation.email).first()
    here = request.user.is_authenticated and known is not None and request.user.pk == known.pk
    form = _join_form(request, known=known is not None, here=here)
    if request.method == "POST" and form.is_valid():
        response = _join(request, invitation, known, form, here=here)
        if response is not None:
            return response
    context = {"form": form, "invitation": invitation, "known": known is not None, "here": here}
    title = _("Join %(workspace)s") % {"workspace": invitation.workspace.name}
    status = 422 if form.is_bound and form.errors else 200
    return render_gate(request, "identity/join.html", context, title=title, status=status)


def _join_form(request: HttpRequest, *, known: bool, here: bool) -> Any:
    data = request.POST if request.method == "POST" else None
    if here:
        return EmailForm({"email": request.user.email})  # type: ignore[union-attr]
    return PasswordForm(data) if known else JoinForm(data)


def _join(
    request: HttpRequest, invitation: Invitation, known: User | None, form: Any, *, here: bool
) -> HttpResponse | None:
    """Let the person in; None, with the error in the form, where that can't be."""
    user = known
    try:
        if user is None:
            user = create_user(
                email=invitation.email,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                language=translation.get_language() or "",
            )
        elif not here:
            outcome = check_password(
                email=user.email, password=form.cleaned_data["password"], address=address_of(request)
            )
            if outcome.user is None:
                form.add_error("password", words_for(outcome))
                return None
        member = accept_invitation(invitation=invitation, user=user)
    except (ValidationError, PermissionDenied) as error:
        refuse(form, error)
        return None
    if not here:
        open_session(request, user)
    request.session[WORKSPACE] = member.workspace_id
    return remember_workspace(redirect("/"), member.workspace)
