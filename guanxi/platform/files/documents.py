"""The words of Office documents, for a look at them in a page.

An archive from a stranger may unpack to terabytes and its XML may hold entities that grow without end: of
each part only the beginning is unpacked, and it is searched for its texts, never parsed.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from html import unescape
from itertools import islice
from pathlib import Path

from guanxi.platform.files.media_types import OPEN_DOCUMENTS

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENT = f"{_OFFICE}wordprocessingml.document"
WORKBOOK = f"{_OFFICE}spreadsheetml.sheet"
SLIDES = f"{_OFFICE}presentationml.presentation"
MOST_UNPACKED = 4 << 20  # bytes of one part
MOST_SLIDES, MOST_ROWS = 100, 200

_PIECE = re.compile(r"<[wa]:t(?: [^<>]*)?>([^<]*)<|<w:(tab)/>|</[wa]:p>|<w:br\b")
_VALUE = re.compile(r"<v>([^<]*)<")
_TEXT = re.compile(r"<t(?: [^<>]*)?>([^<]*)<")


_OPEN_PIECE = re.compile(r"<(/?)text:(p|h|tab|line-break|s)\b[^<>]*>|<[^<>]*>|([^<]+)")


def text_of_document(path: Path, media_type: str, *, most: int) -> str:
    """The first `most` characters of a document, of a workbook's first sheet, of slides; "" of others."""
    read = _READERS.get(media_type)
    if read is None:
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            return "\n".join(read(archive))[:most].strip()
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError
    ):  # fmt: skip
        return ""  # damaged, or locked by a password


def _document(archive: zipfile.ZipFile) -> Iterator[str]:
    yield _words(_part(archive, "word/document.xml"))


def _slides(archive: zipfile.ZipFile) -> Iterator[str]:
    for at in range(1, MOST_SLIDES + 1):
        if words := _words(_part(archive, f"ppt/slides/slide{at}.xml")):
            yield f"{at}\n{words}"


def _workbook(archive: zipfile.ZipFile) -> Iterator[str]:
    """Rows of the first sheet, cells parted by tabs, as they are copied."""
    shared = [_said(one) for _given, one in _elements(_part(archive, "xl/sharedStrings.xml"), "si")]
    rows = _elements(_part(archive, "xl/worksheets/sheet1.xml"), "row")
    for _given, row in islice(rows, MOST_ROWS):
        yield "\t".join(_cell(given, cell, shared) for given, cell in _elements(row, "c"))


def _cell(given: str, cell: str, shared: list[str]) -> str:
    value = found[1] if (found := _VALUE.search(cell)) else ""
    if 't="s"' in given:
        return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    return unescape(value) if value else _said(cell)


def _open_document(archive: zipfile.ZipFile) -> Iterator[str]:
    """Paragraphs and headings of a text or of slides (ODF)."""
    yield _open_words(_part(archive, "content.xml"))


def _open_sheet(archive: zipfile.ZipFile) -> Iterator[str]:
    """Rows of the first sheet (ODF), cells parted by tabs; empty ones at the edge are left out."""
    sheet = _part(archive, "content.xml").partition("</table:table>")[0]
    for _given, row in islice(_elements(sheet, "table:table-row"), MOST_ROWS):
        cells = (_open_words(cell) for _given, cell in _elements(row, "table:table-cell"))
        yield "\t".join(cells).rstrip("\t")


def _open_words(markup: str) -> str:
    """What its paragraphs and headings say, a line each."""
    said: list[str] = []
    inside = False
    for piece in _OPEN_PIECE.finditer(markup):
        name = piece[2]
        if piece[3] is not None:
            said += [unescape(piece[3])] if inside else []
        elif name in ("p", "h"):
            inside = not piece[1] and not piece[0].endswith("/>")
            said.append("" if inside else "\n")
        elif name:
            said.append({"tab": "\t", "line-break": "\n"}.get(name, " "))
    return "".join(said).strip()


def _elements(markup: str, name: str) -> Iterator[tuple[str, str]]:
    """The attributes and the content of each element of a name.

    Every sign is read once: what is never closed ends the reading, where a pattern would look for its end
    from each beginning anew and need hours for some megabytes.
    """
    opening, closing, at = f"<{name}", f"</{name}>", 0
    while (start := markup.find(opening, at)) >= 0:
        begins = start + len(opening)
        ends = markup.find(">", begins)
        if ends < 0:
            return
        at = ends + 1
        if markup[begins] not in " \t\r\n/>":
            continue  # another name that begins alike
        given = markup[begins:ends]
        if given.endswith("/"):
            yield given, ""
            continue
        at = markup.find(closing, ends)
        if at < 0:
            return
        yield given, markup[ends + 1 : at]
        at += len(closing)


def _said(markup: str) -> str:
    return unescape("".join(one[1] for one in _TEXT.finditer(markup)))


def _words(markup: str) -> str:
    said = []
    for piece in _PIECE.finditer(markup):
        said.append(unescape(piece[1]) if piece[1] is not None else "\t" if piece[2] else "\n")
    return "".join(said).strip()


_READERS = {
    DOCUMENT: _document,
    WORKBOOK: _workbook,
    SLIDES: _slides,
    **dict(zip(OPEN_DOCUMENTS, (_open_document, _open_sheet, _open_document), strict=True)),
}


def _part(archive: zipfile.ZipFile, name: str) -> str:
    try:
        info = archive.getinfo(name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return ""  # of other ways of packing a few bytes unpack to gigabytes in one step
        with archive.open(info) as part:
            return part.read(MOST_UNPACKED).decode("utf-8", "replace")
    except KeyError:
        return ""
