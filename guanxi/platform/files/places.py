"""A photo without the place where it was taken: phones write it into the file, which goes on to anybody.

Where somebody was is said by fields, which have rights. The picture, its day and its camera stay; the file
keeps its length, and nothing is decoded: what can't be followed is left as it is. That goes for JPEG, PNG,
WebP, HEIC and AVIF. The place stays in what is packed in a PNG (zTXt, and XMP that is compressed), in a HEIC
that says only at its end where its items lie, and in films.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator

from guanxi.platform.files.boxes import BRANDS, box_at, telling_items

HEAD = 512 * 1024  # what stands before the picture itself in a JPEG; what is looked into of any other file
_JPEG, _EXIF, _XMP = b"\xff\xd8", b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00"
_PNG, _RIFF, _WEBP = b"\x89PNG\r\n\x1a\n", b"RIFF", b"WEBP"
_TELLING = (b"eXIf", b"iTXt", b"EXIF", b"XMP ")  # chunks of PNG and of WebP
_APP1, _PICTURE = 0xE1, 0xDA
_GPS = 0x8825  # of the first directory: where that of the place begins
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_MOST_ENTRIES = 64  # the standard names 32
_MOST_CHUNKS, _MOST_TELLING = 50_000, 8  # a large photo has thousands, of which one or two tell
_MOST_BOXES = 100  # that stand before the one that names the others
# Bounded, and no two parts that take the same: whoever sends the file has written this, and everybody waits.
# (Possessive groups would say it better, but Python 3.11.2 has them wrong: cpython issue 101955.)
_ATTRIBUTE = re.compile(rb"(?<=[\s<:])exif:GPS\w{1,40}\s{0,9}=\s{0,9}(?:\"[^\"]{0,400}\"|'[^']{0,400}')")
_OPENING, _CLOSING = re.compile(rb"<exif:GPS[^<>]{0,400}>"), re.compile(rb"</exif:GPS[^<>]{0,400}>")
_LONGEST = 300  # what stands between the two


def without_place(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in other parts, but for where a photo was taken: as many as came, read once."""
    stream = _Stream(iter(chunks))
    start = stream.peek(12)
    if start.startswith(_PNG):
        yield stream.take(len(_PNG))
        yield from _without_place(stream, png=True)
    elif start.startswith(_RIFF) and start.endswith(_WEBP):
        yield stream.take(12)
        yield from _without_place(stream, png=False)
    elif start[4:8] == b"ftyp" and start[8:] in BRANDS:
        yield from _boxes_without_place(stream)
    else:
        yield forget_place(stream.take(HEAD))
    yield from stream.rest()


def forget_place(head: bytes) -> bytes:
    """The beginning of a JPEG, of the same length, without the place; as it is where it is something else.

    Exif 2.32 (a TIFF directory in the first APP1), and the same as XMP in others.
    """
    if not head.startswith(_JPEG):
        return head
    found = bytearray(head)
    for begin, end in _segments(head):
        if head.startswith(_EXIF, begin):
            _forget_exif(found, begin + len(_EXIF), end)
        elif head.startswith(_XMP, begin):
            found[begin:end] = _blanked(head[begin:end])
    return bytes(found)


def _blanked(xmp: bytes) -> bytes:
    """XMP of the same length without elements and attributes of the place, in time that grows as it does."""
    found, at, closing = bytearray(xmp), 0, -1
    while opening := _OPENING.search(xmp, at):
        at = opening.end()
        if closing < at:
            closing = xmp.find(b"</exif:GPS", at)
        if closing < 0:
            break
        if closing - at <= _LONGEST and (closed := _CLOSING.match(xmp, closing)):
            at = closed.end()
            found[opening.start() : at] = b" " * (at - opening.start())
    return _ATTRIBUTE.sub(lambda one: b" " * len(one[0]), bytes(found))


