"""Who is asking, in which workspace, in which language and time zone, in which transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from guanxi.platform.i18n.phones import at_home_in
from guanxi.platform.identity.acting import actor_for, caller_by_token, working_member
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import User
from guanxi.platform.identity.queries import first_membership, remember_names
from guanxi.platform.identity.secrets import workspace_of
from guanxi.platform.identity.sessions import SEEN, WORKSPACE
from guanxi.platform.identity.standing import nothing_written, refuse_in_anothers_place, stand_in
from guanxi.platform.identity.visits import note_visit
from guanxi.platform.identity.zones import zone
from guanxi.platform.tenancy.context import in_workspace, remembered

_SAFE = {"GET", "HEAD", "OPTIONS"}
_SEEN_EVERY = 15 * 60
_FOR_PROGRAMS = "/api/"
_FOR_PEOPLE = ("/settings/", "/workspaces/", "/sign-in/", "/import/")


class ActorMiddleware:
    """Sets `request.member` and `request.actor` (None for guests) and stays in their workspace.

    A member's request is one transaction where the database needs it: always on PostgreSQL, whose row-level
    security reads the workspace from the transaction, and for writing on SQLite, where a transaction takes
    the write lock. It is rolled back when a view raises or answers with 5xx. Guests get no transaction:
    sign-in spends its time in the password hash and must not hold a lock meanwhile.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.member = request.actor = request.token = request.standing = None  # type: ignore[attr-defined]
        with ExitStack() as stack:
            workspace_id = _named_workspace(request)
            if workspace_id is not None and not self._enter(request, workspace_id, stack):
                # Left that workspace, or it was closed: work in another one, if there is any.
                workspace_id = _another_workspace(request)
                if workspace_id is None or not self._enter(request, workspace_id, stack):
                    workspace_id = None
            if request.actor is None and request.path.startswith(_FOR_PROGRAMS):  # type: ignore[attr-defined]
                # Nobody whom another site could speak for; to ask for a token is the business of the door.
                request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
            stack.enter_context(_spoken(request))
            with nothing_written(request):
                response = self.get_response(request)
            if chosen := _chosen_language(request):
                response.set_cookie(
                    settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax"
                )
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            if response.status_code >= 500 or getattr(request, "raised", False):
                _roll_back(request)
            if isinstance(response, StreamingHttpResponse) and request.actor is not None:  # type: ignore[attr-defined]
                _keep_entered(response, request.actor.workspace_id)  # type: ignore[attr-defined]
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """What may not be done in another's place is refused before the view begins."""
        refuse_in_anothers_place(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """A view that raised did nothing, whatever status its exception becomes."""
        request.raised = True  # type: ignore[attr-defined]

    def _enter(self, request: HttpRequest, workspace_id: int, stack: ExitStack) -> bool:
        """Enter the workspace and its transaction for as long as the stack is open; False for no member."""
        with ExitStack() as attempt:
            attempt.enter_context(in_workspace(workspace_id))
            if connection.vendor == "postgresql" or request.method not in _SAFE:
                attempt.enter_context(transaction.atomic())
                request.in_transaction = True  # type: ignore[attr-defined]
            if not _recognise(request):
                request.in_transaction = False  # type: ignore[attr-defined]
                return False
            attempt.enter_context(remember_names())
            stack.push(attempt.pop_all())
        return True


def _named_workspace(request: HttpRequest) -> int | None:
    """The workspace in which this request wants to work: its token's, or its session's."""
    if raw := _token_of(request):
        return workspace_of(raw)
    if SESSION_KEY not in request.session:
        return None
    named = request.session.get(WORKSPACE)
    return named if named is not None else _another_workspace(request)


def bearer(request: HttpRequest) -> str:
    """The secret of `Authorization: Bearer …`, "" without one."""
    kind, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return raw.strip() if kind.lower() == "bearer" else ""


def _token_of(request: HttpRequest) -> str:
    """The token that is heard here: settings are chosen by people, and an import runs on as its member."""
    return "" if request.path.startswith(_FOR_PEOPLE) else bearer(request)


def _another_workspace(request: HttpRequest) -> int | None:
    if _token_of(request):
        return None
    member = first_membership(int(request.session[SESSION_KEY])) if SESSION_KEY in request.session else None
    if member is None:
        return None
    request.session[WORKSPACE] = member.workspace_id
    return int(member.workspace_id)


def _recognise(request: HttpRequest) -> bool:
    """Set member and actor from the token or the session, within the chosen workspace."""
    if raw := _token_of(request):
        caller = caller_by_token(raw)
        if caller is None:
            return False
        # No cookie spoke, so there is nothing that another site could have forged.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        remembered()["objects_version"] = caller.objects_version
        token = SimpleLazyObject(caller.token)
        request.token = token  # type: ignore[attr-defined]
        _work_as(
            request,
            caller.actor,
            SimpleLazyObject(lambda: token.member),
            SimpleLazyObject(lambda: token.member.user),
        )
        return True
    member = working_member(user_id=int(request.session[SESSION_KEY]))
    if member is None:
        return False
    if not _password_unchanged(request, member.user):
        request.session.flush()
        return False
    _mark_seen(request)
    note_visit(member)
    remembered()["workspace"] = member.workspace
    remembered()["objects_version"] = member.workspace.objects_version
    remembered()["calendar_version"] = member.workspace.calendar_version
    _work_as(request, stand_in(request, actor_for(member), member), member, member.user)
    return True


def _work_as(request: Any, actor: Actor, member: Any, user: Any) -> None:
    request.actor, request.member = actor, member
    request.user = request._cached_user = user


def _password_unchanged(request: HttpRequest, user: User) -> bool:
    """A new password ends every session that was opened with the old one."""
    signed = request.session.get(HASH_SESSION_KEY, "")
    return bool(signed) and constant_time_compare(signed, user.get_session_auth_hash())


def _mark_seen(request: HttpRequest) -> None:
    """Write the session, and with it `seen_at`, at most every quarter of an hour."""
    quarter = int(time.time()) // _SEEN_EVERY
    if request.session.get(SEEN) != quarter:
        request.session[SEEN] = quarter


@contextmanager
def _spoken(request: HttpRequest) -> Iterator[None]:
    """The member's language, time zone and country; a guest's cookie, or what the browser asks for."""
    actor = request.actor  # type: ignore[attr-defined]
    language = (
        actor.language
        if actor
        else _chosen_language(request) or translation.get_language_from_request(request)
    )
    zoned = timezone.override(zone(actor.timezone) if actor else None)
    with translation.override(language), zoned, at_home_in(actor.country if actor else "CN"):
        request.LANGUAGE_CODE = language
        yield


def _chosen_language(request: HttpRequest) -> str:
    """What a guest clicked at the top of sign-in (?language=zh-hans); "" for members and nonsense."""
    if request.actor is not None:  # type: ignore[attr-defined]
        return ""
    wanted = request.GET.get("language", "")
    return wanted if wanted in dict(settings.LANGUAGES) else ""


def _roll_back(request: HttpRequest) -> None:
    if getattr(request, "in_transaction", False):
        transaction.set_rollback(True)


def _keep_entered(response: StreamingHttpResponse, workspace_id: int) -> None:
    """A streamed body is read after the middleware has gone: enter the workspace again around it.

    Files are left alone; they read no table, and a slow download must not hold a transaction open.
    """
    if getattr(response, "file_to_stream", None) is not None or response.is_async:
        return
    body, language = response.streaming_content, translation.get_language() or "en"

    def entered() -> Iterator[bytes]:
        with ExitStack() as stack:
            stack.enter_context(in_workspace(workspace_id))
            if connection.vendor == "postgresql":
                stack.enter_context(transaction.atomic())
            stack.enter_context(translation.override(language))
            yield from body  # type: ignore[misc]

    response.streaming_content = entered()
