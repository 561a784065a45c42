"""/api/v1/imports: tables brought in as the wizard does it: sent, planned, checked, written, taken back.

Files come as multipart/form-data, because several belong together; a worker does what takes long, so the
answer (202) says where to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door, explain, hearing, problem
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.running import cancel
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.access import Refused
from guanxi.platform.records.importing.deciding import Decision, decide, decision_for, read_decisions
from guanxi.platform.records.importing.encoding import AT_MOST, MAY_UNDO, import_json, may_run, rows_told
from guanxi.platform.records.importing.jobs import UNDER_WAY, State, begin, settle
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import Import, ImportFile, ImportRow
from guanxi.platform.records.importing.pages import find_import
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.preparing import (
    Incoming,
    Opened,
    forget_files,
    forget_opened,
    keep_uploads,
    may_import,
    may_import_into,
    open_files,
    plan_import,
)
from guanxi.platform.records.importing.problems import UnreadableFile

RECENT = 100


@require_http_methods(["GET", "HEAD", "POST"])
def collection(request: HttpRequest) -> HttpResponse:
    """GET: the caller's, for administrators all. POST files, a plan, and whether it is only a dry run."""
    actor: Actor | None = getattr(request, "actor", None)
    if request.method != "POST" or actor is None or not may_import(actor):
        return _list(request)
    if request.content_type != "multipart/form-data":
        return problem(415, "multipart", _("Send files as multipart/form-data, in parts named “files”."))
    return _receive(cast(MemberRequest, request))


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def item(request: MemberRequest, import_id: int) -> HttpResponse:
    """One. PATCH {"plan": […]} decides anew and checks again; DELETE forgets one that was never written."""
    job = _found(import_id, request.actor, lock=request.method in ("PATCH", "DELETE"))
    if request.method == "PATCH":
        _must(job.state in (State.DRAFT, State.CHECKED))
        _decide(job, read_decisions(_plan_in(request.body)), request.actor)
        begin(job, State.CHECKING)
        return _answered(job, 202)
    if request.method == "DELETE":
        _must(not job.ran and job.state not in UNDER_WAY)
        forget_files(job)
        job.delete()
        return HttpResponse(status=204)
    return _answered(job)


@require_http_methods(["GET", "HEAD"])
@hearing(GET=("outcome", "after", "limit"))
def rows(request: MemberRequest, import_id: int, file_id: int) -> HttpResponse:
    """?outcome=rejected&after=&limit=: what became of the rows of a file; the rejected ones with why."""
    job = _found(import_id, request.actor)
    file = job.files.filter(pk=file_id).first() if file_id < 2**63 else None
    if file is None:
        raise NotFound(f"import {import_id}, file {file_id}")
    outcome = request.GET.get("outcome", "")
    if outcome and outcome not in ImportRow.Outcome.values:
        raise BadRequest("outcome", ", ".join(ImportRow.Outcome.values))
    after, limit = _whole(request, "after", 0, 2**62), _whole(request, "limit", 100, AT_MOST)
    found = rows_told(file, outcome=outcome, after=after, limit=limit)
    following = found[-1]["row"] if len(found) == limit and found else None
    return answer({"data": found, "next": following})


@require_http_methods(["POST"])
@door
def run(request: MemberRequest, import_id: int) -> HttpResponse:
    """Write what was checked, or go on with what was cancelled or broke off."""
    return once(request, partial(_run, request, import_id), anew=partial(_anew, request))


@require_http_methods(["POST"])
@door
def undoing(request: MemberRequest, import_id: int) -> HttpResponse:
    """Take all of it back."""
    return once(request, partial(_undo, request, import_id), anew=partial(_anew, request))


@require_http_methods(["POST"])
@door
def cancellation(request: MemberRequest, import_id: int) -> HttpResponse:
    """Stop what a worker is doing; rows that are done stay done."""
    job = _found(import_id, request.actor, lock=True)
    if job.state in UNDER_WAY and job.job_id:
        cancel(int(job.job_id))
        settle(job)
    return _answered(job)


@door
def _list(request: MemberRequest) -> HttpResponse:
    if not may_import(request.actor):
        raise Refused("import")
    recent = Import.objects.order_by("-created_at").prefetch_related("files")
    if not request.actor.administers:
        recent = recent.filter(member_id=request.actor.member_id)
    mine = [one for one in recent[:RECENT] if _may(list(one.files.all()), request.actor)]
    return answer({"data": [import_json(one, list(one.files.all()), whole=False) for one in mine]})


def _receive(request: MemberRequest) -> HttpResponse:
    """Files are read and unpacked before anything in the database is held: that may take long."""
    try:
        decisions = _sent_decisions(request.POST.get("plan", ""))
        opened = _open(request, decisions)
    except (UnreadableFile, InvalidValues, BadRequest, Refused) as wrong:
        return cast(HttpResponse, explain(wrong, request.actor))

    @door
    def write(known: MemberRequest) -> HttpResponse:
        return once(known, partial(_write, known, opened, decisions), anew=partial(_anew, known))

    response = write(request)
    if response.status_code >= 400 or "Idempotency-Replayed" in response:
        forget_opened(opened)
    return response


