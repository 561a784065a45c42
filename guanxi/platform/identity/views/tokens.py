"""API tokens: one's own, and for administrators everybody's."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from guanxi.platform.identity.actions.tokens import create_token, revoke_token
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.forms import TokenForm, refuse
from guanxi.platform.identity.models import Token
from guanxi.platform.identity.permissions import permission_objects
from guanxi.platform.identity.requests import MemberRequest
from guanxi.web.pages import redirect_or_fragment, render_page, toast


@never_cache
@require_http_methods(["GET", "POST"])
@member_required
def tokens(request: MemberRequest) -> HttpResponse:
    """The tokens, and a new one, whose secret this answer shows once."""
    form = TokenForm(request.POST if request.method == "POST" else None, initial={"days": 90})
    secret, scope_problem = "", ""
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        try:
            _token, secret = create_token(
                member=request.member,
                name=form.cleaned_data["name"],
                scopes=request.POST.getlist("scopes"),
                expires_at=timezone.now() + timedelta(days=days) if days else None,
                by=request.actor,
            )
        except ValidationError as error:
            scope_problem = " ".join(error.message_dict.pop("scopes", []))
            if not scope_problem:
                refuse(form, error)
    found = Token.objects.select_related("member__user").filter(revoked_at=None).order_by("-id")
    if not request.actor.administers:
        found = found.filter(member_id=request.member.pk)
    context = {
        "tokens": found,
        "form": TokenForm(initial={"days": 90}) if secret else form,
        "secret": secret,
        "scope_problem": scope_problem,
        "objects": permission_objects(),
        "chosen": () if secret else request.POST.getlist("scopes"),
    }
    status = 201 if secret else 422 if request.method == "POST" else 200
    return render_page(request, "identity/tokens.html", context, title=_("API tokens"), status=status)


@require_POST
@member_required
def revoke(request: MemberRequest, token_id: int) -> HttpResponse:
    """End a token; the next request with it is refused."""
    found = get_object_or_404(Token, pk=token_id)
    revoke_token(token=found, by=request.actor)
    return toast(redirect_or_fragment(request, "/settings/tokens/"), _("Token revoked."))
