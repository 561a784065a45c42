"""Before the product: sign-in and out, password reset, the first set-up, invitations, workspaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanxi.platform.identity.actions.invitations import accept_invitation, open_invitation
from guanxi.platform.identity.actions.set_up import sample_offered, set_up_installation
from guanxi.platform.identity.actions.users import create_user, set_password
from guanxi.platform.identity.actions.workspaces import found_workspace
from guanxi.platform.identity.doors import guests_welcome, local_address, member_required
from guanxi.platform.identity.forms import (
    EmailForm,
    JoinForm,
    NewPasswordForm,
    PasswordForm,
    SetUpForm,
    SignInForm,
    WorkspaceForm,
    refuse,
)
from guanxi.platform.identity.models import Invitation, Member, User, Workspace
from guanxi.platform.identity.queries import is_set_up, memberships
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.sessions import KEPT, WORKSPACE
from guanxi.platform.identity.sign_in import (
    Outcome,
    account_key,
    address_key,
    address_of,
    check_password,
    forget_tries,
    open_session,
    take_try,
)
from guanxi.platform.identity.views.ornament import drawn_pulses
from guanxi.platform.mail.sending import send_mail
from guanxi.web.pages import render_page, toast

_WORKSPACE_COOKIE = "workspace"  # slug of the one that was worked in last
_YEAR = 365 * 24 * 3600
_KEPT_FOR = timedelta(hours=1)
_RESETS = 5  # mails to one address, in a quarter of an hour
_RESETS_FROM = 20  # from one network address


# ── Sign-in and out ──────────────────────────────────────────────────────────────────────────────────────


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
            entered = _enter(request, outcome.user, goal, keep=form.cleaned_data["keep"])
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
    return _gate(request, "identity/sign_in.html", context, title=title, status=status)


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
    return render_page(request, "identity/kept.html", {"kept": kept}, title=_("Not saved yet"))


def _enter(request: HttpRequest, user: User, goal: str, *, keep: bool = True) -> HttpResponse | None:
    """Open the session in a workspace of the user and go on; None for a user of no workspace."""
    members = memberships(user.pk)
    if not members:
        return None
    last = request.COOKIES.get(_WORKSPACE_COOKIE)
    member = next((one for one in members if one.workspace.slug == last), members[0])
    open_session(request, user, keep=keep, workspace_id=member.workspace_id)
    response = redirect("kept_form") if KEPT in request.session else HttpResponseRedirect(goal)
    return _remember_workspace(response, member.workspace)


def words_for(outcome: Outcome) -> str:
    """What to say after a wrong password."""
    minutes = outcome.locked_minutes
    if outcome.tries_left:
        return ngettext(
            "Wrong password. %(tries)s try left.", "Wrong password. %(tries)s tries left.", outcome.tries_left
        ) % {"tries": outcome.tries_left}
    return ngettext(
        "Too many wrong passwords. Try again in %(minutes)s minute, or reset the password.",
        "Too many wrong passwords. Try again in %(minutes)s minutes, or reset the password.",
        minutes,
    ) % {"minutes": minutes}


def _likely_workspace(request: HttpRequest) -> Workspace | None:
    """Whose name the page says: the one this browser knows, or the only one there is."""
    open_ones = Workspace.objects.filter(closed_at=None)
    if slug := request.COOKIES.get(_WORKSPACE_COOKIE):
        known = open_ones.filter(slug=slug).first()
        if known is not None:
            return known
    first = list(open_ones[:2])
    return first[0] if len(first) == 1 else None


def _remember_workspace(response: HttpResponse, workspace: Workspace) -> HttpResponse:
    response.set_cookie(
        _WORKSPACE_COOKIE,
        workspace.slug,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


# ── Password reset ───────────────────────────────────────────────────────────────────────────────────────


@guests_welcome
@never_cache
@require_http_methods(["GET", "POST"])
def reset_password(request: HttpRequest) -> HttpResponseBase:
    """Ask for a link by mail. The answer is the same whether or not somebody has that address."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    title = _("Reset the password")
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return _gate(request, "identity/reset.html", {"form": form}, title=title, status=status)
    email = form.cleaned_data["email"]
    _left, locked = take_try({f"reset:{address_key(address_of(request))}": _RESETS_FROM})
    if locked:
        form.add_error(
            None, _("Too many requests from here. Try again in %(count)s minutes.") % {"count": locked}
        )
        return _gate(request, "identity/reset.html", {"form": form}, title=title, status=429)
    _left, locked = take_try({f"reset:{account_key(email)}": _RESETS})
    user = User.objects.filter(email=email, deactivated_at=None).first()
    if user is not None and not locked:
        _mail_reset(user)
    return _gate(request, "identity/reset_sent.html", {"email": email}, title=title)


