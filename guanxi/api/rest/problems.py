"""Errors as RFC 9457 problem documents, in the caller's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

import msgspec
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from guanxi.platform.files.storage import StorageFull, TooLarge
from guanxi.platform.i18n.numbers import format_size
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import FormulaFault
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.resources import refuse_unknown
from guanxi.platform.metadata.rights import visible_changes
from guanxi.platform.metadata.versions import StaleVersion
from guanxi.platform.records.access import NotFound, Refused, as_told
from guanxi.platform.records.filters import FilterSyntaxError
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.writing import StaleRecord, object_of

P = ParamSpec("P")
Door = Callable[Concatenate[MemberRequest, P], HttpResponse]


class BadRequest(ValueError):
    """The request itself can't be understood."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def problem(status: int, code: str, title: str, **more: Any) -> HttpResponse:
    """One problem document; `code` is for programs, `title` for people."""
    body = msgspec.json.encode(
        {"type": "about:blank", "status": status, "code": code, "title": title, **more}
    )
    return HttpResponse(body, status=status, content_type="application/problem+json")


Guarded = Callable[Concatenate[HttpRequest, P], HttpResponse]


def door(view: Door[P]) -> Guarded[P]:
    """A member's or token's request, with every error that verbs raise turned into its document.

    It hears no parameter after the ?; see `hearing`.
    """
    return _guard(view, {})


def hearing(**known: Sequence[str]) -> Callable[[Door[P]], Guarded[P]]:
    """A door that hears these parameters, by the method: any other one is refused, with the name of what may
    be meant. A word that is passed over is an answer to another question than was asked."""
    return lambda view: _guard(view, known)


def door_that_asks(view: Door[P]) -> Guarded[P]:
    """One that looks at its parameters itself."""
    return _guard(view, None)


def _guard(view: Door[P], hears: Mapping[str, Sequence[str]] | None) -> Guarded[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if getattr(request, "actor", None) is None:
            answer = problem(401, "sign_in", _("Send a valid token: Authorization: Bearer …"))
            answer["WWW-Authenticate"] = "Bearer"
            return answer
        known = cast(MemberRequest, request)

        def heard() -> HttpResponse:
            if "plural" in kwargs and registry.by_plural(str(kwargs["plural"])) is None:
                raise NotFound(kwargs["plural"])  # where nothing is, no parameter is what is wrong
            if hears is not None:
                method = "GET" if request.method == "HEAD" else str(request.method)
                refuse_unknown(request.GET, hears.get(method, ()))
            return view(known, *args, **kwargs)

        try:
            if request.method in ("GET", "HEAD"):
                return heard()
            if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
                raise unsaid_length()
            with transaction.atomic():  # a call that is refused half-way has done nothing
                return heard()
        except Exception as raised:
            said = explain(raised, known.actor)
            if said is None:
                raise
            return said

    return guarded


def unsaid_length() -> BadRequest:
    """For a body that is sent in pieces of no said length: WSGI would hand over nothing of it."""
    return BadRequest("length", _("Say how long it is: Content-Length."), 411)


def explain(raised: Exception, by: Actor) -> HttpResponse | None:
    """The document for an error of the engine, as `by` is told of it; None for one that nobody expected."""
    match raised:
        case NotFound():
            return problem(404, "not_found", _("There is no such record."))
        case Refused():
            told = as_told(raised, by)
            return problem(403, "refused", told.words, **({"needs": told.needs} if told.needs else {}))
        case InvalidValues():
            fields = {
                name: [{"code": one.code, "title": one.message, **_place(one)} for one in found]
                for name, found in raised.errors.items()
            }
            return problem(422, "invalid", _("Some values can't be saved. Nothing was."), fields=fields)
        case StaleRecord():
            record = raised.record
            shown = visible_changes(object_of(record), raised.conflicts, by, record_id=record.pk)
            conflicts = {name: {"theirs": pair[0], "yours": pair[1]} for name, pair in shown.items()}
            last = raised.last
            return problem(
                409,
                "stale",
                _("This was changed in the meantime. Nothing was saved."),
                conflicts=conflicts,
                version=record.version,
                changed_by=last.actor_name if last else None,
                changed_at=last.at.isoformat() if last else None,
            )
        case StaleVersion():
            last = raised.last
            return problem(
                412,
                "stale",
                _("This was changed in the meantime. Nothing was saved."),
                changes={name: {"read": pair[0], "now": pair[1]} for name, pair in raised.changes.items()},
                version=raised.row.version,
                changed_by=last.actor_name if last else None,
                changed_at=last.at.isoformat() if last else None,
            )
        case FilterSyntaxError():
            return problem(400, "filter", str(raised), at=raised.at)
        case UnreadableFile():
            return problem(422, raised.code, str(raised))
        case FieldError():
            return problem(400, raised.code, raised.message)
        case TooLarge():
            said = _("The file is larger than %(size)s. Nothing of it was kept.")
            return problem(413, "too_large", said % {"size": format_size(settings.UPLOAD_MAX_BYTES)})
        case StorageFull():
            said = _("The server's disk is full. Nothing of the file was kept; tell an administrator.")
            return problem(507, "full", said)
        case BadRequest():
            return problem(raised.status, raised.code, str(raised))
        case _:
            return None


def _place(error: FieldError) -> dict[str, int]:
    """Where in a formula the error stands."""
    return {"at": error.at, "length": error.length} if isinstance(error, FormulaFault) else {}
