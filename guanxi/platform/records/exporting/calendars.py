"""Calendars: iCalendar (RFC 5545), which every calendar program reads, an entry for each record.

What must be done by a moment is a to-do, what begins at one an event, and anything else a journal entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Component, Event, Journal, Todo

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import require
from guanxi.platform.records.exporting.paging import pages, taken_out
from guanxi.platform.records.listing import ListQuery, Row
from guanxi.platform.records.titles import Key, Ref

_HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Guanxi//Guanxi CRM//EN\r\nCALSCALE:GREGORIAN\r\n"
_BESIDE = ("external_id", "created_at", "updated_at")
_TEXTS = ("LOCATION", "DESCRIPTION")


def has_calendar(obj: Object) -> bool:
    """Whether its records can stand in a calendar."""
    return bool(obj.starts)


def export_calendar(query: ListQuery, *, by: Actor) -> Iterator[str]:
    """The calendar, an entry at a time. Raises Refused without permission."""
    require(by, "export", query.obj)
    query = taken_out(query, by)
    known = query.obj.fields_by_name
    fields = {name: one for one in query.obj.fields if (name := _property(query.obj, one))}
    fields |= {name: known[name] for name in _BESIDE if name in known}
    return _calendar(query, fields, by)


def _property(obj: Object, field: Field) -> str:
    """The property that holds a field; "" where an entry has no place for it."""
    places = {obj.title: "SUMMARY", obj.starts: "DTSTART", obj.due: "DUE", obj.done: "COMPLETED"}
    places |= {"tags": "CATEGORIES", obj.about: "CONTACT"}
    return places.get(field.name) or field.card


def _calendar(query: ListQuery, fields: Mapping[str, Field], by: Actor) -> Iterator[str]:
    yield _HEAD
    for page in pages(query, (one.name for one in fields.values()), by=by):
        for row in page.rows:
            said = {name: row.values[one.name] for name, one in fields.items()}
            yield _entry(row, said, page.refs).to_ical().decode()
    yield "END:VCALENDAR\r\n"


def _entry(row: Row, said: Mapping[str, Any], refs: Mapping[Key, Ref]) -> Component:
    entry: Component = Todo() if said.get("DUE") else Event() if said.get("DTSTART") else Journal()
    entry.add("UID", said.get("external_id") or f"{row.id}@guanxi")
    entry.add("DTSTAMP", _moment(said.get("updated_at")) or datetime.now(UTC))
    if created := _moment(said.get("created_at")):
        entry.add("CREATED", created)
    entry.add("SUMMARY", said.get("SUMMARY") or "")
    _put_moments(entry, said)
    for name in _TEXTS:
        if (name == "DESCRIPTION" or entry.name != "VJOURNAL") and said.get(name):
            entry.add(name, said[name])
    if tags := [refs["tag", one].title for one in said.get("CATEGORIES") or () if ("tag", one) in refs]:
        entry.add("CATEGORIES", tags)
    for kind, key in said.get("CONTACT") or ():
        if (kind, key) in refs:  # what the reader may not see is not named
            entry.add("CONTACT", refs[kind, key].title)
    return entry


def _put_moments(entry: Component, said: Mapping[str, Any]) -> None:
    """When it begins, ends, is due and was done, as far as its kind of entry can say so."""
    starts, ends, due = (_moment(said.get(name)) for name in ("DTSTART", "DTEND", "DUE"))
    done, minutes = _moment(said.get("COMPLETED")), said.get("DURATION")
    begins = starts or (_moment(said.get("created_at")) if entry.name == "VJOURNAL" else None)
    if begins and (due is None or begins < due):  # RFC 5545, 3.8.2.3: a to-do is due after it begins
        entry.add("DTSTART", begins)
    if entry.name == "VEVENT" and starts:
        if ends and ends > starts:
            entry.add("DTEND", ends)
        elif minutes and not ends:
            entry.add("DURATION", timedelta(minutes=int(minutes)))
    if entry.name == "VTODO":
        entry.add("DUE", due)
        entry.add("STATUS", "COMPLETED" if done else "NEEDS-ACTION")
        if done:
            entry.add("COMPLETED", done)


def _moment(value: Any) -> datetime | None:
    """Whole seconds of UTC."""
    return value.astimezone(UTC).replace(microsecond=0) if isinstance(value, datetime) else None