@guests_welcome
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest, uid: str, token: str) -> HttpResponseBase:
    """The page behind the link: choose a new password, and be signed in."""
    user = _user_of_link(uid, token)
    if user is None:
        return _over(request, again=reverse("reset_password"))
    title = _("Choose a new password")
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            set_password(user=user, password=form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error("password", error)
        else:
            forget_tries(account_key(user.email))
            entered = _enter(request, user, "/")
            return toast(entered, _("New password set.")) if entered else redirect("sign_in")
    status = 422 if form.is_bound else 200
    return _gate(
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


# ── First set-up ─────────────────────────────────────────────────────────────────────────────────────────


@guests_welcome
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponseBase:
    """The first page of an empty installation: a workspace, and who administers it. Gone afterwards."""
    if is_set_up():
        return redirect("sign_in")
    guess = _guessed_place(translation.get_language() or "en")
    form = SetUpForm(request.POST if request.method == "POST" else None, initial=guess)
    if request.method == "POST" and form.is_valid():
        try:
            member = set_up_installation(**form.values())
        except ValidationError as error:
            refuse(form, error)
        else:
            open_session(request, member.user, workspace_id=member.workspace_id)
            return _remember_workspace(redirect("/"), member.workspace)
    context = {"form": form, "sample_offered": sample_offered()}
    status = 422 if form.is_bound else 200
    return _gate(request, "identity/set_up.html", context, title=_("Set up Guanxi"), status=status)


def _guessed_place(language: str) -> dict[str, str]:
    """Where a first visitor who reads this language most likely works; every guess can be changed."""
    country, currency, zone, delta = {
        "zh-hans": ("CN", "CNY", "Asia/Shanghai", "cn"),
        "zh-hant": ("TW", "TWD", "Asia/Taipei", "cn"),
    }.get(language, ("US", "USD", "UTC", "intl"))
    return {
        "language": language,
        "country": country,
        "currency": currency,
        "timezone": zone,
        "delta": delta,
        "size": "small",
        "begin": "sample" if sample_offered() else "empty",
    }


# ── Invitations ──────────────────────────────────────────────────────────────────────────────────────────


@guests_welcome
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, raw: str) -> HttpResponseBase:
    """The page behind an invitation: a new person chooses name and password, a known one shows to be them."""
    invitation = open_invitation(raw)
    if invitation is None:
        return _over(request)
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
    return _gate(request, "identity/join.html", context, title=title, status=status)


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
    return _remember_workspace(redirect("/"), member.workspace)


# ── Several workspaces ───────────────────────────────────────────────────────────────────────────────────


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
    guess = _guessed_place(translation.get_language() or "en")
    form = WorkspaceForm(request.POST if request.method == "POST" else None, initial=guess)
    if request.method == "POST" and form.is_valid():
        try:
            member = found_workspace(founder=user, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            request.session[WORKSPACE] = member.workspace_id
            return _remember_workspace(redirect("/"), member.workspace)
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
    return _remember_workspace(redirect("/"), chosen.workspace)


# ── The look ─────────────────────────────────────────────────────────────────────────────────────────────


def _gate(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: str, status: int = 200
) -> HttpResponse:
    context = {**context, "show_pulses": drawn_pulses(), "query": urlencode(_other_parameters(request))}
    return render_page(request, template, context, title=title, status=status)


def _over(request: HttpRequest, again: str = "") -> HttpResponse:
    """The page of a link that can't be used any more; `again` is where one can ask for a new one."""
    context = {"again": again}
    return _gate(request, "identity/link_over.html", context, title=_("This link is over"), status=410)


def _other_parameters(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in request.GET.items() if name != "language"]
