"""Records on the days of a calendar, by any of their days or moments: a month or a week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.i18n.dates import (
    format_date,
    format_day,
    format_month,
    format_range,
    format_time,
    weekday_names,
)
from guanxi.platform.i18n.holidays import holiday_name, is_working_day
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.i18n.spans import MONTH, WEEK, Span, at_same_time, span_of
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import InvalidValues, words_of
from guanxi.platform.metadata.fields import Choice, DateTime, Field
from guanxi.platform.metadata.fields.time import today as today_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery, Row, read_rows
from guanxi.platform.records.pages.arranging import days_of
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.pages.doors import back_to, object_door
from guanxi.platform.records.summary import summarise
from guanxi.platform.records.writing import StaleRecord, change_record
from guanxi.web.components import CalendarDay, CalendarEntry, Option
from guanxi.web.pages import changed, is_htmx, toast

PER_CELL = {MONTH: 4, WEEK: 40}
MOST = 200  # read in one statement; a day says how many more there are


@dataclass(frozen=True, slots=True)
class Dated:
    """A calendar as the page draws it."""

    heading: str
    span: str
    weeks: list[list[CalendarDay]]
    weekdays: list[str]
    per_cell: int
    spans: list[Option]
    here: str
    before_url: str
    after_url: str
    today_url: str
    label: str
    filled: bool


def day_field(asked: Asked) -> Field | None:
    """By which days the calendar is drawn: what the address says, or the likeliest."""
    found = days_of(asked.obj)
    return next((one for one in found if one.name == asked.arranged), next(iter(found), None))


def dated_context(asked: Asked, request: MemberRequest) -> dict[str, Any]:
    """The days of the month or week that is asked for; raises FieldError as the list does."""
    by, field = request.actor, day_field(asked)
    if field is None:
        raise Http404
    context = field_context(by)
    now = today_of(context)
    view = WEEK if request.GET.get("span") == WEEK else MONTH
    span = span_of(view, _read_day(request.GET.get("at", "")) or now)
    query = _between(asked, field, span)
    rows, after = read_rows(query, by=by)
    counts: dict[str, int] = {}
    if after:
        found = summarise(query, by=by, group=[f"{field.name}:day"])
        counts = {str(one.key[0]): one.count for one in found}
    may_move = by.may("change", asked.obj.name) and not field.readonly
    by_day: dict[date, list[CalendarEntry]] = defaultdict(list)
    tones = next(
        (one for one in asked.obj.fields if isinstance(one, Choice) and one.name in query.columns), None
    )
    for row in rows:
        day, entry = _entry(asked.obj, field, row, context.zone, may_move, tones)
        by_day[day].append(entry)
    shown = PER_CELL[view]
    country = request.member.workspace.country
    days = [
        CalendarDay(
            iso=day.isoformat(),
            number=day.day,
            label=format_day(day),
            entries=tuple(by_day[day][:shown]),
            today=day == now,
            outside=view == MONTH and day.month != span.day.month,
            working=is_working_day(day, country),
            note=holiday_name(day, country),
            more=_more(max(counts.get(day.isoformat(), 0), len(by_day[day])) - len(by_day[day][:shown])),
            href=_day_url(asked, field, day),
        )
        for day in span.days
    ]
    at = {"span": "" if view == MONTH else view}
    return {
        "dated": Dated(
            heading=format_range(span.first, span.last) if view == WEEK else format_month(span.day),
            span=view,
            weeks=[days[start : start + 7] for start in range(0, len(days), 7)],
            weekdays=weekday_names("abbreviated"),
            per_cell=shown,
            spans=[
                Option(MONTH, pgettext("calendar", "Month"), href=asked.url(at=span.day)),
                Option(WEEK, pgettext("calendar", "Week"), href=asked.url(at=span.day, span=WEEK)),
            ],
            here=asked.url(at=span.day, **at),
            before_url=asked.url(at=span.before, **at),
            after_url=asked.url(at=span.after, **at),
            today_url=asked.url(**at),
            label=str(field.label),
            filled=any(day.entries and not day.outside for day in days),
        )
    }


@object_door("POST")
def move_to_day(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Another day for one of a record's days; a moment keeps its time of day."""
    by = request.actor
    field = next(
        (one for one in days_of(obj) if one.name == request.GET.get("by") and not one.readonly), None
    )
    day = _read_day(request.POST.get("day", ""))
    if field is None or day is None:
        raise Http404
    record = find_record(obj, record_id, by=by, access="edit")
    value: date | datetime = day
    if isinstance(field, DateTime):
        before = field.get(record)
        zone = field_context(by).zone
        value = at_same_time(before or datetime.combine(day, time(), zone), day, zone)
    try:
        record = change_record(record, {field.name: value}, by=by)
    except (InvalidValues, StaleRecord) as problem:
        said = words_of(problem)
        answer = HttpResponse(status=422) if is_htmx(request) else back_to(request)
        return toast(answer, said, tone="cinnabar")
    answer = HttpResponse(status=204) if is_htmx(request) else back_to(request)
    undo = f"/undo/{record.last_fact_id}/" if record.last_fact_id else ""
    told = _("%(name)s: %(field)s %(day)s") % {"name": record, "field": field.label, "day": format_date(day)}
    return changed(toast(answer, told, undo=undo), obj.name)


def _between(asked: Asked, field: Field, span: Span) -> ListQuery:
    """The list's records of these days, in their order."""
    after = span.last + timedelta(days=1)
    inside = (
        Condition(field.name, "gte", span.first.isoformat()),
        Condition(field.name, "lt", after.isoformat()),
    )
    parts = inside if asked.filter == All() else (*inside, asked.filter)
    obj = asked.obj
    tone = [one.name for one in obj.fields if isinstance(one, Choice) and not one.hidden][:1]
    ended = [name for name in (obj.closed, obj.done) if name]
    query = asked.query()
    columns = tuple(dict.fromkeys([obj.title, field.name, *tone, *ended]))
    return replace(query, columns=columns, filter=All(parts), sort=field.name, limit=MOST, after=None)


def _entry(
    obj: Object, field: Field, row: Row, zone: tzinfo, may_move: bool, tones: Choice | None
) -> tuple[date, CalendarEntry]:
    value = row.values[field.name]
    local = value.astimezone(zone) if isinstance(value, datetime) else None
    option = tones.option(row.values[tones.name]) if tones else None
    href = record_url(obj, row.id)
    return (local.date() if local else value), CalendarEntry(
        title=str(row.values[obj.title] or _("Without a name")),
        href=href,
        time=format_time(value) if local and local.time() != time() else "",
        tone=(option.tone if option else "") or "azurite",  # type: ignore[arg-type]
        done=any(row.values.get(name) for name in (obj.closed, obj.done) if name),
        key=str(row.id),
        move_url=f"{href}day/?by={field.name}" if may_move else "",
    )


def _more(count: int) -> str:
    return format_number(count) if count > 0 else ""


def _day_url(asked: Asked, field: Field, day: date) -> str:
    """The list of one day."""
    parts = asked.filter.parts if isinstance(asked.filter, All) else (asked.filter,)
    on = Condition(field.name, "is", day.isoformat())
    return asked.url(filter=All((*parts, on)), layout="table")


def _read_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # Far enough from both ends of time that a month has neighbours.
    return found if date(1900, 1, 1) <= found <= date(9996, 1, 1) else None
