"""Calendars of other programs, broken ones too, and the rules of libical with their occurrences."""

from __future__ import annotations

import csv
import re
import tarfile
from pathlib import Path

from icalendar import Event

from guanxi.platform.records.importing.unpacking import OCCURRENCES, Refused, _days, unpack_calendar


def test_every_calendar_is_read_or_refused(data: Path, tmp_path: Path):
    """Nothing but an answer comes out, whatever goes in."""
    for name in ("icaljs", "icalendar_py"):
        with tarfile.open(data / "icalendar" / f"{name}.tar.xz") as archive:
            archive.extractall(tmp_path / name)  # our own file
    read, refused = 0, []
    for path in sorted(tmp_path.rglob("*.ics")):
        try:
            unpack_calendar(str(path), str(tmp_path / "out.csv"))
        except Refused as problem:
            refused.append((problem.answer["error"], path.name))
            continue
        read += 1
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            assert [row for row in csv.DictReader(file) if any(row.values())], path.name
    assert read >= 127
    assert {code for code, _name in refused} <= {"empty", "broken_calendar"}


CASE = re.compile(r"^RRULE:(?P<rule>\S+)\s+DTSTART:(?P<start>\S+)\s+(?P<rest>(?:[A-Z-]+:.*\n?)+)", re.M)
# Not of our calendar, more often than meetings are, or by the number of a week (dateutil reads it otherwise).
ELSEWHERE = re.compile("RSCALE|FREQ=(HOUR|MINUTE|SECOND)LY|BYWEEKNO")
# Further ahead than a year, or what dateutil reads otherwise: a day of the month in a yearly rule without
# a month, and the first week of a series that counts places in its weeks.
OTHERWISE = {
    "FREQ=MONTHLY;INTERVAL=13;BYMONTH=5;COUNT=3",
    "FREQ=YEARLY;BYMONTHDAY=29;COUNT=3",
    "FREQ=YEARLY;BYMONTHDAY=-29,-1;COUNT=4",
    "FREQ=DAILY;BYMINUTE=1,2,3,4;INTERVAL=2;COUNT=3",
    "FREQ=WEEKLY;BYDAY=MO,TU,SU,SA,TH;BYSETPOS=3,2;COUNT=4",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,3;COUNT=3",
}


def test_series_take_place_when_libical_says(data: Path):
    text = (data / "icalendar" / "libical_recur_cases.txt").read_text("utf-8")
    same, other = 0, set()
    for case in CASE.finditer(text):
        wanted = re.search(r"^INSTANCES:(\S+)", case["rest"], re.M)
        if wanted is None or ELSEWHERE.search(case["rule"]) or "START-AT" in case["rest"]:
            continue
        lines = ("BEGIN:VEVENT", f"DTSTART:{case['start']}", f"RRULE:{case['rule']}", "END:VEVENT", "")
        part = Event.from_ical("\r\n".join(lines))
        told = [one.removesuffix("Z") for one in wanted[1].split(",")]
        long = [one if "T" in one else f"{one}T000000" for one in told][:OCCURRENCES]
        if [f"{day:%Y%m%dT%H%M%S}" for day in _days(part, part.decoded("DTSTART"))][: len(long)] == long:
            same += 1
        else:
            other.add(case["rule"])
    assert other <= OTHERWISE
    assert same >= 80
