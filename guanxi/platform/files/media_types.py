"""What a file is, by its first bytes. Names and what browsers claim are not believed."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

UNKNOWN = "application/octet-stream"
_HEAD = 4096
_MATROSKA = b"matroska"  # WebM is a Matroska that says so in its first element (RFC 9559, 11.1)
_ZIP = b"PK\x03\x04"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),  # .doc, .xls, .ppt, .msg
    (0, b"{\\rtf", "application/rtf"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (8, b"AVI ", "video/vnd.avi"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
)
_NEVER_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
OPEN_DOCUMENTS = tuple(
    f"application/vnd.oasis.opendocument.{one}" for one in ("text", "spreadsheet", "presentation")
)
_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def media_type_of(path: Path) -> str:
    """The media type of a file. What can't be told is octets; markup is plain text, never HTML."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return _kind_of_zip(path) if head.startswith(_ZIP) else media_type_of_start(head)


def media_type_of_start(head: bytes) -> str:
    """The same by the first 4,096 bytes; a document that is an archive is told as one."""
    for offset, signature, media_type in _SIGNATURES:
        if head.startswith(signature, offset):
            return "video/matroska" if media_type == "video/webm" and _MATROSKA in head[:64] else media_type
    if head.startswith(_ZIP):
        return "application/zip"
    return "text/plain" if _is_text(head) else UNKNOWN


def _kind_of_zip(path: Path) -> str:
    """Office documents are archives; which ones, their table of contents says. Nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:2_000]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "application/zip"
    if "mimetype" in names and "content.xml" in names:
        return next((kind for kind in OPEN_DOCUMENTS if _says(path, kind)), "application/zip")
    if "[Content_Types].xml" in names:
        return next(
            (kind for part, kind in _OFFICE.items() if any(n.startswith(part) for n in names)), UNKNOWN
        )
    return "application/zip"


def _says(path: Path, kind: str) -> bool:
    """Whether an OpenDocument names itself so: its first part does, unpacked (ODF 1.3, part 2, 3.3)."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as part:
            return part.read(len(kind) + 1).decode("ascii", "replace").strip() == kind
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        return False


def _is_text(head: bytes) -> bool:
    """UTF-8, UTF-16 with its mark, or what Chinese programs write, without signs that no text holds."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(head, "utf-16")
    if b"\x00" in head:
        return False
    if _decodes(head, "utf-8"):
        return True
    return not _NEVER_IN_TEXT.search(head) and (_decodes(head, "gb18030") or _decodes(head, "big5hkscs"))


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == _HEAD  # a sign was cut where reading stopped
    return True
