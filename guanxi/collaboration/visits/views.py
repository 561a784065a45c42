"""The pages of visits: arriving, leaving, the day of a team, and from where on is far."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.collaboration.activities.actions import set_next_step
from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.activities.objects import ACTIVITY, OUTCOMES
from guanxi.collaboration.attachments.views import attach_all, has_files
from guanxi.collaboration.timeline.projecting import project_after_commit
from guanxi.collaboration.visits.actions import (
    check_in,
    check_in_at,
    check_out,
    keep_place,
    may_check_in,
    may_check_out,
    set_policy,
)
from guanxi.collaboration.visits.queries import customer_of, far_of, visits_between
from guanxi.collaboration.visits.telling import day_of
from guanxi.platform.i18n.dates import format_day
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.i18n.when import parse_when
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused, find_record, require
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

PLACE = "/visits/"
_LONGEST = 20_000


@plain_door("GET")
def visits(request: MemberRequest) -> HttpResponse:
    """The visits of one day, by who makes them: those that the member may see."""
    require(request.actor, "see", ACTIVITY)
    zone = ZoneInfo(request.actor.timezone)
    today = datetime.now(zone).date()
    day = _read_day(request.GET.get("day", "")) or today
    start, end = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    found = visits_between(start.astimezone(UTC), end.astimezone(UTC), by=request.actor)
    context = {
        "told": day_of(found, far=far_of()),
        "day": day,
        "heading": format_day(day),
        "before_url": f"{PLACE}?day={day - timedelta(days=1)}",
        "after_url": f"{PLACE}?day={day + timedelta(days=1)}",
        "is_today": day == today,
        "administers": request.actor.administers,
    }
    return render_page(request, "collaboration/visits.html", context, title=_("Visits"))


@plain_door("GET", "POST")
def arrival(request: MemberRequest, pk: int) -> HttpResponse:
    """Check in: GET asks the browser where one is, POST begins the visit."""
    by = request.actor
    require(by, "check_in", ACTIVITY)
    visit = find_record(ACTIVITY, pk, by=by, access="edit")
    if request.method == "GET":
        if not may_check_in(visit, by):
            return HttpResponseRedirect(record_url(ACTIVITY, pk))
        return _ask_arrival(request, str(visit), f"/activities/{pk}/arrival/", record_url(ACTIVITY, pk))
    return _arrived(request, check_in(visit, by=by, **_where(request)))


@object_door("GET", "POST")
def arrival_at(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Check in at a customer where nothing was planned."""
    by = request.actor
    require(by, "create", ACTIVITY)
    require(by, "check_in", ACTIVITY)
    if not obj.touched:
        raise NotFound(obj.name)
    record = find_record(obj, record_id, by=by)
    if request.method == "GET":
        back = record_url(obj, record_id)
        return _ask_arrival(request, str(record), record_url(obj, record_id, "arrival"), back)
    return _arrived(request, check_in_at((obj.name, record_id), by=by, **_where(request)))


@plain_door("GET", "POST")
def departure(request: MemberRequest, pk: int) -> HttpResponse:
    """Check out: what came of it, and what comes next."""
    by = request.actor
    require(by, "check_out", ACTIVITY)
    visit = find_record(ACTIVITY, pk, by=by, access="edit")
    if request.method == "GET":
        if not may_check_out(visit, by):
            return HttpResponseRedirect(record_url(ACTIVITY, pk))
        return _ask_departure(request, visit, {"body": visit.body or ""})
    given = {name: str(value)[:_LONGEST] for name, value in request.POST.items()}
    try:
        with transaction.atomic():
            done = _left(visit, given, request)
    except InvalidValues as problem:
        errors = {name: " ".join(one.message for one in found) for name, found in problem.errors.items()}
        return _ask_departure(request, visit, given, errors)
    project_after_commit([done.pk])
    return toast(HttpResponseRedirect(record_url(ACTIVITY, pk)), _("Checked out: %(name)s") % {"name": done})


@plain_door("POST")
def place(request: MemberRequest, pk: int) -> HttpResponse:
    """The customer gets the place of this visit."""
    customer = keep_place(find_record(ACTIVITY, pk, by=request.actor), by=request.actor)
    said = _("%(name)s has a position now. The next check-in is measured by it.") % {"name": customer}
    undo = f"/undo/{customer.last_fact_id}/" if customer.last_fact_id else ""
    return toast(HttpResponseRedirect(record_url(ACTIVITY, pk)), said, undo=undo)


