"""Settings › Working days: what is free and what is worked in a year, and the workspace's own days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.addresses import country_name
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.holidays import (
    holiday_name,
    is_working_day,
    working_days_between,
    working_weekdays,
)
from guanxi.platform.i18n.models import CalendarDay
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.i18n.own_days import forget_own_day, own_days, set_own_day
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.hours import hours_of_workspace, hours_words
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/working-days/"
LONGEST = 31  # days that are said at once
YEARS = range(2000, 2101)


@plain_door("GET", "POST")
def working_days(request: MemberRequest) -> HttpResponse:
    """A year's free and worked days; POST says what some days are."""
    if not request.actor.administers:
        raise Refused("calendar.change")
    if request.method == "GET":
        return _draw(request)
    said = request.POST
    try:
        rows = say_days(
            first=_day(said.get("first", "")),
            last=_day(said.get("last", "") or said.get("first", "")),
            working=said.get("working") == "yes",
            name=said.get("name", ""),
            by=request.actor,
        )
    except InvalidValues as problem:
        return _draw(request, problem)
    address = f"{ADDRESS}?year={rows[0].day.year}"
    return toast(HttpResponseRedirect(address), _("Saved. Due dates, reminders and targets follow it."))


@plain_door("POST")
def withdraw(request: MemberRequest, day_id: int) -> HttpResponse:
    """The day is as in the country again."""
    row = withdraw_day(day_id, by=request.actor)
    said = _("%(day)s is an ordinary day again.") % {"day": format_date(row.day)}
    return toast(HttpResponseRedirect(f"{ADDRESS}?year={row.day.year}"), said)


@transaction.atomic
def say_days(*, first: date, last: date, working: bool, name: str, by: Actor) -> list[CalendarDay]:
    """The days from `first` to `last` are worked, or free. Raises Refused and InvalidValues."""
    if not by.administers:
        raise Refused("calendar.change")
    if first.year not in YEARS or not 0 <= (last - first).days < LONGEST:
        words = _("From the first to the last, %(most)d days at most.") % {"most": LONGEST}
        raise InvalidValues({"last": [FieldError("range", words)]})
    name = " ".join(name.split())[:80]
    every = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    rows = [set_own_day(day, working=working, name=name) for day in every]
    for row in rows:
        data = {"day": str(row.day), "working": working, "name": name}
        state_fact("calendar_day", "set", row.pk, by=by, title=str(row.day), data=data)
    return rows


@transaction.atomic
def withdraw_day(day_id: int, *, by: Actor) -> CalendarDay:
    """Take back what was said of a day; returns it. Raises Refused and NotFound."""
    if not by.administers:
        raise Refused("calendar.change")
    row: CalendarDay | None = CalendarDay.objects.filter(pk=day_id).first() if day_id < 2**63 else None
    if row is None:
        raise NotFound(f"calendar_day {day_id}")
    key = row.pk
    forget_own_day(row)
    row.pk = key
    state_fact("calendar_day", "withdrawn", key, by=by, title=str(row.day))
    return row


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise InvalidValues({"first": [FieldError("day", _("This is not a day."))]}) from problem


def _draw(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    country = request.member.workspace.country
    asked = read_whole(request.GET.get("year", ""), least=YEARS.start, most=YEARS.stop - 1)
    year = asked or timezone.localdate().year
    rows = {one.day: one for one in CalendarDay.objects.filter(day__year=year)}
    days = _days_of(year, country)
    context = {
        "year": year,
        "years": [(one, f"{ADDRESS}?year={one}") for one in (year - 1, year + 1) if one in YEARS],
        "country": country_name(country),
        "hours": hours_words(hours_of_workspace(request.member.workspace)),
        "count": working_days_between(date(year, 1, 1), date(year, 12, 31), country),
        "days": [{**one, "own": rows.get(one["day"])} for one in days],
        "kinds": [Option("no", _("free")), Option("yes", _("worked"))],
        "typed": {name: request.POST.get(name, "") for name in ("first", "last", "working", "name")},
        "problems": [one.message for found in problem.errors.values() for one in found] if problem else [],
    }
    status = 422 if problem else 200
    return render_page(request, "records/working_days.html", context, title=_("Working days"), status=status)


def _days_of(year: int, country: str) -> list[dict[str, Any]]:
    """The days of a year that are not as their weekday says: holidays, worked weekends, own days."""
    found, day, own = [], date(year, 1, 1), own_days()
    while day.year == year:
        working, name = is_working_day(day, country), holiday_name(day, country)
        if day in own or name or working != (day.weekday() in working_weekdays(country, year)):
            found.append({"day": day, "working": working, "name": name})
        day += timedelta(days=1)
    return found
