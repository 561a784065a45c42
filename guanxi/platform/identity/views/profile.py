"""What people choose for themselves: name and look, keys, password, sessions."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from guanxi.platform.identity.actions.users import change_preferences, set_password
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.forms import ChangePasswordForm, ProfileForm, refuse
from guanxi.platform.identity.hours import hours_of, hours_words
from guanxi.platform.identity.models import Session, User
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.sign_in import address_of, check_password
from guanxi.platform.identity.views.gate import words_for
from guanxi.web.pages import redirect_or_fragment, redirect_whole, render_page, toast
from guanxi.web.shortcuts import SHORTCUTS


@require_http_methods(["GET", "POST"])
@member_required
def profile(request: MemberRequest) -> HttpResponse:
    """Name, language, time zone, theme and density."""
    user = request.member.user
    initial = {name: getattr(user, name) for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_preferences(user=user, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            # In the language that was just chosen: the next page is in it too.
            with override(user.language or request.member.workspace.language):
                return toast(_whole_page(request), _("Saved."))
    status = 422 if form.is_bound else 200
    context = {"form": form, "hours": hours_words(hours_of(request.member))}
    return render_page(request, "identity/profile.html", context, title=_("Profile"), status=status)


@require_http_methods(["GET", "POST"])
@member_required
def shortcuts(request: MemberRequest) -> HttpResponse:
    """Other keys for commands, and whether single letters are keys at all."""
    user = request.member.user
    problems: dict[str, str] = {}
    if request.method == "POST":
        keys, problems = _typed_keys(request)
        if not problems:
            change_preferences(user=user, shortcuts=keys, single_keys="single_keys" in request.POST)
            return toast(_whole_page(request), _("Saved."))
    context = {
        "groups": SHORTCUTS,
        "own": request.POST if problems else user.shortcuts,
        "single_keys": "single_keys" in request.POST if problems else user.single_keys,
        "problems": problems,
    }
    status = 422 if problems else 200
    return render_page(request, "identity/shortcuts.html", context, title=_("Shortcuts"), status=status)


@never_cache
@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "POST"])
@member_required
def security(request: MemberRequest) -> HttpResponse:
    """A new password, and the browsers in which one is signed in."""
    user = request.member.user
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _change_password(request, user, form):
        return toast(
            redirect_or_fragment(request, request.path), _("New password set. Other sessions are ended.")
        )
    context = {
        "form": form,
        "sessions": Session.objects.filter(user=user).order_by("-seen_at"),
        "own_key": request.session.session_key,
    }
    status = 422 if form.is_bound else 200
    return render_page(
        request, "identity/security.html", context, title=_("Password and sessions"), status=status
    )


@require_POST
@member_required
def end_sessions(request: MemberRequest) -> HttpResponse:
    """Sign out everywhere else."""
    others = Session.objects.filter(user_id=request.member.user_id).exclude(pk=request.session.session_key)
    count, _rows = others.delete()
    words = ngettext("%(count)s other session ended.", "%(count)s other sessions ended.", count)
    return toast(redirect_or_fragment(request, "/settings/security/"), words % {"count": count})


def _change_password(request: MemberRequest, user: User, form: ChangePasswordForm) -> bool:
    """Set the new password where the current one is right; wrong ones count as tries to sign in."""
    outcome = check_password(
        email=user.email, password=form.cleaned_data["current"], address=address_of(request)
    )
    if outcome.user is None:
        form.add_error("current", words_for(outcome))
        return False
    try:
        set_password(user=user, password=form.cleaned_data["password"])
    except ValidationError as error:
        form.add_error("password", error)
        return False
    update_session_auth_hash(request, user)
    return True


def _typed_keys(request: HttpRequest) -> tuple[dict[str, str], dict[str, str]]:
    """The keys that differ from Guanxi's own, and what is wrong with those that were typed."""
    keys: dict[str, str] = {}
    problems: dict[str, str] = {}
    taken: dict[tuple[str, str], str] = {}
    for group, commands in SHORTCUTS:
        for command in commands:
            typed = command.key if command.fixed else request.POST.get(command.name, "").strip().upper()
            typed = typed or command.key
            if not command.fixed and not (len(typed) == 1 and typed.isascii() and typed.isprintable()):
                problems[command.name] = _("One letter, digit or sign.")
            elif (str(group), typed) in taken:
                problems[command.name] = _("%(key)s is taken by “%(command)s”.") % {
                    "key": typed,
                    "command": taken[str(group), typed],
                }
            taken[str(group), typed] = str(command.says)
            if typed != command.key:
                keys[command.name] = typed
    return keys, problems


def _whole_page(request: HttpRequest) -> HttpResponse:
    """Load this page anew as a whole: language, theme and keys stand outside what htmx swaps."""
    return redirect_whole(request, request.path)
