"""/api/v1/import-schedules: imports by the clock. An import that went well is the pattern of each."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.records.access import Refused
from guanxi.platform.records.importing import schedules
from guanxi.platform.records.importing.jobs import bring_in
from guanxi.platform.records.importing.memberships import importables
from guanxi.platform.records.importing.models import ImportSchedule
from guanxi.platform.records.importing.pages import find_import
from guanxi.platform.records.importing.preparing import may_import, may_import_into

_NAMES = ("address", "every", "hour", "sign_in")


@require_http_methods(["GET", "HEAD", "POST"])
@door
def collection(request: MemberRequest) -> HttpResponse:
    """GET: the caller's, for administrators all. POST {"import", "address", "every", "hour"}: one more."""
    if not may_import(request.actor):
        raise Refused("import")
    if request.method == "POST":
        return once(request, lambda: _add(request), anew=lambda key: _one(_found(key, request.actor)))
    rows = [one for one in schedules.schedules_of(request.actor) if _may(one, request.actor)]
    return answer({"data": [schedules.schedule_json(one) for one in rows]})


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def item(request: MemberRequest, schedule_id: int) -> HttpResponse:
    """One. PATCH says where it comes from and when, and goes on if paused; DELETE leaves what it brought."""
    row = _found(schedule_id, request.actor)
    if request.method == "DELETE":
        schedules.delete_schedule(row, by=request.actor)
        return HttpResponse(status=204)
    if request.method == "PATCH":
        said: dict[str, Any] = {"address": row.address, "every": row.every, "hour": row.hour}
        schedules.change_schedule(row, **said | _read(request, _NAMES), by=request.actor)
    return _one(row)


@require_http_methods(["POST"])
@door
def pausing(request: MemberRequest, schedule_id: int) -> HttpResponse:
    row = _found(schedule_id, request.actor)
    schedules.pause_schedule(row, by=request.actor)
    return _one(row)


@require_http_methods(["POST"])
@door
def turn(request: MemberRequest, schedule_id: int) -> HttpResponse:
    """Look for new files at once, in a worker."""
    row = _found(schedule_id, request.actor)
    bring_in.enqueue(schedule_id=row.pk)
    return answer(schedules.schedule_json(row), 202)


def _add(request: MemberRequest) -> HttpResponse:
    said = _read(request, ("import", *_NAMES))
    text = str(said.pop("import", ""))
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise BadRequest("import", _("Say which import is repeated."), 422)
    job = find_import(int(text), by=request.actor)
    given: dict[str, Any] = {"address": "", "every": "", "hour": 6, **said}
    row = schedules.schedule_import(job, **given, by=request.actor)
    return answer(schedules.schedule_json(row), 201, Location=f"/api/v1/import-schedules/{row.pk}")


def _one(row: ImportSchedule) -> HttpResponse:
    return answer(schedules.schedule_json(row))


def _found(schedule_id: int, by: Actor) -> ImportSchedule:
    if schedule_id >= 2**63:
        raise NotFound(f"import schedule {schedule_id}")
    row = schedules.find_schedule(schedule_id, by=by)
    if not _may(row, by):
        raise Refused("import")
    return row


def _may(row: ImportSchedule, by: Actor) -> bool:
    """A token of few scopes has nothing to do with imports of other objects."""
    name = row.file_plan.object
    return any(one.name == name and may_import_into(one, by) for one in importables())


def _read(request: MemberRequest, names: tuple[str, ...]) -> dict[str, Any]:
    sent = read_object(request.body)
    wrong = {name[:60]: ", ".join(names) for name in sent if name not in names}
    for name in ("address", "every"):
        if not isinstance(sent.get(name, ""), str):
            wrong[name] = _("This is a text.")
    hour = sent.get("hour", 6)
    if not isinstance(hour, int) or isinstance(hour, bool):
        wrong["hour"] = _("This is a number.")
    if wrong:
        raise InvalidValues({name: [FieldError("invalid", words)] for name, words in wrong.items()})
    if "sign_in" in sent:
        sent["sign_in"] = _sign_in(sent["sign_in"])
    return sent


def _sign_in(given: Any) -> schedules.SignIn:
    if given is None:
        return schedules.SignIn()
    names = ("kind", "name", "secret")
    if not isinstance(given, dict) or any(
        name not in names or not isinstance(one, str) for name, one in given.items()
    ):
        raise InvalidValues({"sign_in": [FieldError("invalid", ", ".join(names))]})
    return schedules.SignIn(**given)
