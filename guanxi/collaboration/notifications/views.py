from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from guanxi.automation.workflows.recipe import ROBOTS
from guanxi.automation.workflows.words import ROBOT_NAMES
from guanxi.collaboration.notifications.actions import (
    add_browser,
    follow_record,
    read_all,
    read_notification,
    remove_browser,
    unfollow_record,
)
from guanxi.collaboration.notifications.choices import MARKS, Wishes, choice_of, choose
from guanxi.collaboration.notifications.kinds import KINDS
from guanxi.collaboration.notifications.panels import follow_of
from guanxi.collaboration.notifications.queries import browsers_of, find_notification, notifications_of
from guanxi.collaboration.notifications.telling import tell
from guanxi.collaboration.readers import seen_by
from guanxi.platform.calls.webpush import server_key
from guanxi.platform.i18n.dates import format_hour, weekday_names
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.agents import browser_name
from guanxi.platform.identity.doors import member_required
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.identity.sessions import STARTED
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.web.components import Option
from guanxi.web.pages import changed, redirect_or_fragment, render_page, toast


@require_GET
@member_required
def notifications(request: MemberRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    shown, older = notifications_of(request.actor, before=read_whole(before))
    context = {"days": tell(shown), "older": older, "first_page": not before}
    return render_page(request, "collaboration/notifications.html", context, title=_("Notifications"))


@require_GET
@member_required
def open_notification(request: MemberRequest, pk: int) -> HttpResponse:
    """To what it is about; from then on it is read. 404 for what is not the member's to see."""
    found = find_notification(pk, by=request.actor)
    if found is None:
        raise Http404
    read_notification(found)
    if found.kind == "imported":
        return HttpResponseRedirect(f"/import/{found.record_id}/")
    if found.kind == "batch":
        return HttpResponseRedirect(f"/changes/batches/{found.record_id}/")
    if found.kind == "import_stopped":
        return HttpResponseRedirect(f"/import/schedules/{found.record_id}/")
    if found.kind == "drifted":
        return HttpResponseRedirect(f"/settings/learned/{found.record_id}/")
    if found.kind == "figures":
        return HttpResponseRedirect("/analytics/deliveries/")
    if found.kind == "delegated":
        return HttpResponseRedirect("/settings/delegation/")
    if found.kind == "report":
        return HttpResponseRedirect(f"/work_reports/{found.record_id}/writing/")
    if found.kind == "clash":
        return HttpResponseRedirect(f"/clashes/{found.record_id}/")
    if found.kind in ("asked", "answered"):
        return HttpResponseRedirect(f"/access/{found.record_id}/" if found.kind == "asked" else "/access/")
    if found.kind == "automation_run":
        runs = "/automations/" if found.object == "workflow" else "/automations/runs/"
        runs = f"{runs}{found.record_id}/"
        return HttpResponseRedirect(runs if request.actor.administers else "/notifications/")
    obj = registry.get(found.object) if registry.has(found.object) else None
    if obj is None:
        raise Http404
    if not found.record_id:
        return HttpResponseRedirect(list_url(obj, filter="owner = me", sort="-updated_at"))
    if not seen_by(request.actor.member_id or 0, [(obj.name, found.record_id)]):
        if found.kind == "merged":
            return HttpResponseRedirect("/notifications/")
        raise Http404
    return HttpResponseRedirect(record_url(obj, found.record_id))


@require_POST
@member_required
def reading(request: MemberRequest) -> HttpResponse:
    """All are read."""
    read_all(by=request.actor)
    shown, older = notifications_of(request.actor)
    response = redirect_or_fragment(
        request,
        "/notifications/",
        template="collaboration/notifications.html",
        context={"days": tell(shown), "older": older, "first_page": True},
        block="notifications",
    )
    return changed(response, "counts")


@member_required
def choices(request: MemberRequest) -> HttpResponse:
    """What the member wants to be told, by which channels and when."""
    if request.method == "POST":
        try:
            choose(_typed(request.POST), by=request.actor)
        except InvalidValues as problem:
            request.raised = True
            return _draw_choices(request, problem)
        return toast(redirect_or_fragment(request, "/settings/notifications/"), _("Saved"))
    return _draw_choices(request)


def _draw_choices(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    row = choice_of(request.member.pk)
    typed = _typed(request.POST) if problem is not None else {}
    wishes = Wishes.of(row)
    chosen = {
        kind: [
            mark
            for mark in MARKS
            if (mark == "urgent" and wishes.is_urgent(kind)) or mark in wishes.channels(kind)
        ]
        for kind in KINDS
    }
    day = [Option(str(hour), format_hour(hour)) for hour in range(24)]
    week = [Option(str(at), name) for at, name in enumerate(weekday_names())]
    context = {
        "kinds": KINDS.values(),
        "heads": [(name, HEADS[name]) for name in ("app", *MARKS)],
        "shown": typed.get("kinds") or {kind: wishes.shows(kind) for kind in KINDS},
        "chosen": typed.get("marks") or chosen,
        "row": row,
        "typed": typed,
        "digests": [
            Option("", _("At once")),
            Option("daily", _("Once a day")),
            Option("weekly", _("Once a week")),
        ],
        "hours": day,
        "days": week,
        "robots": [Option("", _("None")), *(Option(one, str(ROBOT_NAMES[one])) for one in ROBOTS)],
        "browsers": browsers_of(request.actor.member_id or 0),
        "server_key": server_key(),
        "errors": {name: [one.message for one in said] for name, said in problem.errors.items()}
        if problem
        else {},
    }
    return render_page(
        request, "collaboration/notification_choices.html", context, title=_("What I am told"),
        status=422 if problem else 200,
    )  # fmt: skip


HEADS = {
    "app": gettext_lazy("In Guanxi"),
    "email": gettext_lazy("By mail"),
    "push": gettext_lazy("Browser"),
    "robot": gettext_lazy("Robot"),
    "urgent": gettext_lazy("Urgent"),
}


def _typed(post: QueryDict) -> dict[str, Any]:
    return {
        "kinds": {kind: f"app:{kind}" in post for kind in KINDS},
        "marks": {kind: [mark for mark in MARKS if f"{mark}:{kind}" in post] for kind in KINDS},
        "digest_hour": read_whole(post.get("digest_hour", "")) or 0,
        "digest_day": read_whole(post.get("digest_day", "")) or 0,
        **{
            name: post.get(name, "")
            for name in ("quiet_from", "quiet_until", "digest", "robot", "robot_url", "robot_secret")
        },
    }


@plain_door("POST")
def browsers(request: MemberRequest) -> HttpResponse:
    """Take the messages here, or with `remove` no longer there."""
    post = request.POST
    if "remove" in post:
        remove_browser(read_whole(post["remove"]) or 0, by=request.actor)
        return toast(HttpResponseRedirect("/settings/notifications/"), _("Saved"))
    given = {name: post.get(name, "") for name in ("endpoint", "key", "auth")}
    name, started = browser_name(request.headers.get("User-Agent", "")), request.session.get(STARTED)
    signed_in_at = datetime.fromisoformat(started) if started else None
    add_browser(**given, name=name, signed_in_at=signed_in_at, by=request.actor)
    return toast(redirect_or_fragment(request, "/settings/notifications/"), _("This browser is told"))


@require_GET
@member_required
def push_worker(request: MemberRequest) -> HttpResponse:
    """The script that shows messages while no page is open; its address stays, so browsers can renew it."""
    return HttpResponse(
        _worker_source(), content_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


@cache
def _worker_source() -> bytes:
    return (Path(__file__).parent / "push_worker.js").read_bytes()


@object_door("POST")
def follow(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Follow a record, or with `stop` no longer."""
    if "stop" in request.POST:
        unfollow_record(obj, record_id, by=request.actor)
    else:
        follow_record(obj, record_id, by=request.actor)
    record = find_record(obj, record_id, by=request.actor)
    return redirect_or_fragment(
        request,
        record_url(obj, record_id),
        template="collaboration/follow.html",
        context=follow_of(record, request.actor) | {"tally": "stop" not in request.POST},
    )