class _Stream:
    """Bytes that come in parts, taken as they are needed."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._here = parts, bytearray()

    def peek(self, size: int) -> bytes:
        """The next ones; fewer at the end."""
        while len(self._here) < size and (part := next(self._parts, None)) is not None:
            self._here += part
        return bytes(self._here[:size])

    def take(self, size: int) -> bytes:
        taken = self.peek(size)
        del self._here[:size]
        return taken

    def pass_on(self, size: int) -> Iterator[bytes]:
        """The next ones in parts, however many they are."""
        while size > 0 and (some := self.take(min(size, HEAD))):
            size -= len(some)
            yield some

    def rest(self) -> Iterator[bytes]:
        yield bytes(self._here)
        self._here.clear()
        yield from self._parts


def _without_place(stream: _Stream, *, png: bool) -> Iterator[bytes]:
    """The chunks of a PNG (length, kind, content, CRC of kind and content), or of a WebP (kind, length,
    content, a byte where that is odd)."""
    told_of, left, head = 0, HEAD, b""
    for _chunk in range(_MOST_CHUNKS):
        if len(head := stream.take(8)) < 8:
            break
        yield head
        kind = head[4:] if png else head[:4]
        length = int.from_bytes(head[:4], "big") if png else int.from_bytes(head[4:], "little")
        if kind in _TELLING and length <= left and told_of < _MOST_TELLING:
            told_of, left = told_of + 1, left - length
            content = stream.take(length)
            told = _forget(content, is_exif=kind.upper() == b"EXIF")
            yield told
            tail = stream.take(4 if png else length % 2)
            if png and told != content and len(tail) == 4:
                tail = zlib.crc32(kind + told).to_bytes(4, "big")
            yield tail
        else:
            yield from stream.pass_on(length + (4 if png else length % 2))
        head = b""
    yield head


def _boxes_without_place(stream: _Stream) -> Iterator[bytes]:
    """A HEIF picture: what its `meta` says to be Exif or XMP lies inside of that box, or behind it."""
    at = 0
    for _box in range(_MOST_BOXES):
        kind, size = box_at(stream.peek(16))
        if not size:
            return
        if kind == b"meta":
            break
        yield from stream.pass_on(size)
        at += size
    if kind != b"meta" or size > HEAD:
        return
    meta = bytearray(stream.take(size))
    told = telling_items(bytes(meta), at=at, most=HEAD)
    inside = [one for one in told if one.begin < len(meta)]
    for one in inside:
        part = slice(one.begin, one.begin + one.length)
        meta[part] = _forget_item(bytes(meta[part]), is_exif=one.is_exif)
    yield bytes(meta)
    at = len(meta)
    for one in told[len(inside) :]:
        yield from stream.pass_on(one.begin - at)
        yield _forget_item(stream.take(one.length), is_exif=one.is_exif)
        at = one.begin + one.length


def _forget_item(content: bytes, *, is_exif: bool) -> bytes:
    """Exif as an item begins with where its directory does, counted from behind these four bytes."""
    if not is_exif:
        return _blanked(content)
    found = bytearray(content)
    _forget_exif(found, 4 + int.from_bytes(content[:4], "big"), len(found))
    return bytes(found)


def _forget(content: bytes, *, is_exif: bool) -> bytes:
    """What a chunk contains, without the place. Some write Exif with the name that it has in a JPEG."""
    if not is_exif:
        return _blanked(content)
    found = bytearray(content)
    _forget_exif(found, len(_EXIF) if content.startswith(_EXIF) else 0, len(found))
    return bytes(found)


def _segments(head: bytes) -> Iterator[tuple[int, int]]:
    """Where the contents of APP1 segments begin and end."""
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF:
        kind, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if kind == _PICTURE or length < 2:
            return
        if kind == _APP1:
            yield at + 4, min(at + 2 + length, len(head))
        at += 2 + length


def _forget_exif(found: bytearray, begin: int, end: int) -> None:
    """Empty the directory of the place: its values, its entries, and how many they are."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(bytes(found[begin : begin + 4]))
    if order is None:
        return
    try:
        (first,) = struct.unpack_from(f"{order}I", found, begin + 4)
        for _at, tag, _kind, _count, value in _entries(found, begin, begin + first, end, order):
            if tag == _GPS:
                _empty(found, begin, begin + value, end, order)
                break
    except struct.error:
        return


def _entries(
    found: bytearray, begin: int, directory: int, end: int, order: str
) -> Iterator[tuple[int, int, int, int, int]]:
    (many,) = struct.unpack_from(f"{order}H", found, directory)
    for at in range(directory + 2, min(directory + 2 + 12 * many, end - 11), 12):
        yield (at, *struct.unpack_from(f"{order}HHII", found, at))


def _empty(found: bytearray, begin: int, directory: int, end: int, order: str) -> None:
    for at, _tag, kind, count, value in list(_entries(found, begin, directory, end, order))[:_MOST_ENTRIES]:
        size = _SIZES.get(kind, 1) * count
        if size > 4 and begin + value + size <= end:
            found[begin + value : begin + value + size] = bytes(size)
        found[at : at + 12] = bytes(12)
    struct.pack_into(f"{order}H", found, directory, 0)
