"""iCalendar becomes rows: meetings, to-dos, notes; a series its occurrences."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from guanxi.collaboration.activities.models import Activity
from guanxi.people.contacts.models import Contact
from guanxi.platform.records.importing import unpacking
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import actor

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n"


def rows(tmp_path: Path, *parts: str) -> list[dict[str, str]]:
    """What the program makes of a calendar with these parts."""
    source, target = tmp_path / "x.ics", tmp_path / "x.csv"
    source.write_text(HEAD + "".join(f"{one.strip()}\r\n" for one in parts) + "END:VCALENDAR\r\n")
    program = [sys.executable, "-I", unpacking.__file__, str(source), str(target), unpacking.CALENDAR]
    answer = json.loads(subprocess.run(program, capture_output=True, check=True).stdout)
    if "error" in answer:
        return [answer]
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def event(*lines: str, kind: str = "VEVENT") -> str:
    return "\r\n".join([f"BEGIN:{kind}", *lines, f"END:{kind}"])


def test_each_kind_becomes_a_row(tmp_path):
    meeting, todo, note = rows(
        tmp_path,
        event(
            "UID:a",
            "SUMMARY:Site visit\\, Hangzhou",
            "DTSTART;TZID=Asia/Shanghai:20260302T093000",
            "DTEND;TZID=Asia/Shanghai:20260302T103000",
            "LOCATION:文三路 1 号",
            "ATTENDEE;CN=Anna:mailto:anna@x.com",
            "ATTENDEE:MAILTO:bert@x.com",
            "CATEGORIES:A,B",
        ),
        event("UID:b", "SUMMARY:Send the quote", "DUE;VALUE=DATE:20260303", kind="VTODO"),
        event("UID:c", "SUMMARY:Thoughts", "DTSTART:20260304T080000Z", kind="VJOURNAL"),
    )
    assert (meeting["Subject"], meeting["Kind"]) == ("Site visit, Hangzhou", "meeting")
    assert (meeting["Starts"], meeting["Ends"]) == ("2026-03-02 01:30:00Z", "2026-03-02 02:30:00Z")
    assert (meeting["Contact"], meeting["Tags"]) == ("anna@x.com; bert@x.com", "A, B")
    assert (todo["Kind"], todo["Due"]) == ("todo", "2026-03-03")
    assert (note["Kind"], note["Starts"]) == ("note", "2026-03-04 08:00:00Z")


def test_a_series_is_its_occurrences_with_what_was_changed(tmp_path):
    found = rows(
        tmp_path,
        event(
            "UID:s",
            "SUMMARY:Weekly",
            "DTSTART:20260105T090000Z",
            "DTEND:20260105T100000Z",
            "RRULE:FREQ=WEEKLY;COUNT=5",
            "EXDATE:20260112T090000Z",
        ),
        event("UID:s", "SUMMARY:Moved", "RECURRENCE-ID:20260119T090000Z", "DTSTART:20260120T090000Z"),
    )
    assert [(one["Subject"], one["Starts"][:10]) for one in found] == [
        ("Weekly", "2026-01-05"),
        ("Weekly", "2026-01-26"),
        ("Weekly", "2026-02-02"),
        ("Moved", "2026-01-20"),
    ]
    assert len({one["UID"] for one in found}) == 4


@pytest.mark.slow
def test_a_series_without_end_goes_a_year_ahead_and_one_without_days_ends(tmp_path):
    begins = date.today() - timedelta(days=10)
    found = rows(tmp_path, event("UID:s", f"DTSTART;VALUE=DATE:{begins:%Y%m%d}", "RRULE:FREQ=WEEKLY"))
    last = date.fromisoformat(found[-1]["Starts"])
    assert last <= datetime.now(UTC).date() + timedelta(days=unpacking.AHEAD_DAYS)
    assert 52 <= len(found) <= 55
    never = event("UID:n", "DTSTART:20260101T090000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
    seconds = event("UID:f", "DTSTART:20260101T090000Z", "RRULE:FREQ=SECONDLY")
    assert [one["UID"] for one in rows(tmp_path, never, seconds, event("UID:k", "SUMMARY:Kept"))] == ["k"]


def test_one_damaged_part_does_not_spoil_the_others(tmp_path):
    bad = event("TZOFFSETTO:x+0", "TZID", kind="VTIMEZONE")
    assert [one["UID"] for one in rows(tmp_path, bad, event("UID:k", "SUMMARY:Kept"))] == ["k"]
    assert rows(tmp_path, event("UID:x", kind="VFREEBUSY")) == [{"error": "empty"}]


@pytest.mark.django_db(transaction=True)
def test_meetings_come_in_with_the_guests_that_are_known(cast, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "kept"
    with in_workspace(cast.xishan.pk):
        anna = create_record(
            object="contact", values={"name": "Anna", "emails": ["anna@x.com"]}, by=actor(cast.admin)
        )
    part = event(
        "UID:a",
        "SUMMARY:Site visit",
        "DTSTART:20260302T013000Z",
        "ATTENDEE:mailto:nobody@x.com",
        "ATTENDEE:mailto:anna@x.com",
    )
    (tmp_path / "mine.ics").write_text(f"{HEAD}{part}\r\nEND:VCALENDAR\r\n")
    for _again in range(2):  # the second time it is the same meeting
        call_command(
            "import", str(tmp_path / "mine.ics"), "--yes", "--workspace", "xishan", stdout=StringIO()
        )
    with in_workspace(cast.xishan.pk), reading():
        visit = Activity.objects.get()
        assert (visit.subject, visit.kind, visit.about) == ("Site visit", "meeting", [["contact", anna.pk]])
        assert visit.starts_at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
        assert Contact.objects.count() == 1