def _open(request: MemberRequest, decisions: list[Decision]) -> Opened:
    sent = keep_uploads(request.FILES.getlist("files"), too_large=getattr(request, "too_large", ""))
    files: list[Incoming] = []
    for one in sent:
        said = decision_for(one.name, decisions, only=len(sent) == 1)
        files.append(replace(one, choice=said.choice, object=said.object) if said else one)
    return open_files(files, by=request.actor)


def _write(request: MemberRequest, opened: Opened, decisions: list[Decision]) -> HttpResponse:
    job = plan_import(opened, by=request.actor)
    _decide(job, decisions, request.actor)
    dry = request.POST.get("dry_run", "").lower() in ("1", "true", "yes")
    begin(job, State.CHECKING if dry else State.RUNNING)
    return _answered(job, 202, Location=f"/api/v1/imports/{job.pk}")


def _anew(request: MemberRequest, import_id: int) -> HttpResponse:
    return _answered(_found(import_id, request.actor))


def _decide(job: Import, decisions: list[Decision], by: Actor) -> None:
    files = list(job.files.order_by("position"))
    unknown = {one.file for one in decisions} - {file.name for file in files} - {""}
    if unknown:
        names = ", ".join(file.name for file in files)
        raise BadRequest("file", _("There is no such file; there are: %(names)s.") % {"names": names}, 422)
    for file in files:
        said = decision_for(file.name, decisions, only=len(files) == 1) or Decision()
        decide(file, said, like=_plan_like(said, by), by=by)


def _plan_like(said: Decision, by: Actor) -> FilePlan | None:
    """The plan of the import that is named as the pattern: of the file that became the same object."""
    if not said.like:
        return None
    known = said.like.isascii() and said.like.isdecimal() and len(said.like) < 20
    pattern = _found(int(said.like), by) if known else None
    if pattern is None:
        raise NotFound(f"import {said.like}")
    plans = [one.file_plan for one in pattern.files.order_by("position")]
    return next((one for one in plans if one.object == said.object), plans[0])


def _run(request: MemberRequest, import_id: int) -> HttpResponse:
    job = _found(import_id, request.actor, lock=True)
    _must(may_run(job, list(job.files.all())))
    begin(job, State.RUNNING)
    return _answered(job, 202)


def _undo(request: MemberRequest, import_id: int) -> HttpResponse:
    job = _found(import_id, request.actor, lock=True)
    _must(job.state in MAY_UNDO and job.ran)
    begin(job, State.UNDOING)
    return _answered(job, 202)


def _found(import_id: int, by: Actor, *, lock: bool = False) -> Import:
    """An import of the caller's, of objects that the caller may bring in; raises NotFound and Refused."""
    if import_id >= 2**63:
        raise NotFound(f"import {import_id}")
    job = find_import(import_id, by=by)
    if not _may(list(job.files.all()), by):
        raise Refused("import")
    if lock and not _reaches(by.scopes, job.scopes):
        raise Refused(_("This import was begun with more rights than the token has."))
    return settle(Import.objects.select_for_update().get(pk=job.pk) if lock else job)


def _may(files: list[ImportFile], by: Actor) -> bool:
    """A token of few scopes has nothing to do with imports of other objects."""
    return all(may_import_into(importable(one.file_plan.object), by) for one in files)


def _reaches(own: frozenset[str] | None, given: Sequence[str] | None) -> bool:
    """Whether scopes hold all that an import was begun with: it is worked on with those, whoever asks."""
    wanted = ("*:read", "*:write") if given is None else given
    return own is None or all(one in own or f"*:{one.rpartition(':')[2]}" in own for one in wanted)


def _must(fits: bool) -> None:
    if not fits:
        raise BadRequest("state", _("This import is at another point now; look at its state."), 409)


def _answered(job: Import, status: int = 200, **headers: str) -> HttpResponse:
    return answer(import_json(job, list(job.files.order_by("position"))), status, **headers)


def _sent_decisions(text: str) -> list[Decision]:
    if not text:
        return []
    try:
        return read_decisions(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as wrong:
        raise BadRequest("json", _("The part “plan” is no JSON: %(why)s") % {"why": wrong}) from wrong


def _plan_in(body: bytes) -> Any:
    sent = read_object(body)
    if set(sent) != {"plan"}:
        raise BadRequest("plan", _("Send {“plan”: […]}."), 422)
    return sent["plan"]


def _whole(request: MemberRequest, name: str, default: int, most: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return default
    if (
        not (text.isascii() and text.isdecimal() and len(text) < 19)
        or not int(name != "after") <= int(text) <= most
    ):
        raise BadRequest(name, _("This is a whole number up to %(most)d.") % {"most": most})
    return int(text)
