"""The one door for files: whatever it was, it becomes a Table of rows of text that can be read again.

Delimited text is read where it lies. Workbooks and address books are unpacked once into CSV in the workroom,
so that there is one way to read, to count, to resume after a crash and to number rows.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TextIO
from zlib import crc32

from guanxi.platform.records.importing.delimited import (
    COLUMN_LIMIT,
    column_names,
    detect_delimiter,
    detect_header,
    rows_of,
)
from guanxi.platform.records.importing.encodings import SAMPLE_BYTES, Survey, survey
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.unpacking import CALENDAR
from guanxi.platform.records.importing.vcards import PHOTO, Property, card_row, photo_of, read_cards

SAMPLE_ROWS = 2_000
UNPACK_SECONDS = 180
LOOK_SECONDS = 10

Format = Literal["delimited", "workbook", "cards", "calendar"]
Row = tuple[int, list[str]]  # the row's number in the file, from 1, and its cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the reader of a file has decided; None is found out.

    header   number of the row with the names; 0 where there is none
    quote    the quotation mark; "" where quotation marks are ordinary signs
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: int | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file that can be read, and how. Goes into JSON and back.

    path         where the rows are: the file itself, or what was unpacked from it
    columns      names, each once
    broken       places that the encoding could not read; shown as �
    about_rows   rows of data, estimated from the size; `count` is exact
    """

    path: Path
    format: Format
    encoding: str
    delimiter: str
    quote: str
    header: int
    columns: list[str]
    broken: int = 0
    first_broken_line: int = 0
    has_nul: bool = False
    about_rows: int = 0
    size: int = 0
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    def rows(self, *, after: int = 0) -> Iterator[Row]:
        """The rows of data below the header, from the one after number `after`; blank ones are left out.

        Cells are as many as columns, but for a row that has too many filled ones: that is for the caller to
        reject. Raises UnreadableFile at the end where a quotation mark was never closed.
        """
        start = max(after, self.header)
        width = len(self.columns)
        with self._open() as file:
            reader = self._reader(file)
            next(itertools.islice(reader, start, start), None)
            began = line = reader.line_num
            try:
                for number, row in enumerate(reader, start + 1):
                    if len(row) != width:
                        row = self._mend(row)
                    if row[0] or any(map(str.strip, row)):
                        yield number, row
                    began, line = line, reader.line_num
            except csv.Error:
                raise UnreadableFile("unclosed_quote", line=line + 1) from None
        if line - began > 1:
            self._check_closed(began)

    def count(self) -> int:
        """The exact number of rows of data; raises what `rows` raises."""
        return sum(1 for _row in self.rows())

    def sample(self, limit: int = SAMPLE_ROWS) -> list[list[str]]:
        """The first rows of data, each as wide as the header."""
        width = len(self.columns)
        return [row[:width] for _number, row in itertools.islice(self.rows(), limit)]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"path": str(self.path)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Table:
        return cls(**kept | {"path": Path(kept["path"])})

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="replace", newline="")

    def _reader(self, file: TextIO) -> Any:
        lines = (line.replace("\0", "") for line in file) if self.has_nul else file
        return rows_of(lines, delimiter=self.delimiter, quote=self.quote)

    def _mend(self, row: list[str]) -> list[str]:
        """A row of another width: short ones are filled up, blanks at the end are cut off."""
        width = len(self.columns)
        if len(row) == 1 and width > 1 and self.delimiter in row[0]:
            # Some programs put a whole row, quotes and all, into one quoted cell.
            inner = next(rows_of([row[0]], delimiter=self.delimiter, quote=self.quote), row)
            row = inner if len(inner) > 1 else row
        while len(row) > width and not row[-1].strip():
            row = row[:-1]
        return row + [""] * (width - len(row))

    def _check_closed(self, lines_before: int) -> None:
        """The last row went over several lines: see whether it ended by a quotation mark or with the file."""
        with self._open() as file:
            next(itertools.islice(file, lines_before, lines_before), None)
            try:
                for _row in csv.reader(
                    file, delimiter=self.delimiter, quotechar=self.quote or '"', strict=True
                ):
                    continue
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise UnreadableFile("unclosed_quote", line=lines_before + 1) from None


