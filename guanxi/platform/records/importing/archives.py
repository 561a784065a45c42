"""A ZIP that somebody brings: the tables in it are imported, all else are files that rows may name.

Nothing is unpacked by the name it has inside, and nothing before the archive says of all its parts how large
they are; what is read of a part ends at the size that it has said.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from guanxi.platform.records.importing.problems import UnreadableFile

# A .txt in an archive is somebody's note more often than a table.
TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".vcf", ".ics")
MOST_PARTS = 50_000
MOST_BYTES = 2 << 30  # of all parts, unpacked
_HEAD = 1 << 16
_WORKBOOK = (b"[Content_Types].xml", b"xl/", b"mimetypeapplication/vnd.oasis")
# Of the others a few bytes unpack to gigabytes in one step, before anybody can count them.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A file in an archive: its path there in the reader's signs, and how large it is."""

    info: zipfile.ZipInfo
    path: PurePosixPath

    @property
    def size(self) -> int:
        return self.info.file_size


def is_archive(path: Path) -> bool:
    """Whether it is a ZIP, and none that is a workbook."""
    with path.open("rb") as file:
        start = file.read(_HEAD)
    return (
        start.startswith(b"PK\x03\x04")
        and not any(mark in start for mark in _WORKBOOK[1:])
        and (not start[30:].startswith(_WORKBOOK[0]))
    )


def parts_of(archive: zipfile.ZipFile) -> list[Part]:
    """The files in it, without what systems add on their own. Raises UnreadableFile for too much."""
    found = [Part(info, _path(info)) for info in archive.infolist() if not info.is_dir()]
    found = [one for one in found if not _is_noise(one.path)]
    if len(found) > MOST_PARTS:
        raise UnreadableFile("too_many_parts", count=len(found), limit=MOST_PARTS)
    if sum(one.size for one in found) > MOST_BYTES:
        raise UnreadableFile("unpacks_too_large", limit=MOST_BYTES >> 20)
    if any(one.info.flag_bits & 1 for one in found):
        raise UnreadableFile("encrypted")
    if any(one.info.compress_type not in _PACKED for one in found):
        raise UnreadableFile("packed_otherwise")
    return found


def unpack_tables(path: Path, room: Path) -> list[tuple[Path, str]]:
    """The tables at the top of an archive, written into `room`: where each lies, and what it is called.

    Raises UnreadableFile for what can't be opened.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            written = []
            for number, one in enumerate(_tables(parts_of(archive))):
                target = room / f"{path.stem}.{number}{one.path.suffix.lower()}"
                with archive.open(one.info) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
                written.append((target, one.path.name[:255]))
            return written
    except BROKEN as problem:
        raise UnreadableFile("broken_archive") from problem


def _tables(parts: list[Part]) -> list[Part]:
    """At the top, or in the one folder that holds everything: what lies deeper is a file like others."""
    tops = {one.path.parts[0] for one in parts}
    depth = 2 if len(tops) == 1 and all(len(one.path.parts) > 1 for one in parts) else 1
    return [
        one
        for one in parts
        if len(one.path.parts) == depth and one.path.suffix.lower() in TABLES and one.size
    ]


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    """Its path; older programs write names in the signs of their system without saying so."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030", "big5"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return PurePosixPath(*parts) if parts else PurePosixPath("file")


def _is_noise(path: PurePosixPath) -> bool:
    return (
        path.parts[0] == "__MACOSX" or path.name.startswith("._") or path.name in (".DS_Store", "Thumbs.db")
    )