@plain_door("GET", "POST")
def policy(request: MemberRequest) -> HttpResponse:
    """From where on a check-in is far away."""
    if not request.actor.administers:
        raise Refused("visit_policy.change")
    typed = request.POST.get("far", str(far_of()))
    problem = ""
    if request.method == "POST":
        try:
            set_policy(far=read_whole(typed, least=0, most=10**6) or 0, by=request.actor)
            return toast(HttpResponseRedirect(f"{PLACE}policy/"), _("Saved."))
        except InvalidValues as wrong:
            problem = wrong.errors["far"][0].message
    context = {"far": typed, "problem": problem}
    status = 422 if problem else 200
    return render_page(request, "collaboration/visit_policy.html", context, title=_("Visits"), status=status)


def _where(request: MemberRequest) -> dict[str, Any]:
    """What the browser told of the place; nothing where it told nothing."""
    accuracy = read_whole(request.POST.get("accuracy", ""), least=0, most=10_000_000)
    return {"position": request.POST.get("position", "")[:60] or None, "accuracy": accuracy}


def _arrived(request: MemberRequest, visit: Activity) -> HttpResponse:
    """To the visit, with the photo that came along; a photo that is none takes all of it back."""
    if has_files(request):
        error, kept = attach_all(request, ACTIVITY, visit.pk)
        if not error and not all(one.file.media_type.startswith("image/") for one in kept):
            error = _("That is no picture. Take a photo, or check in without one.")
        if error:
            raise InvalidValues({"files": [FieldError("picture", error)]})
    far = visit.distance is not None and visit.distance > far_of()
    said = _("Checked in, far from the customer's address") if far else _("Checked in")
    if not visit.position:
        said = _("Checked in. Where that was is not known.")
    tone = "gamboge" if far or not visit.position else ""
    return toast(HttpResponseRedirect(record_url(ACTIVITY, visit.pk)), said, tone=tone)


def _left(visit: Activity, given: dict[str, str], request: MemberRequest) -> Activity:
    done = check_out(
        visit,
        by=request.actor,
        outcome=given.get("outcome") or None,
        body=given.get("body", "").strip() or None,
    )
    text, words = given.get("next_step", "").strip(), given.get("next_step_on", "").strip()
    if text or words:
        when = parse_when(words, datetime.now(UTC), ZoneInfo(request.actor.timezone)) if words else None
        if words and when is None:
            message = _("“%(value)s” is no time that I understand. Try “tomorrow 15:00”.") % {
                "value": words[:40]
            }
            raise InvalidValues({"next_step_on": [FieldError("datetime", message)]})
        key = _stepping(done)
        if key is not None:
            set_next_step(key, text, when.at.date() if when else None, by=request.actor)
    if has_files(request):
        error, _kept = attach_all(request, ACTIVITY, done.pk)
        if error:
            raise InvalidValues({"files": [FieldError("file", error)]})
    return done


def _stepping(visit: Activity) -> tuple[str, int] | None:
    """The first record of the visit that has a next step."""
    for name, record_id in visit.concerns():
        if registry.has(name) and registry.get(name).next_step is not None:
            return name, record_id
    return None


def _ask_arrival(request: MemberRequest, at: str, action: str, back: str) -> HttpResponse:
    context = {"at": at, "action": action, "back": back}
    return render_page(request, "collaboration/visit_arrival.html", context, title=_("Check in"))


def _ask_departure(
    request: MemberRequest, visit: Activity, given: dict[str, str], errors: dict[str, str] | None = None
) -> HttpResponse:
    errors = errors or {}
    context = {
        "visit": visit,
        "given": given,
        "errors": errors,
        "others": [words for name, words in errors.items() if name not in ("next_step_on", "body")],
        "outcomes": [Option(one.value, str(one.label)) for one in OUTCOMES if one.value != "no_answer"],
        "steps": _stepping(visit) is not None,
        "customer": customer_of(visit, by=request.actor),
        "back": record_url(ACTIVITY, visit.pk),
    }
    status = 422 if errors else 200
    return render_page(
        request, "collaboration/visit_departure.html", context, title=_("Check out"), status=status
    )


def _read_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
