"""The pages of work reports: the day of a team with who has not handed in, and one report."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.collaboration.reports.actions import (
    begin_report,
    read_report,
    set_policy,
    take_back,
    write_report,
)
from guanxi.collaboration.reports.gathering import first_day, zone_of
from guanxi.collaboration.reports.models import DAY, PERIODS, WEEK, WorkReport
from guanxi.collaboration.reports.queries import find_report, leads, own_reports, policy_of, reports_of
from guanxi.collaboration.reports.telling import heading_of, lines_of, totals_of
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

PLACE = "/work-reports/"
State = WorkReport.State


@plain_door("GET", "POST")
def reports(request: MemberRequest) -> HttpResponse:
    """Reports of one day or week; POST begins the member's own and opens it."""
    asked = request.GET if request.method == "GET" else request.POST
    period = asked.get("period", DAY) if asked.get("period") in PERIODS else DAY
    today = datetime.now(zone_of(request.member)).date()
    day = first_day(period, _read_day(asked.get("day", "")) or today)
    if request.method == "POST":
        made, _new = begin_report(request.member, period=period, day=day)
        return HttpResponseRedirect(f"{PLACE}{made.pk}/")
    members, handed = reports_of(period, day, by=request.actor)
    names = member_names({one.pk for one in members})
    step = timedelta(days=1 if period == DAY else 7)
    own = own_reports(request.actor)
    shown = WorkReport(period=period, day=day)
    context = {
        "period": period,
        "periods": [
            Option(DAY, _("Daily"), href=f"{PLACE}?period=day&day={day}"),
            Option(WEEK, _("Weekly"), href=f"{PLACE}?period=week&day={day}"),
        ],
        "day": day,
        "heading": heading_of(shown),
        "before_url": f"{PLACE}?period={period}&day={_moved(day, -step)}",
        "after_url": f"{PLACE}?period={period}&day={_moved(day, step)}",
        "begun": day <= today,
        "own": [(one, heading_of(one)) for one in own],
        "rows": [(str(names.get(one.pk, "")), handed.get(one.pk)) for one in members],
        "handed": len(handed),
        "totals": totals_of(handed.values(), by=request.actor),
        "policy": policy_of(),
        "administers": request.actor.administers,
    }
    return render_page(request, "collaboration/work_reports.html", context, title=_("Work reports"))


@plain_door("GET", "POST")
def report(request: MemberRequest, report_id: int) -> HttpResponse:
    """One report; POST keeps what its member wrote, and with `hand_in` hands it in."""
    if request.method == "POST":
        review, plan = request.POST.get("review", ""), request.POST.get("plan", "")
        hand_in = "hand_in" in request.POST
        try:
            write_report(report_id, review=review, plan=plan, by=request.actor, hand_in=hand_in)
        except InvalidValues as problem:
            typed = {"review": review, "plan": plan}
            said = [one.message for found in problem.errors.values() for one in found]
            return _draw(request, find_report(report_id, by=request.actor), typed, said)
        said_done = _("Handed in") if hand_in else _("Saved")
        return toast(HttpResponseRedirect(f"{PLACE}{report_id}/"), said_done)
    return _draw(request, find_report(report_id, by=request.actor))


@plain_door("POST")
def withdraw(request: MemberRequest, report_id: int) -> HttpResponse:
    """Take it back while nobody has read it."""
    take_back(report_id, by=request.actor)
    return toast(HttpResponseRedirect(f"{PLACE}{report_id}/"), _("It is a draft again."))


@plain_door("POST")
def read(request: MemberRequest, report_id: int) -> HttpResponse:
    """Read, with a word on it or without."""
    read_report(report_id, comment=request.POST.get("comment", ""), by=request.actor)
    return toast(HttpResponseRedirect(f"{PLACE}{report_id}/"), _("Marked as read"))


@plain_door("POST")
def policy(request: MemberRequest) -> HttpResponse:
    """Which reports the workspace asks for."""
    set_policy(daily="daily" in request.POST, weekly="weekly" in request.POST, by=request.actor)
    return toast(HttpResponseRedirect(PLACE), _("Saved"))


def _draw(
    request: MemberRequest,
    shown: WorkReport,
    typed: dict[str, str] | None = None,
    problems: list[str] | None = None,
) -> HttpResponse:
    own = shown.owner_id == request.actor.member_id
    names = member_names({one for one in (shown.owner_id, shown.read_by_id) if one})
    context: dict[str, Any] = {
        "report": shown,
        "who": str(names.get(shown.owner_id, "")),
        "reader": str(names.get(shown.read_by_id or 0, "")),
        "heading": heading_of(shown),
        "lines": lines_of(shown, by=request.actor),
        "typed": typed or {"review": shown.review, "plan": shown.plan},
        "problems": problems or [],
        "writes": own and shown.state == State.DRAFT,
        "takes_back": own and shown.state == State.SUBMITTED,
        "reads": shown.state != State.DRAFT and leads(request.actor, shown),
        "weekly": shown.period == WEEK,
    }
    status = 422 if problems else 200
    return render_page(
        request, "collaboration/work_report.html", context, title=_("Work report"), status=status
    )


def _read_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _moved(day: date, step: timedelta) -> date:
    return day + step
