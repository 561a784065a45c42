"""Approvals: what waits for me, what I have asked for; one request; and the processes under Settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.automation.approvals import actions, forms
from guanxi.automation.approvals.models import ApprovalProcess, ApprovalRequest
from guanxi.automation.approvals.processes import (
    add_process,
    archive_process,
    change_process,
    find_process,
    move_process,
    switch_process,
)
from guanxi.automation.approvals.resources import PER_PAGE, SCOPES, requests_in, waiting_for
from guanxi.automation.approvals.telling import ADDRESS, Told, member_options, tell
from guanxi.automation.approvals.texts import read_process, write_process
from guanxi.automation.approvals.words import lines_of, sentence_of
from guanxi.automation.workflows.forms import built
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.platform.records.sharing.conditions import draw_condition
from guanxi.web.pages import render_page, toast

SETTINGS = "/settings/approvals/"


@plain_door("GET")
def approvals(request: MemberRequest) -> HttpResponse:
    """Waiting for me, asked by me and, for administrators, all; ?scope= picks."""
    by, scope = request.actor, request.GET.get("scope", "waiting")
    if scope not in SCOPES or (scope == "all" and not by.administers):
        raise Http404
    rows = requests_in(scope, by)
    before = read_whole(request.GET.get("before", ""))
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("process").order_by("-pk")[: PER_PAGE + 1])
    context = {
        "scope": scope,
        "all": by.administers,
        "told": tell(found[:PER_PAGE], by=by, whole=True),
        "older": found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None,
        "waiting": _count(by),
    }
    return render_page(request, "automation/approvals/approvals.html", context, title=_("Approvals"))


@plain_door("GET", "POST")
def approval(request: MemberRequest, request_id: int) -> HttpResponse:
    """One request with everybody in its line; POST answers it."""
    if request.method == "POST":
        return _answered(request, request_id)
    return _draw(request, request_id)


@object_door("POST")
def ask(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """The button on the page of a record."""
    actions.ask_by_hand(obj, record_id, by=request.actor)
    return toast(HttpResponseRedirect(record_url(obj, record_id)), _("Asked for approval"))


def waiting(request: HttpRequest) -> int | None:
    """How many requests wait for this member, for the navigation; counted anew when a minute has passed."""
    by: Actor | None = getattr(request, "actor", None)
    if by is None or by.member_id is None:
        return None
    known: int | None = cache.get(_waiting_key(by))
    return (known if known is not None else _count(by)) or None


def _count(by: Actor) -> int:
    count = int(waiting_for(by).count())
    cache.set(_waiting_key(by), count, 60)
    return count


def _waiting_key(by: Actor) -> str:
    return f"approvals:{by.workspace_id}:{by.member_id}"


def _draw(
    request: MemberRequest, request_id: int, problems: list[str] | None = None, words: str = ""
) -> HttpResponse:
    told = _one(request, request_id)
    context = {
        "one": told,
        "members": member_options(request.actor),
        "problems": problems or [],
        "words": words,
    }
    title = _("Approval · %(title)s") % {"title": told.title}
    return render_page(
        request, "automation/approvals/approval.html", context, title=title, status=422 if problems else 200
    )


def _one(request: MemberRequest, request_id: int) -> Told:
    found = ApprovalRequest.objects.filter(pk=request_id).select_related("process").first()
    told = tell([found], by=request.actor, whole=True) if found is not None else []
    if not told:
        raise NotFound(f"approval {request_id}")
    return told[0]


def _answered(request: MemberRequest, request_id: int) -> HttpResponse:
    by, post = request.actor, request.POST
    words, member = post.get("words", ""), read_whole(post.get("member", "")) or 0
    said = ""
    try:
        with transaction.atomic():
            match post.get("do", ""):
                case "approve":
                    actions.sign(request_id, by=by, words=words)
                    said = _("Approved")
                case "reject":
                    actions.reject(request_id, by=by, words=words)
                    said = _("Sent back")
                case "return":
                    step = read_whole(post.get("step", ""))
                    actions.return_to(request_id, -1 if step is None else step, by=by, words=words)
                    said = _("An earlier step is asked again")
                case "before" | "after" as place:
                    actions.add_signer(request_id, member, by=by, before=place == "before", words=words)
                    said = _("One more is asked")
                case "hand_over":
                    actions.hand_over(request_id, member, by=by)
                    said = _("Handed over")
                case "withdraw":
                    actions.withdraw(request_id, by=by)
                    said = _("Withdrawn")
                case "remark":
                    actions.remark(request_id, words, by=by)
                    said = _("Said")
                case _unknown:
                    raise Http404
    except InvalidValues as problem:
        found = [one.message for errors in problem.errors.values() for one in errors]
        return _draw(request, request_id, found, words)
    _count(by)
    to = local_address(request, post.get("next"), f"{ADDRESS}{request_id}/")
    return toast(HttpResponseRedirect(to), said)


# Settings


@plain_door("GET", "POST")
def processes(request: MemberRequest) -> HttpResponse:
    """All processes with what they say; POST makes a new one and opens it."""
    _administrators(request)
    if request.method == "POST":
        return _add(request)
    return _draw_processes(request)


@plain_door("GET", "POST")
def process(request: MemberRequest, process_id: int) -> HttpResponse:
    """The builder: the sentence, its lines, and the form of the line that was chosen."""
    row = find_process(process_id, by=request.actor)
    if request.method == "POST":
        return _changed(request, row)
    return _draw_process(request, row, request.GET.get("edit", ""))


@plain_door("GET", "POST")
def text(request: MemberRequest, process_id: int) -> HttpResponse:
    """The process as text, to read, to copy, to edit."""
    row = find_process(process_id, by=request.actor)
    typed, problems = write_process(row), list[str]()
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            with transaction.atomic():
                change_process(row.pk, recipe=read_process(typed), by=request.actor)
            return toast(HttpResponseRedirect(f"{SETTINGS}{row.pk}/"), _("Saved"))
        except InvalidValues as problem:
            problems = forms.messages(problem)
        except FieldError as problem:
            problems = [str(problem)]
    context = {"row": row, "text": typed, "problems": problems}
    title = _("Text · %(title)s") % {"title": row}
    return render_page(
        request, "automation/approvals/text.html", context, title=title, status=422 if problems else 200
    )


@plain_door("GET")
def condition(request: MemberRequest, process_id: int, edit: str) -> HttpResponse:
    """Which records a process, or a step, is about, put together as the filter of a list is."""
    row = find_process(process_id, by=request.actor)
    if not registry.has(row.object) or forms.form_of(registry.get(row.object), row.recipe, edit) is None:
        raise Http404
    here = f"{SETTINGS}{row.pk}/"
    return draw_condition(
        request, registry.get(row.object), path=f"{here}condition/{quote(edit)}/",
        back=here, used={"edit": edit},
    )  # fmt: skip


def _draw_processes(
    request: MemberRequest, typed: Mapping[str, Any] | None = None, problems: list[str] | None = None
) -> HttpResponse:
    archived = "archived" in request.GET
    rows = ApprovalProcess.objects.filter(archived_at__isnull=not archived)
    listed = [
        {
            "row": one,
            "sentence": sentence_of(one.object, one.recipe, by=request.actor),
            "icon": registry.get(one.object).icon if registry.has(one.object) else "box",
        }
        for one in rows.order_by("object", "position", "pk")
    ]
    context = {
        "listed": listed,
        "archived": archived,
        "objects": forms.object_options(),
        "typed": typed or {},
        "problems": problems or [],
    }
    return render_page(
        request, "automation/approvals/processes.html", context, title=_("Approvals"),
        status=422 if problems else 200,
    )  # fmt: skip


def _add(request: MemberRequest) -> HttpResponse:
    title, object = request.POST.get("title", ""), request.POST.get("object", "")
    recipe = {"steps": [{"ask": ["head"]}]}
    try:
        with transaction.atomic():
            row = add_process(object=object, title=title, recipe=recipe, by=request.actor)
    except InvalidValues as problem:
        return _draw_processes(request, request.POST.dict(), forms.messages(problem))
    return HttpResponseRedirect(f"{SETTINGS}{row.pk}/?edit=if")


def _draw_process(
    request: MemberRequest, row: ApprovalProcess, edit: str, problem: InvalidValues | None = None
) -> HttpResponse:
    if not registry.has(row.object):
        raise NotFound(row.object)
    obj, typed = registry.get(row.object), request.POST if problem is not None else None
    asked = forms.form_of(obj, row.recipe, edit, typed) if edit and edit != "title" else []
    if asked is None:
        raise Http404
    asked = built(asked, f"{SETTINGS}{row.pk}/condition/{quote(edit)}/", request.GET.dict())
    context = {
        "row": row,
        "obj": obj,
        "sentence": sentence_of(row.object, row.recipe, by=request.actor),
        "lines": lines_of(row.object, row.recipe, by=request.actor),
        "edit": edit,
        "title": forms.title_of(edit),
        "asked": asked,
        "problems": forms.messages(problem) if problem is not None else [],
        "typed_title": request.POST.get("title", row.title) if problem is not None else row.title,
    }
    return render_page(
        request, "automation/approvals/process.html", context, title=row.title, status=422 if problem else 200
    )


def _changed(request: MemberRequest, row: ApprovalProcess) -> HttpResponse:
    by, back = request.actor, HttpResponseRedirect(f"{SETTINGS}{row.pk}/")
    do, edit = request.POST.get("do", ""), request.POST.get("edit", "")
    try:
        with transaction.atomic():
            match do:
                case "on" | "off":
                    switch_process(row.pk, on=do == "on", by=by)
                    return toast(back, _("Switched on") if do == "on" else _("Switched off"))
                case "archive" | "restore":
                    archive_process(row.pk, archived=do == "archive", by=by)
                    return toast(HttpResponseRedirect(SETTINGS), _("Saved"))
                case "first":
                    move_process(row.pk, by=by)
                    return HttpResponseRedirect(SETTINGS)
                case "save" if edit == "title":
                    change_process(row.pk, title=request.POST.get("title", ""), by=by)
                    return back
                case "save" | "drop" | "up" | "down":
                    recipe = forms.edited(row.recipe, do, edit, request.POST)
                    if recipe is None:
                        raise Http404
                    change_process(row.pk, recipe=recipe, by=by)
                    return back
    except InvalidValues as problem:
        return _draw_process(request, find_process(row.pk, by=by), edit, problem)
    raise Http404


def _administrators(request: MemberRequest) -> None:
    if not request.actor.administers:
        raise Refused("approval_process.change")
