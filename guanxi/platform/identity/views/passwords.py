"""A forgotten password: a link by mail, and the page behind it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from guanxi.platform.identity.actions.users import set_password
from guanxi.platform.identity.doors import guests_welcome
from guanxi.platform.identity.forms import EmailForm, NewPasswordForm
from guanxi.platform.identity.models import User
from guanxi.platform.identity.sign_in import account_key, address_key, address_of, forget_tries, take_try
from guanxi.platform.identity.views.gate import enter, link_over, render_gate
from guanxi.platform.mail.sending import send_mail
from guanxi.web.pages import toast

_RESETS = 5  # mails to one address, in a quarter of an hour
_RESETS_FROM = 20  # from one network address


@guests_welcome
@never_cache
@require_http_methods(["GET", "POST"])
def reset_password(request: HttpRequest) -> HttpResponseBase:
    """Ask for a link by mail. The answer is the same whether or not somebody has that address."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    title = _("Reset the password")
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render_gate(request, "identity/reset.html", {"form": form}, title=title, status=status)
    email = form.cleaned_data["email"]
    _left, locked = take_try({f"reset:{address_key(address_of(request))}": _RESETS_FROM})
    if locked:
        form.add_error(
            None, _("Too many requests from here. Try again in %(count)s minutes.") % {"count": locked}
        )
        return render_gate(request, "identity/reset.html", {"form": form}, title=title, status=429)
    _left, locked = take_try({f"reset:{account_key(email)}": _RESETS})
    user = User.objects.filter(email=email, deactivated_at=None).first()
    if user is not None and not locked:
        _mail_reset(user)
    return render_gate(request, "identity/reset_sent.html", {"email": email}, title=title)


@guests_welcome
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest, uid: str, token: str) -> HttpResponseBase:
    """The page behind the link: choose a new password, and be signed in."""
    user = _user_of_link(uid, token)
    if user is None:
        return link_over(request, again=reverse("reset_password"))
    title = _("Choose a new password")
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            set_password(user=user, password=form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error("password", error)
        else:
            forget_tries(account_key(user.email))
            entered = enter(request, user, "/")
            return toast(entered, _("New password set.")) if entered else redirect("sign_in")
    status = 422 if form.is_bound else 200
    return render_gate(
        request, "identity/new_password.html", {"form": form, "user": user}, title=title, status=status
    )


def _mail_reset(user: User) -> None:
    uid = urlsafe_base64_encode(str(user.pk).encode())
    link = settings.SITE_URL + reverse("new_password", args=[uid, default_token_generator.make_token(user)])
    values = {"name": user.name, "link": link, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600}
    with translation.override(user.language or translation.get_language()):
        send_mail(
            to=user.email,
            subject=_("A new password for Guanxi"),
            body=_(
                "%(name)s,\n\n"
                "open this link to choose a new password. It works once, for %(hours)s hours:\n\n%(link)s\n\n"
                "If you did not ask for it, nothing has changed and you can ignore this."
            )
            % values,
        )


def _user_of_link(uid: str, token: str) -> User | None:
    try:
        found = User.objects.filter(pk=int(urlsafe_base64_decode(uid).decode()), deactivated_at=None).first()
    except (ValueError, OverflowError):
        return None
    return found if found is not None and default_token_generator.check_token(found, token) else None
