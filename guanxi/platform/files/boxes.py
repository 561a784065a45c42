"""Where a HEIF picture (HEIC of phones, AVIF) keeps what is told of it: Exif and XMP, items of the file.

A file is boxes: length, kind, content (ISO/IEC 14496-12, 4.2). One of them, `meta`, names the items (`iinf`)
and says where the bytes of each lie (`iloc`, 8.11): anywhere in the file, or in a box of its own (`idat`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
_MOST_TELLING = 8
_IN_FILE, _IN_IDAT = 0, 1  # construction_method
_XMP = b"application/rdf+xml\x00"


@dataclass(frozen=True, slots=True)
class Telling:
    """An item that tells of the picture: Exif or XMP, and where it lies, from the beginning of `meta`."""

    is_exif: bool
    begin: int
    length: int


def box_at(head: bytes) -> tuple[bytes, int]:
    """Kind and length of the box that begins here, by its first 16 bytes; 0: not of a length of its own."""
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if size == 1:
        size = int.from_bytes(head[8:16], "big") if len(head) >= 16 else 0
    return kind, size if size >= 8 and len(kind) == 4 else 0


def telling_items(meta: bytes, *, at: int, most: int) -> list[Telling]:
    """The items of a `meta` box that tell of the picture and lie in one piece, the first one first.

    at     where the box begins in its file; what lies before it is left out
    most   bytes of all of them together: whoever sends the file has written how long they are

    Those that begin before another one has ended are left out: no camera writes such, and one piece of many
    names would be read as often.
    """
    kinds: dict[int, bool] = {}
    places: list[tuple[int, int, int, int]] = []
    idat = 0
    for kind, begin, end in _boxes(meta, _head_of(meta) + 4, len(meta)):
        if kind == b"iinf":
            kinds |= _tells(meta, begin, end)
        elif kind == b"iloc":
            places += _placed(meta[begin:end])
        elif kind == b"idat":
            idat = begin
    found = [
        Telling(kinds[item], begin + (idat if way == _IN_IDAT else -at), length)
        for item, way, begin, length in places
        if item in kinds and length and (way == _IN_FILE or (way == _IN_IDAT and idat))
    ]
    taken: list[Telling] = []
    ended = 0
    for one in sorted(found, key=lambda one: one.begin):
        if one.begin >= ended and one.length <= most and len(taken) < _MOST_TELLING:
            taken.append(one)
            ended, most = one.begin + one.length, most - one.length
    return taken


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box with where its content begins and ends."""
    while at + 8 <= end:
        kind, size = box_at(content[at : at + 16])
        if not size or at + size > end:
            return
        yield kind, at + _head_of(content[at : at + 4]), at + size
        at += size


def _head_of(box: bytes) -> int:
    """How long length and kind are."""
    return 16 if box.startswith(b"\x00\x00\x00\x01") else 8


def _tells(meta: bytes, begin: int, end: int) -> dict[int, bool]:
    """Items that are Exif (yes) or XMP (no), by their `infe` (8.11.6)."""
    wide = meta[begin : begin + 1] != b"\x00"
    found: dict[int, bool] = {}
    for kind, at, stop in _boxes(meta, begin + (8 if wide else 6), end):
        version = meta[at] if at < stop else 0
        if kind != b"infe" or version < 2:
            continue
        keys = 2 if version == 2 else 4
        item = int.from_bytes(meta[at + 4 : at + 4 + keys], "big")
        what = meta[at + 6 + keys : at + 10 + keys]
        if what == b"Exif":
            found[item] = True
        elif what == b"mime" and _XMP in meta[at + 10 + keys : stop]:
            found[item] = False
    return found


def _placed(iloc: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(item, way, offset, length) of items in one piece of this file (8.11.3)."""
    if len(iloc) < 8:
        return
    version = iloc[0]
    offset_size, length_size = iloc[4] >> 4, iloc[4] & 15
    base_size, index_size = iloc[5] >> 4, (iloc[5] & 15 if version else 0)
    keys = 4 if version == 2 else 2
    count, at = int.from_bytes(iloc[6 : 6 + keys], "big"), 6 + keys

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(iloc[at - size : at], "big")

    for _item in range(min(count, len(iloc))):
        item = number(keys)
        way = number(2) & 15 if version else _IN_FILE
        elsewhere, base, pieces = number(2), number(base_size), number(2)
        if at > len(iloc):
            return
        if pieces != 1:  # each is as long as the others: there is no need to look at them
            at += pieces * (index_size + offset_size + length_size)
            continue
        at += index_size
        offset, length = number(offset_size), number(length_size)
        if at <= len(iloc) and not elsewhere:
            yield item, way, base + offset, length
