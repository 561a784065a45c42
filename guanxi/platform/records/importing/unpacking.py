"""Unpack one sheet of a workbook, or a calendar, into CSV, in a process of its own.

Both come from strangers: a workbook may unpack to terabytes, a rule of a calendar may have no end, and a
parser that runs out of memory takes its process with it. So this file is run as a program, with limits on
memory and time that the system holds, and imports nothing of Guanxi. It prints one line of JSON: an answer
or an {"error": …}.
"""

from __future__ import annotations

import csv
import datetime
import itertools
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

MEMORY_BYTES = 2 << 30
CPU_SECONDS = 120
UNPACKED_BYTES = 600 << 20
LOOK_CPU_SECONDS, LOOK_MEMORY_BYTES = 10, 512 << 20  # somebody waits for a page, and each visit costs it anew
LOOK_UNPACKED_BYTES, LOOK_WRITTEN_BYTES = 64 << 20, 16 << 20
CALENDAR = "text/calendar"  # in place of the name of a sheet, which can hold no "/"
OCCURRENCES = 400  # of one series: more than a year of working days
AHEAD_DAYS = 366


class Refused(Exception):
    def __init__(self, code: str, **facts: object) -> None:
        self.answer = {"error": code, **facts}
        super().__init__(code)


def main(path: str, target: str, wanted: str, rows: str = "") -> None:
    """`rows` are written of a sheet, for a look at it, within tighter limits; "" writes all."""
    _limit(resource.RLIMIT_AS, LOOK_MEMORY_BYTES if rows else MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, LOOK_CPU_SECONDS if rows else CPU_SECONDS)
    if rows:
        _limit(resource.RLIMIT_FSIZE, LOOK_WRITTEN_BYTES)
    heaviest = LOOK_UNPACKED_BYTES if rows else UNPACKED_BYTES
    try:
        if wanted == CALENDAR:
            answer = unpack_calendar(path, target)
        else:
            answer = unpack(path, target, wanted, most=int(rows) if rows else None, heaviest=heaviest)
    except Refused as refused:
        answer = refused.answer
    except MemoryError:
        answer = {"error": "unpacks_too_large", "limit": heaviest >> 20}
    print(json.dumps(answer))


