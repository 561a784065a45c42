"""The pages of work reports: the day of a team with who has not handed in, and one report."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.collaboration.reports.actions import (
    begin_report,
    hand_in,
    mark_read,
    set_policy,
    take_back,
    write_report,
)
from guanxi.collaboration.reports.models import DRAFT, SUBMITTED, WorkReport
from guanxi.collaboration.reports.objects import WORK_REPORT
from guanxi.collaboration.reports.periods import DAY, PERIODS, WEEK, first_day, zone_of
from guanxi.collaboration.reports.queries import leads, own_reports, policy_of, reports_of
from guanxi.collaboration.reports.telling import heading_of, lines_of, totals_of
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

PLACE = "/work_reports/day/"


@plain_door("GET", "POST")
def reports(request: MemberRequest) -> HttpResponse:
    """Reports of one day or week; POST begins the member's own and opens it."""
    asked = request.GET if request.method == "GET" else request.POST
    period = asked.get("period", DAY) if asked.get("period") in PERIODS else DAY
    today = datetime.now(zone_of(request.member)).date()
    day = first_day(period, _read_day(asked.get("day", "")) or today)
    if request.method == "POST":
        made = begin_report(request.member, period=period, day=day, by=request.actor)
        return HttpResponseRedirect(_address(made.pk))
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
        "begun": day <= today and request.actor.may("create", WORK_REPORT.name),
        "own": [(one, heading_of(one)) for one in own],
        "rows": [(str(names.get(one.pk, "")), handed.get(one.pk)) for one in members],
        "handed": len(handed),
        "totals": totals_of(handed.values(), by=request.actor),
        "policy": policy_of(),
        "administers": request.actor.administers,
    }
    return render_page(request, "collaboration/work_reports.html", context, title=_("Work reports"))


@plain_door("GET", "POST")
def report(request: MemberRequest, work_report_id: int) -> HttpResponse:
    """One report; POST keeps what its member wrote, and with `hand_in` hands it in."""
    by = request.actor
    found = find_record(WORK_REPORT, work_report_id, by=by)
    if request.method != "POST":
        return _draw(request, found)
    typed = {name: request.POST.get(name, "") for name in ("review", "plan")}
    handing = "hand_in" in request.POST
    try:
        if handing:
            hand_in(found, by=by, **typed)
        else:
            write_report(found, by=by, **typed)
    except InvalidValues as problem:
        said = [one.message for errors in problem.errors.values() for one in errors]
        return _draw(request, find_record(WORK_REPORT, work_report_id, by=by), typed, said)
    return toast(HttpResponseRedirect(_address(work_report_id)), _("Handed in") if handing else _("Saved"))


@plain_door("POST")
def withdraw(request: MemberRequest, work_report_id: int) -> HttpResponse:
    """Take it back while nobody has read it."""
    take_back(find_record(WORK_REPORT, work_report_id, by=request.actor), by=request.actor)
    return toast(HttpResponseRedirect(_address(work_report_id)), _("It is a draft again."))


@plain_door("POST")
def read(request: MemberRequest, work_report_id: int) -> HttpResponse:
    """Read, with a word on it or without."""
    found = find_record(WORK_REPORT, work_report_id, by=request.actor)
    mark_read(found, comment=request.POST.get("comment", ""), by=request.actor)
    return toast(HttpResponseRedirect(_address(work_report_id)), _("Marked as read"))


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
    fields = {"review": shown.review or "", "plan": shown.plan or "", "comment": shown.comment or ""}
    context: dict[str, Any] = {
        "report": shown,
        "who": str(names.get(shown.owner_id or 0, "")),
        "reader": str(names.get(shown.read_by_id or 0, "")),
        "heading": heading_of(shown),
        "lines": lines_of(shown, by=request.actor),
        "typed": fields | (typed or {}),
        "address": record_url(WORK_REPORT, shown.pk),
        "problems": problems or [],
        "writes": own and shown.status == DRAFT and shown.archived_at is None,
        "takes_back": own and shown.status == SUBMITTED,
        "reads": shown.status != DRAFT and leads(request.actor, shown),
        "weekly": shown.period == WEEK,
    }
    status = 422 if problems else 200
    return render_page(
        request, "collaboration/work_report.html", context, title=_("Work report"), status=status
    )


def _address(report_id: int) -> str:
    return record_url(WORK_REPORT, report_id, "writing")


def _read_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _moved(day: date, step: timedelta) -> date:
    return day + step