def open_table(
    path: Path,
    choice: Choice | None = None,
    *,
    workroom: Path,
    known: frozenset[str] = frozenset(),
    most: int = 0,
) -> Table:
    """The table in a file; raises UnreadableFile, and nothing else, for what cannot be read.

    workroom   a folder of ours that outlives the import: unpacked rows are kept in it
    known      folded names of fields (`fold_header`), which tell a row of names from a row of data
    most       for a look: rows that are unpacked of a workbook, and what needs long is refused; 0 is all
    """
    choice = choice or Choice()
    form, start = _recognise(path)
    if form == "workbook":
        return _open_workbook(path, choice, workroom, known, most)
    found = survey(path, encoding=choice.encoding)
    if choice.encoding and found.broken > 100:
        raise UnreadableFile(
            "wrong_encoding", encoding=choice.encoding, count=found.broken, line=found.first_broken_line
        )
    text = start.decode(found.encoding, "replace").lstrip("\ufeff \t\r\n")
    if text[:11].upper() == "BEGIN:VCARD":
        return _open_cards(path, found, workroom, not most)
    if text[:15].upper() == "BEGIN:VCALENDAR":
        return _open_calendar(path, workroom, most)
    if text[:200].lower().startswith(("<!doctype html", "<html", "<table", "<head", "<meta")):
        raise UnreadableFile("web_page")
    if _is_binary(text) or _MARKUP.match(text):
        raise UnreadableFile("not_a_table")
    return _open_delimited(path, found, choice, known)


def _recognise(path: Path) -> tuple[str, bytes]:
    """What a file is by its first bytes; a name can say anything."""
    with path.open("rb") as file:
        start = file.read(SAMPLE_BYTES)
    if not start.strip():
        raise UnreadableFile("empty")
    if start.startswith(b"PK\x03\x04"):
        if any(mark in start for mark in (b"[Content_Types].xml", b"xl/", b"mimetypeapplication/vnd.oasis")):
            return "workbook", start
        raise UnreadableFile("archive")
    if start.startswith(b"\xd0\xcf\x11\xe0"):  # the container of .xls, and of an .xlsx under a password
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes()[: 1 << 22]:
            raise UnreadableFile("encrypted")
        return "workbook", start
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"Rar!", b"7z\xbc\xaf", b"PK\x05\x06")):
        raise UnreadableFile("archive")
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"SQLite format 3")):
        raise UnreadableFile("not_a_table")
    return "text", start


_MARKUP = re.compile(r"""<\?xml|<\w+[ >]|[\[{]\s*["\[{]""")  # XML, HTML in pieces, JSON


def _is_binary(text: str) -> bool:
    """More control signs than any program writes into a table."""
    control = sum(1 for sign in text[:10_000] if sign < " " and sign not in "\t\r\n\0\x0b\x0c\x1a\x1e\x1f")
    return control > 20 and control > len(text[:10_000]) / 50


def _open_delimited(path: Path, found: Survey, choice: Choice, known: frozenset[str]) -> Table:
    quote = '"' if choice.quote is None else choice.quote
    lines, whole = _sample_lines(path, found)
    delimiter = choice.delimiter or detect_delimiter(lines, quote=quote)
    rows = _sample_rows(lines, delimiter=delimiter, quote=quote, whole=whole)
    if not any(any(cell.strip() for cell in row) for row in rows):
        raise UnreadableFile("empty")
    size = path.stat().st_size
    header = detect_header(rows, known=known) if choice.header is None else choice.header
    if header > len(rows):
        raise UnreadableFile("no_such_header", row=header)
    width = _width(rows, header)
    if width > COLUMN_LIMIT:
        raise UnreadableFile("too_many_columns", count=width, limit=COLUMN_LIMIT)
    share = size / max(sum(len(line.encode(found.encoding, "replace")) for line in lines), 1)
    return Table(
        path=path,
        format="delimited",
        encoding=found.encoding,
        delimiter=delimiter,
        quote=quote,
        header=header,
        columns=column_names(rows[header - 1] if header else None, width),
        broken=found.broken,
        first_broken_line=found.first_broken_line,
        has_nul=found.has_nul,
        about_rows=max(round(len(rows) * max(share, 1.0)) - header, 0),
        size=size,
    )


def _sample_lines(path: Path, found: Survey) -> tuple[list[str], bool]:
    """The first lines, whole ones, and whether they are all there are."""
    with path.open(encoding=found.encoding, errors="replace", newline="") as file:
        lines: list[str] = []
        length = 0
        for line in file:
            lines.append(line.replace("\0", ""))
            length += len(line)
            if length > SAMPLE_BYTES or len(lines) > SAMPLE_ROWS:
                return lines, False
    return lines, True


def _sample_rows(lines: list[str], *, delimiter: str, quote: str, whole: bool) -> list[list[str]]:
    try:
        rows = list(rows_of(lines, delimiter=delimiter, quote=quote))
    except csv.Error:
        raise UnreadableFile("unclosed_quote", line=1) from None
    return rows if whole or len(rows) < 2 else rows[:-1]  # the last may go on beyond the sample


