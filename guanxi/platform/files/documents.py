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
from pathlib import Path

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENT = f"{_OFFICE}wordprocessingml.document"
WORKBOOK = f"{_OFFICE}spreadsheetml.sheet"
SLIDES = f"{_OFFICE}presentationml.presentation"
MOST_UNPACKED = 4 << 20  # bytes of one part
MOST_SLIDES, MOST_ROWS = 100, 200

_PIECE = re.compile(r"<[wa]:t(?: [^<>]*)?>([^<]*)<|<w:(tab)/>|</[wa]:p>|<w:br\b")
_ROW = re.compile(r"<row\b[^<>]*>(.*?)</row>", re.S)
_CELL = re.compile(r"<c\b([^<>]*)>(?:<f\b[^<]*(?:</f>)?)?(?:<v>([^<]*)</v>|<is>(.*?)</is>)?", re.S)
_STRING = re.compile(r"<si>(.*?)</si>", re.S)
_TEXT = re.compile(r"<t(?: [^<>]*)?>([^<]*)<")


def text_of_document(path: Path, media_type: str, *, most: int) -> str:
    """The first `most` characters of a document, of a workbook's first sheet, of slides; "" of others."""
    read = {DOCUMENT: _document, WORKBOOK: _workbook, SLIDES: _slides}.get(media_type)
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
    shared = [_said(one[1]) for one in _STRING.finditer(_part(archive, "xl/sharedStrings.xml"))]
    for at, row in enumerate(_ROW.finditer(_part(archive, "xl/worksheets/sheet1.xml"))):
        if at == MOST_ROWS:
            return
        yield "\t".join(_cell(one, shared) for one in _CELL.finditer(row[1]))


def _cell(found: re.Match[str], shared: list[str]) -> str:
    value = found[2] or ""
    if 't="s"' in found[1]:
        return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    return unescape(value) if value else _said(found[3] or "")


def _said(markup: str) -> str:
    return unescape("".join(one[1] for one in _TEXT.finditer(markup)))


def _words(markup: str) -> str:
    said = []
    for piece in _PIECE.finditer(markup):
        said.append(unescape(piece[1]) if piece[1] is not None else "\t" if piece[2] else "\n")
    return "".join(said).strip()


def _part(archive: zipfile.ZipFile, name: str) -> str:
    try:
        info = archive.getinfo(name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return ""  # of other ways of packing a few bytes unpack to gigabytes in one step
        with archive.open(info) as part:
            return part.read(MOST_UNPACKED).decode("utf-8", "replace")
    except KeyError:
        return ""
