from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.collaboration.activities.actions import move_activity, plan_activity
from guanxi.collaboration.activities.objects import ACTIVITY, KINDS
from guanxi.collaboration.calendar.drawing import draw, heading
from guanxi.collaboration.calendar.queries import KINDS as SHOWN
from guanxi.collaboration.calendar.queries import planned_between
from guanxi.platform.i18n.dates import format_datetime, weekday_names
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.i18n.spans import MONTH, VIEWS, WEEK, at_same_time, span_of
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import changed, redirect_or_fragment, render_page, toast

_PER_CELL = 4


@plain_door("GET", "POST")
def calendar(request: MemberRequest) -> HttpResponse:
    """A month, a week or a day; POST plans something new."""
    if request.method == "POST":
        return _plan(request)
    return _shown(request)


@plain_door("POST")
def move(request: MemberRequest, pk: int) -> HttpResponse:
    """To another day, at the same time of day unless another is given."""
    activity = find_record(ACTIVITY, pk, by=request.actor)
    zone = ZoneInfo(request.actor.timezone)
    before = activity.starts_at or activity.due_at or timezone.now()
    day = _read_day(request.POST.get("day", ""))
    back = _back(request)
    if day is None:
        return toast(redirect_or_fragment(request, back), _("Choose a day."), tone="cinnabar")
    to = at_same_time(before, day, zone, _read_clock(request.POST.get("time", "")))
    moved = move_activity(activity, to=to, by=request.actor)
    response = redirect_or_fragment(request, back)
    undo = f"/undo/{moved.last_fact_id}/" if moved.last_fact_id else ""
    toast(response, _("Moved to %(when)s") % {"when": format_datetime(to)}, undo=undo)
    return changed(response, "activity")


def _shown(
    request: MemberRequest, *, given: dict[str, str] | None = None, errors: list[str] | None = None
) -> HttpResponse:
    zone = ZoneInfo(request.actor.timezone)
    now = timezone.now()
    today = now.astimezone(zone).date()
    asked = request.GET if request.method == "GET" else request.POST
    view = asked.get("view", MONTH) if asked.get("view") in VIEWS else MONTH
    team = asked.get("scope") == "team"
    span = span_of(view, _read_day(asked.get("at", "")) or today)
    start, end = span.moments(zone)
    rows = planned_between(start, end, by=request.actor, mine=not team)
    days = draw(span, rows, now=now, zone=zone, country=request.member.workspace.country, team=team)
    new_on = _read_day(asked.get("new", ""))
    context = {
        "view": view,
        "heading": heading(span),
        "days": days,
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
        "weekdays": weekday_names("abbreviated"),
        "per_cell": _PER_CELL,
        "columns": view == WEEK,
        "here": _url(view, span.day, team),
        "before_url": _url(view, span.before, team),
        "after_url": _url(view, span.after, team),
        "today_url": _url(view, today, team),
        "views": [
            Option(name, label, href=_url(name, span.day, team))
            for name, label in zip(VIEWS, _view_labels(), strict=True)
        ],
        "scopes": [
            Option("mine", _("Mine"), href=_url(view, span.day, False)),
            Option("team", _("Team"), href=_url(view, span.day, True)),
        ],
        "scope": "team" if team else "mine",
        "day_urls": {day.day: _url("day", day.day, team) for day in days},
        "new_urls": {
            day.day: with_query("/calendar/", **_asked(view, span.day, team), new=day.day) for day in days
        },
        "new": _new(given, errors, new_on) if new_on or errors else None,
        "may_plan": request.actor.may("create", ACTIVITY.name),
        "may_change": request.actor.may("change", ACTIVITY.name),
        "zone": zone,
        "here_day": span.day.isoformat(),
        "today_iso": today.isoformat(),
    }
    status = 422 if errors else 200
    return render_page(request, "collaboration/calendar.html", context, title=_("Calendar"), status=status)


def _plan(request: MemberRequest) -> HttpResponse:
    """Keep what was typed into the form of a new entry."""
    given = {name: str(value)[:300] for name, value in request.POST.items()}
    day = _read_day(given.get("day", ""))
    clock = _read_clock(given.get("time", ""))
    kind = given.get("kind", "meeting")
    minutes = read_whole(given.get("minutes"))
    errors = []
    if not given.get("subject", "").strip():
        errors.append(_("Say what it is."))
    if day is None:
        errors.append(_("Choose a day."))
    if kind not in SHOWN:
        errors.append(_("There is no such kind."))
    if errors or day is None:
        return _shown(request, given=given, errors=errors)
    at = datetime.combine(day, clock or time(), ZoneInfo(request.actor.timezone))
    timed: dict[str, Any] = (
        {"due_at": at} if kind == "todo" else {"starts_at": at, "minutes": min(minutes or 30, 24 * 60)}
    )
    try:
        planned = plan_activity(kind=kind, subject=given["subject"].strip(), by=request.actor, **timed)
    except InvalidValues as problem:
        return _shown(
            request, given=given, errors=[str(one) for found in problem.errors.values() for one in found]
        )
    response = redirect_or_fragment(
        request,
        _back(request),
        template="collaboration/calendar.html",
        context={"new": None},
        block="cal_new",
    )
    return toast(changed(response, "activity"), _("Planned"), undo=f"/undo/{planned.last_fact_id}/")


def _new(given: dict[str, str] | None, errors: list[str] | None, day: date | None) -> dict[str, Any]:
    """The form of a new entry."""
    return {
        "given": given or {"day": day.isoformat() if day else ""},
        "errors": errors or [],
        "kinds": [Option(one.value, str(one.label), icon=one.icon) for one in KINDS if one.value in SHOWN],
    }


def _view_labels() -> tuple[str, str, str]:
    return pgettext("calendar", "Month"), pgettext("calendar", "Week"), pgettext("calendar", "Day")


def _url(view: str, day: date, team: bool) -> str:
    return with_query("/calendar/", **_asked(view, day, team))


def _asked(view: str, day: date, team: bool) -> dict[str, str]:
    return {"view": "" if view == MONTH else view, "at": day.isoformat(), "scope": "team" if team else ""}


def _back(request: MemberRequest) -> str:
    """The same calendar as before, from the hidden fields of its forms."""
    day = _read_day(request.POST.get("at", "")) or timezone.localdate()
    view = request.POST.get("view", MONTH)
    return _url(view if view in VIEWS else MONTH, day, request.POST.get("scope") == "team")


def _read_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # Far enough from both ends of time that a month has neighbours.
    return found if date(1900, 1, 1) <= found <= date(9998, 1, 1) - timedelta(days=366) else None


def _read_clock(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None