def unpack(
    path: str, target: str, wanted: str, *, most: int | None = None, heaviest: int = UNPACKED_BYTES
) -> dict[str, Any]:
    """Write the wanted sheet, or the first that holds anything, to `target`; `most` are the rows of it."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _weigh(path, heaviest)
    try:
        book = CalamineWorkbook.from_path(path)
        if wanted and wanted not in book.sheet_names:
            raise Refused("no_such_sheet", sheet=wanted, sheets=", ".join(book.sheet_names))
        for name in [wanted] if wanted else book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.start is not None:
                _write(sheet, target, most)
                return {"sheets": book.sheet_names, "sheet": name}
        raise Refused("empty")
    except PasswordError:
        raise Refused("encrypted") from None
    except (CalamineError, ValueError, OSError) as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "broken_workbook") from None


def unpack_calendar(path: str, target: str) -> dict[str, Any]:
    """Write the events, to-dos and journal entries of an iCalendar (RFC 5545) to `target`, a row for each.

    A series becomes its occurrences up to a year from now, each with a number of its own; an occurrence that
    was changed stands in the place of the one that the rule gives. What can't be read is counted.
    """
    with open(path, "rb") as file:
        parts, broken = _parts(file.read().decode("utf-8-sig", "replace"))
    changed = {
        (str(one.get("UID", "")), _moment(one, "RECURRENCE-ID")) for one in parts if "RECURRENCE-ID" in one
    }
    count = 0
    with open(target, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, _COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for part in parts:
            try:
                rows = list(_occurrences(part, changed))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
                broken += 1
                continue
            writer.writerows(rows)
            count += len(rows)
    if not count:
        raise Refused("empty")
    return {"sheets": [], "sheet": "", "broken": broken}


def _parts(text: str) -> tuple[list[Any], int]:
    """What becomes a row, and how much could not be read. Where one spoils the whole, each is read alone."""
    from icalendar import Calendar, Component

    wrong = (ValueError, KeyError, IndexError, TypeError, AttributeError)
    try:
        calendars: list[Any] = Calendar.from_ical(text, multiple=True)
    except wrong:
        return _apart(text, Component.from_ical, wrong)
    parts = [one for calendar in calendars for one in calendar.walk() if one.name in _KINDS]
    return parts, sum(len(one.errors) for one in calendars)


def _apart(
    text: str, read: Callable[[str], Any], wrong: tuple[type[Exception], ...]
) -> tuple[list[Any], int]:
    parts, broken = [], 0
    for one in re.finditer(r"^BEGIN:(VEVENT|VTODO|VJOURNAL)\s.*?^END:\1", text, re.S | re.M | re.I):
        try:
            parts.append(read(f"{one[0]}\r\n"))
        except wrong:
            broken += 1
    if not parts:
        raise Refused("broken_calendar")
    return parts, broken


_KINDS = {"VEVENT": "meeting", "VTODO": "todo", "VJOURNAL": "note"}
_COLUMNS = (
    "Subject", "Kind", "Starts", "Ends", "Due", "Done", "Place", "Description", "Contact", "Tags", "UID",
)  # fmt: skip


def _occurrences(part: Any, changed: set[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """The row of a part, or of each occurrence of a series."""
    row = _row(part)
    if "RECURRENCE-ID" in part:
        row["UID"] = f"{row['UID']}/{_moment(part, 'RECURRENCE-ID')}"
    if "RRULE" not in part and "RDATE" not in part:
        yield row
        return
    start = part.decoded("DTSTART")
    end = part.decoded("DTEND", None) or _after(part)
    left_out = {_text_of(day.dt) for one in _listed(part, "EXDATE") for day in one.dts}
    for at in _days(part, start):
        moment = _text_of(at)
        if moment in left_out or (row["UID"], moment) in changed:
            continue
        yield row | {
            "Starts": moment,
            "Ends": _text_of(at + (end - start)) if end else "",
            "UID": f"{row['UID']}/{moment}",
        }


def _days(part: Any, start: Any) -> list[Any]:
    """When a series takes place: by its rule, and on days that it names. At most OCCURRENCES of them."""
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    plain = not isinstance(start, datetime.datetime)
    first = datetime.datetime.combine(start, datetime.time()) if plain else start
    last = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=AHEAD_DAYS)
    last = last if first.tzinfo else last.replace(tzinfo=None)
    days: list[Any] = []
    for rule in _listed(part, "RRULE"):
        if rule.get("FREQ", [""])[0] in {"SECONDLY", "MINUTELY", "HOURLY"}:
            raise ValueError("a meeting does not take place every hour")
        for day in rrulestr(_ending(rule, first), dtstart=first):
            if day > last or len(days) >= OCCURRENCES:
                break
            days.append(day)
    days += [one.dt for listed in _listed(part, "RDATE") for one in listed.dts if type(one.dt) is type(start)]
    return sorted({one.date() if plain and isinstance(one, datetime.datetime) else one for one in days})


def _ending(rule: Any, first: datetime.datetime) -> str:
    """The rule as text, whose end is a moment in the zone of its beginning or not, as dateutil wants it."""
    until = rule.get("UNTIL", [None])[0]
    if until is None:
        return str(rule.to_ical().decode())
    if not isinstance(until, datetime.datetime):
        until = datetime.datetime.combine(until, datetime.time(23, 59, 59), first.tzinfo)
    elif until.tzinfo is None and first.tzinfo is not None:
        until = until.replace(tzinfo=first.tzinfo)
    elif until.tzinfo is not None and first.tzinfo is None:
        until = until.replace(tzinfo=None)
    until = until.astimezone(datetime.UTC) if until.tzinfo else until
    parts = [one for one in rule.to_ical().decode().split(";") if not one.startswith("UNTIL=")]
    return ";".join([*parts, f"UNTIL={until:%Y%m%dT%H%M%S}{'Z' if until.tzinfo else ''}"])


def _row(part: Any) -> dict[str, str]:
    guests = [str(one).removeprefix("mailto:").removeprefix("MAILTO:") for one in _listed(part, "ATTENDEE")]
    return {
        "Subject": str(part.get("SUMMARY", "")).strip(),
        "Kind": _KINDS[part.name],
        "Starts": _moment(part, "DTSTART"),
        "Ends": _moment(part, "DTEND") or (_text_of(after) if (after := _after(part)) else ""),
        "Due": _moment(part, "DUE"),
        "Done": _moment(part, "COMPLETED"),
        "Place": str(part.get("LOCATION", "")).strip(),
        "Description": str(part.get("DESCRIPTION", "")).strip(),
        "Contact": "; ".join(one for one in guests if "@" in one),
        "Tags": ", ".join(str(tag) for one in _listed(part, "CATEGORIES") for tag in one.cats),
        "UID": str(part.get("UID", "")).strip(),
    }


def _after(part: Any) -> Any:
    """When a part ends that says how long it takes."""
    start, takes = part.get("DTSTART"), part.get("DURATION")
    if start is None or not isinstance(getattr(takes, "dt", None), datetime.timedelta):
        return None
    return start.dt + takes.dt


def _moment(part: Any, name: str) -> str:
    found = part.get(name)
    return _text_of(found.dt) if found is not None and hasattr(found, "dt") else ""


def _text_of(moment: datetime.date) -> str:
    """ISO; a moment in a zone as UTC, one without a zone as it stands."""
    if isinstance(moment, datetime.datetime) and moment.tzinfo:
        return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%SZ}"
    return moment.isoformat(" ") if isinstance(moment, datetime.datetime) else moment.isoformat()


def _listed(part: Any, name: str) -> list[Any]:
    """The values of a property that may stand there once, several times, or not."""
    found = part.get(name, [])
    return found if isinstance(found, list) else [found]


def _weigh(path: str, heaviest: int) -> None:
    """Unpack to nowhere first: what the archive says of its own size need not be true."""
    if not zipfile.is_zipfile(path):
        return
    weight = 0
    try:
        with zipfile.ZipFile(path) as archive:
            if any(member.flag_bits & 1 for member in archive.infolist()):
                raise Refused("encrypted")
            for member in archive.infolist():
                with archive.open(member) as part:
                    while chunk := part.read(1 << 20):
                        weight += len(chunk)
                        if weight > heaviest:
                            raise Refused("unpacks_too_large", limit=heaviest >> 20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise Refused("broken_workbook") from None


def _write(sheet: Any, target: str, most: int | None) -> None:
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in itertools.islice(sheet.iter_rows(), most):
            writer.writerow(map(_text, row))


def _text(cell: Any) -> str:
    """A cell as text that reads the same in every country: ISO dates, a point, TRUE and FALSE."""
    kind = type(cell)
    if kind is str:
        return str(cell)
    if kind is float:
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if kind is bool:
        return "TRUE" if cell else "FALSE"
    if kind is datetime.datetime:
        return str(cell.replace(microsecond=0).isoformat(" "))
    return "" if cell is None else str(cell)


def _limit(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    main(*sys.argv[1:5])