def _width(rows: list[list[str]], header: int) -> int:
    """Columns are as many as the header names, and as the rows of data fill where there is no header."""
    if header:
        named = rows[header - 1]
        while len(named) > 1 and not named[-1].strip() and not _filled_below(rows[header:], len(named) - 1):
            named = named[:-1]
        return len(named)
    return max(map(len, rows))


def _filled_below(rows: list[list[str]], at: int) -> bool:
    return any(at < len(row) and row[at].strip() for row in rows)


def _open_workbook(path: Path, choice: Choice, workroom: Path, known: frozenset[str], most: int) -> Table:
    target = _unpacked(path, workroom, f".{choice.sheet or 'first'}")
    answer = _unpack(path, target, choice.sheet or "", broken="broken_workbook", most=most)
    table = _open_delimited(
        target,
        Survey("utf-8", 0, 0, False),
        replace(choice, encoding="utf-8", delimiter=",", quote='"'),
        known,
    )
    return replace(
        table, format="workbook", sheet=answer["sheet"], sheets=answer["sheets"], size=path.stat().st_size
    )


def _open_calendar(path: Path, workroom: Path, most: int) -> Table:
    target = _unpacked(path, workroom)
    answer = _unpack(path, target, CALENDAR, broken="broken_calendar", most=most)
    table = _open_delimited(
        target, Survey("utf-8", 0, 0, False), Choice(delimiter=",", header=1), frozenset()
    )
    return replace(table, format="calendar", broken=answer["broken"], size=path.stat().st_size)


def _unpacked(path: Path, workroom: Path, part: str = "") -> Path:
    """Where the rows of a file, or of a part of it, are kept: two files may have one name in two folders."""
    place = crc32(str(path.absolute().parent).encode())
    return workroom / f"{place:08x}.{path.name}{part}.rows.csv".replace("/", "-")


def _unpack(path: Path, target: Path, what: str, *, broken: str, most: int) -> dict[str, Any]:
    """Let another process write the rows; raises UnreadableFile for what it answers, and where it died."""
    program = Path(__file__).with_name("unpacking.py")
    seconds = LOOK_SECONDS if most else UNPACK_SECONDS
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(program), str(path), str(target), what, str(most or "")],
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile("too_slow", seconds=seconds) from None
    if done.returncode < 0 or not done.stdout.strip():  # ended by a limit, or by a fault of the parser
        target.unlink(missing_ok=True)
        raise UnreadableFile(broken)
    answer: dict[str, Any] = json.loads(done.stdout)
    if code := answer.pop("error", None):
        raise UnreadableFile(code, **answer)
    return answer


def photos_of(table: Table) -> Path | None:
    """The folder of the pictures that an address book carried; its rows name them."""
    folder = table.path.with_suffix(".photos")
    return folder if table.format == "cards" and folder.is_dir() else None


def _keep_photo(card: list[Property], number: int, folder: Path) -> str:
    """Keep a card's picture as a file; returns its name, "" for none."""
    found = photo_of(card)
    if found is None:
        return ""
    called = "".join(sign if sign.isalnum() else " " for sign in card_row(card).get("Name", ""))
    name = f"{' '.join(called.split())[:60]} {number}.{found[0]}".strip()
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(found[1])
    return name


def _open_cards(path: Path, found: Survey, workroom: Path, keep_photos: bool) -> Table:
    target = _unpacked(path, workroom)
    photos = target.with_suffix(".photos")
    columns: dict[str, None] = {}
    with path.open(encoding=found.encoding, errors="replace", newline=None) as file:
        for card in read_cards(file):
            columns |= dict.fromkeys(card_row(card))
            if keep_photos and PHOTO not in columns and photo_of(card):
                columns[PHOTO] = None
    if not columns:
        raise UnreadableFile("empty")
    count = 0
    with (
        path.open(encoding=found.encoding, errors="replace", newline=None) as file,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for count, card in enumerate(read_cards(file), 1):
            photo = {PHOTO: _keep_photo(card, count, photos)} if PHOTO in columns else {}
            writer.writerow(card_row(card) | photo)
    return Table(
        path=target,
        format="cards",
        encoding="utf-8",
        delimiter=",",
        quote='"',
        header=1,
        columns=list(columns),
        broken=found.broken,
        first_broken_line=found.first_broken_line,
        has_nul=found.has_nul,
        about_rows=count,
        size=path.stat().st_size,
    )
