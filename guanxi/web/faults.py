"""What people read when something went wrong: what happened, whether anything was kept, what to do now.

Django calls these handlers for what no view answered, also for what broke in a middleware before the view.
They draw no member and ask the database nothing: they have to work when the database is what broke.
"""

from __future__ import annotations

import errno
import secrets
import sys
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guanxi.web.navigation import near, ways_out
from guanxi.web.pages import LANGUAGE_TAGS, toast

_RETRY_SECONDS = 10
_FULL_STATE = "53100"  # PostgreSQL: disk_full
_BUSY_STATES = {
    "53300",
    "40001",
    "40P01",
    "55P03",
    "57014",
}  # too many clients, conflicts, locks, time limits


@dataclass(frozen=True)
class Fault:
    """A status with its words. `retry` says that trying again later makes sense."""

    status: int
    title: Promise
    text: Promise | str
    retry: bool = False


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(
        request,
        Fault(400, _("That request makes no sense here"), _("Go back and try again. Nothing was changed.")),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """With the reason that the exception gives; one that gives none was raised for want of a right."""
    text = str(exception or "") or _("Your role does not include it. An administrator can change that.")
    return _answer(request, Fault(403, _("You may not do this"), text))


def forgery(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: most often a page that was left open over a new sign-in."""
    text = _("Nothing was saved. Load the page again, then send the form once more.")
    return _answer(request, Fault(403, _("This page is out of date"), text))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = _("It may have been deleted, or it belongs to someone whose records you cannot see.")
    return _answer(request, Fault(404, _("There is nothing here"), text))


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an exception; logs carry the reference that it shows."""
    reference = secrets.token_hex(4).upper()
    request.fault_reference = reference  # type: ignore[attr-defined]
    return _answer(request, fault_of(sys.exc_info()[1]), reference)


def fault_of(error: BaseException | None) -> Fault:
    """The words for an exception: a full disk, a database that is away or busy, or a mistake of ours."""
    if error is not None and _is_full(error):
        text = _(
            "The server has no room left, so nothing was saved. Tell your administrator, then try again."
        )
        return Fault(507, _("The disk is full"), text)
    if isinstance(error, DatabaseError | InterfaceError) and _is_busy(error):
        text = _("Others are writing at this moment. Nothing was saved; try again in a few seconds.")
        return Fault(503, _("The database is busy"), text, retry=True)
    if isinstance(error, OperationalError | InterfaceError):
        text = _("Nothing was saved. Go back and try again in a minute.")
        return Fault(503, _("The database cannot be reached"), text, retry=True)
    text = _("The mistake is ours and has been noted. Nothing was saved. Go back and try again.")
    return Fault(500, _("Something went wrong"), text)


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    if not isinstance(error, DatabaseError):
        return False
    return _sqlstate(error) == _FULL_STATE or "disk is full" in str(error)


def _is_busy(error: BaseException) -> bool:
    return _sqlstate(error) in _BUSY_STATES or "database is locked" in str(error)


def _sqlstate(error: BaseException) -> Any:
    """PostgreSQL's code, from the driver's exception that Django wraps."""
    return getattr(error.__cause__, "sqlstate", None)


def _answer(request: HttpRequest, fault: Fault, reference: str = "") -> HttpResponse:
    # The member's language where the request came far enough to know it, else the browser's.
    language = getattr(request, "LANGUAGE_CODE", "") or translation.get_language_from_request(request)
    with translation.override(language):
        response = _written(request, fault, reference, language)
    if fault.retry:
        response["Retry-After"] = str(_RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = language
    return response


def _written(request: HttpRequest, fault: Fault, reference: str, language: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "status": fault.status, "title": fault.title, "detail": fault.text}
        if reference:
            problem["reference"] = reference
        return JsonResponse(problem, status=fault.status, content_type="application/problem+json")
    context = {
        "fault": fault,
        "reference": reference,
        "language": LANGUAGE_TAGS.get(language, language),
        "near": [*ways_out(request), *near(request)] if fault.status == 404 else [],
    }
    if request.headers.get("HX-Request") != "true":
        return HttpResponse(render_to_string("errors/fault.html", context), status=fault.status)
    if fault.status < 500 and request.headers.get("HX-Target") == "main":
        return HttpResponse(render_to_string("errors/fault_main.html", context), status=fault.status)
    # A fault never takes the place of a piece of the page, with what was typed there: it is said beside it.
    response = HttpResponse(status=fault.status)
    response["HX-Reswap"] = "none"
    words = (
        f"{fault.title}. {fault.text}"
        if translation.get_language() == "en"
        else f"{fault.title}\uff1a{fault.text}"
    )
    return toast(response, words, tone="cinnabar")
