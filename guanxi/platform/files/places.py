"""A photo without the place where it was taken: phones write it into the file, which goes on to anybody.

Where somebody was is said by fields, which have rights. The picture, its day and its camera stay; the file
keeps its length, and nothing is decoded: what can't be followed is left as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

HEAD = 512 * 1024  # what stands before the picture itself
_JPEG, _EXIF, _XMP = b"\xff\xd8", b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00"
_APP1, _PICTURE = 0xE1, 0xDA
_GPS = 0x8825  # of the first directory: where that of the place begins
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_MOST_ENTRIES = 64  # the standard names 32
# Bounded and without going back: whoever sends the file has written this, and everybody waits for it.
_TOLD = re.compile(
    rb"(?<=[\s<:])exif:GPS\w++\s*+=\s*+(?:\"[^\"]{0,400}+\"|'[^']{0,400}+')"
    rb"|<exif:GPS\w++[^<>]{0,400}+>(?:[^<]|<(?!/exif:GPS)){0,1000}+</exif:GPS\w++\s*+>"
)


def forget_place(head: bytes) -> bytes:
    """The beginning of a file, of the same length, without the place; as it is where it is no JPEG.

    Exif 2.32 (a TIFF directory in the first APP1), and the same as XMP in others.
    """
    if not head.startswith(_JPEG):
        return head
    found = bytearray(head)
    for begin, end in _segments(head):
        if head.startswith(_EXIF, begin):
            _forget_exif(found, begin + len(_EXIF), end)
        elif head.startswith(_XMP, begin):
            blanked = _TOLD.sub(lambda one: b" " * len(one[0]), bytes(found[begin:end]))
            found[begin:end] = blanked
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
