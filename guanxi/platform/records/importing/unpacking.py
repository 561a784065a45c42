"""Unpack one sheet of a workbook into CSV, in a process of its own.

A workbook is an archive from a stranger: it may unpack to terabytes, and a parser that runs out of memory
takes its process with it. So this file is run as a program, with limits on memory and time that the system
holds, and imports nothing of Guanxi. It prints one line of JSON: an answer or an {"error": …}.
"""

from __future__ import annotations

import csv
import datetime
import json
import resource
import sys
import zipfile
from typing import Any

MEMORY_BYTES = 2 << 30
CPU_SECONDS = 120
UNPACKED_BYTES = 600 << 20


class Refused(Exception):
    def __init__(self, code: str, **facts: object) -> None:
        self.answer = {"error": code, **facts}
        super().__init__(code)


def main(path: str, target: str, wanted: str) -> None:
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    try:
        answer: dict[str, Any] = unpack(path, target, wanted)
    except Refused as refused:
        answer = refused.answer
    except MemoryError:
        answer = {"error": "unpacks_too_large", "limit": UNPACKED_BYTES >> 20}
    print(json.dumps(answer))


def unpack(path: str, target: str, wanted: str) -> dict[str, Any]:
    """Write the wanted sheet, or the first that holds anything, to `target`."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _weigh(path)
    try:
        book = CalamineWorkbook.from_path(path)
        if wanted and wanted not in book.sheet_names:
            raise Refused("no_such_sheet", sheet=wanted, sheets=", ".join(book.sheet_names))
        for name in [wanted] if wanted else book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.start is not None:
                _write(sheet, target)
                return {"sheets": book.sheet_names, "sheet": name}
        raise Refused("empty")
    except PasswordError:
        raise Refused("encrypted") from None
    except (CalamineError, ValueError, OSError) as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "broken_workbook") from None


def _weigh(path: str) -> None:
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
                        if weight > UNPACKED_BYTES:
                            raise Refused("unpacks_too_large", limit=UNPACKED_BYTES >> 20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise Refused("broken_workbook") from None


def _write(sheet: Any, target: str) -> None:
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in sheet.iter_rows():
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
    main(*sys.argv[1:4])
