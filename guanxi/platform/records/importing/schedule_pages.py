"""Pages of imports by the clock. What was brought in by one is an import like any other."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.importing import schedules
from guanxi.platform.records.importing.jobs import bring_in
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import Import, ImportSchedule
from guanxi.platform.records.importing.pages import RECENT, find_import, state_label
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page

Every = ImportSchedule.Every


@plain_door("GET", "POST")
def new(request: MemberRequest, import_id: int) -> HttpResponse:
    """Repeat an import: where the file will come from, and when."""
    job = find_import(import_id, by=request.actor)
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            row = schedules.schedule_import(job, **_typed(request), by=request.actor)
        except InvalidValues as refused:
            problems = _problems(refused)
        else:
            return HttpResponseRedirect(f"/import/schedules/{row.pk}/")
    given = {"address": "", "every": Every.DAY.value, "hour": 6, "sign_in": "", "name": "", **_given(request)}
    return _page(request, {"job": job, "row": None, "given": given, "problems": problems}, job.name)


@plain_door("GET", "POST")
def schedule(request: MemberRequest, schedule_id: int) -> HttpResponse:
    """How it went, and what can be changed of it."""
    row = schedules.find_schedule(schedule_id, by=request.actor)
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            schedules.change_schedule(row, **_typed(request), by=request.actor)
        except InvalidValues as refused:
            problems = _problems(refused)
        else:
            return HttpResponseRedirect(f"/import/schedules/{row.pk}/")
    known = {"sign_in": row.sign_in.get("kind", ""), "name": row.sign_in.get("name", "")}
    given = {"address": row.address, "every": row.every, "hour": row.hour, **known, **_given(request)}
    brought = Import.objects.filter(schedule_id=row.pk).order_by("-created_at")[:RECENT]
    context = {
        "row": row,
        "given": given,
        "problems": problems,
        "obj": importable(row.file_plan.object),
        "brought": list(brought),
        "state_label": state_label,
    }
    return _page(request, context, row.name)


@plain_door("POST")
def pause(request: MemberRequest, schedule_id: int) -> HttpResponse:
    schedules.pause_schedule(schedules.find_schedule(schedule_id, by=request.actor), by=request.actor)
    return HttpResponseRedirect(f"/import/schedules/{schedule_id}/")


@plain_door("POST")
def now(request: MemberRequest, schedule_id: int) -> HttpResponse:
    """Look for new files at once, in a worker."""
    schedules.find_schedule(schedule_id, by=request.actor)
    bring_in.enqueue(schedule_id=schedule_id)
    return HttpResponseRedirect(f"/import/schedules/{schedule_id}/?asked=1")


@plain_door("POST")
def delete(request: MemberRequest, schedule_id: int) -> HttpResponse:
    schedules.delete_schedule(schedules.find_schedule(schedule_id, by=request.actor), by=request.actor)
    return HttpResponseRedirect("/import/")


def every_label(every: str) -> str:
    return {
        Every.HOUR: _("Every hour"),
        Every.DAY: _("Every day"),
        Every.WEEK: _("Every Monday"),
        Every.MONTH: _("On the 1st of each month"),
    }[Every(every)]


def _page(request: MemberRequest, context: dict[str, Any], title: str) -> HttpResponse:
    shown = {
        "everies": [Option(one, every_label(one)) for one in Every.values],
        "hours": [Option(str(one), f"{one:02d}:00") for one in range(24)],
        "sign_ins": [
            Option("", _("Without signing in")),
            Option("basic", _("With a name and a password")),
            Option("bearer", _("With a token")),
        ],
        "folder": schedules.folder_of_workspace(),
        "asked": "asked" in request.GET,
        **context,
    }
    return render_page(request, "records/importing/schedule.html", shown, title=title)


def _typed(request: MemberRequest) -> dict[str, Any]:
    said = request.POST
    hour = read_whole(said.get("hour"))
    return {
        "address": said.get("address", ""),
        "every": said.get("every", ""),
        "hour": -1 if hour is None else hour,
        "sign_in": schedules.SignIn(said.get("sign_in", ""), said.get("name", ""), said.get("secret", "")),
    }


def _given(request: MemberRequest) -> dict[str, Any]:
    names = ("address", "every", "hour", "sign_in", "name")
    return {name: request.POST[name] for name in names if name in request.POST}


def _problems(refused: InvalidValues) -> dict[str, str]:
    return {name: " ".join(one.message for one in found) for name, found in refused.errors.items()}
