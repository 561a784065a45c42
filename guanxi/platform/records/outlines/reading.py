"""GeoJSON (RFC 7946) from strangers: checked strictly, and thinned out to what a screen can show.

Longitudes and latitudes are degrees (WGS 84). Lines are thinned by the algorithm of Douglas and Peucker
(1973), with a tolerance that doubles until few enough points are left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues

MOST_BYTES = 20 << 20
MOST_SHAPES = 2_000
MOST_RINGS = 20_000
MOST_POINTS = 1_000_000
KEPT_POINTS = 9_000
LONGEST_NAME = 80
UNITS = 10_000  # of a degree
_FINEST = 20.0  # tolerance of the first try, in units: 0.002°, some 200 m
_NAMES = ("name", "NAME", "name_zh", "NAME_ZH", "fullname", "省", "名称", "NAME_1", "name_en", "NAME_EN")
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")

Degrees = Annotated[list[float], msgspec.Meta(min_length=2, max_length=4)]
Ring = list[Degrees]
Line = list[int]


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[Ring]


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[Ring]]


class _Feature(msgspec.Struct, tag_field="type", tag="Feature"):
    geometry: _Polygon | _MultiPolygon
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct, tag_field="type", tag="FeatureCollection"):
    features: list[_Feature]


@dataclass(frozen=True, slots=True)
class Shapes:
    """What `Outline` keeps, see there."""

    shapes: list[dict[str, Any]]
    bounds: list[int]


def read_outline(data: bytes) -> Shapes:
    """The areas in a file; raises InvalidValues that says what is wrong and what to do."""
    found = _decoded(data)
    if not found.features:
        raise _wrong("empty", _("There is no area in this file."))
    if len(found.features) > MOST_SHAPES:
        raise _wrong("many", _("An outline may have %(most)d areas.") % {"most": MOST_SHAPES})
    areas = [(_name(one.properties), list(_rings(one.geometry))) for one in found.features]
    rings = [ring for _label, some in areas for ring in some]
    if len(rings) > MOST_RINGS or sum(map(len, rings)) > 2 * MOST_POINTS:
        words = _("This outline is too fine: %(most)d points at most. Take one of a smaller scale.")
        raise _wrong("fine", words % {"most": MOST_POINTS})
    bounds = _bounds(rings)
    kept = _thinned([some for _label, some in areas])
    shapes = [
        {"name": label, "rings": lines} for (label, _some), lines in zip(areas, kept, strict=True) if lines
    ]
    if not shapes:
        raise _wrong("empty", _("There is no area in this file."))
    return Shapes(shapes, bounds)


def _decoded(data: bytes) -> _Collection:
    if len(data) > MOST_BYTES:
        raise _wrong("large", _("An outline may have %(most)d MB.") % {"most": MOST_BYTES >> 20})
    if data.startswith(_PACKED):
        raise _wrong("packed", _("This is an archive. Unpack it and choose the GeoJSON file in it."))
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Collection)
    except msgspec.ValidationError as wrong:
        words = _("This is no GeoJSON collection of polygons: %(why)s")
        raise _wrong("shape", words % {"why": str(wrong)[:300]}) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise _wrong("json", _("This is no JSON file: %(why)s") % {"why": str(wrong)[:300]}) from wrong


def _rings(geometry: _Polygon | _MultiPolygon) -> Iterator[Line]:
    polygons = [geometry.coordinates] if isinstance(geometry, _Polygon) else geometry.coordinates
    for ring in chain.from_iterable(polygons):
        if len(ring) < 4:
            raise _wrong("ring", _("A border in this file has fewer than four points."))
        line: Line = []
        for longitude, latitude, *_height in ring:
            if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
                words = _("Points must be degrees of longitude and latitude (WGS 84); “%(point)s” is none.")
                raise _wrong("degrees", words % {"point": f"{longitude:g}, {latitude:g}"})
            line += (round(longitude * UNITS), round(latitude * UNITS))
        yield line


def _name(properties: dict[str, Any] | None) -> str:
    """What an area is called: plain text in one line, "" where nothing says it."""
    for key in _NAMES:
        if isinstance(text := (properties or {}).get(key), str) and text.strip():
            plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
            return " ".join(plain.split())[:LONGEST_NAME]
    return ""


def _bounds(rings: list[Line]) -> list[int]:
    easts = [value for ring in rings for value in (min(ring[::2]), max(ring[::2]))]
    norths = [value for ring in rings for value in (min(ring[1::2]), max(ring[1::2]))]
    bounds = [min(easts), min(norths), max(easts), max(norths)] if rings else [0, 0, 0, 0]
    if bounds[2] - bounds[0] < UNITS // 100 or bounds[3] - bounds[1] < UNITS // 100:
        raise _wrong("flat", _("The areas in this file are too small to be drawn."))
    return bounds


def _thinned(areas: list[list[Line]]) -> list[list[Line]]:
    """The rings of each area, thinned alike until all of them have few enough points together."""
    tolerance = _FINEST
    while True:
        areas = [
            [thin for ring in rings if len(thin := _thin(ring, tolerance)) >= 8] or rings[:1]
            for rings in areas
        ]
        if sum(len(ring) for rings in areas for ring in rings) <= 2 * KEPT_POINTS or tolerance > UNITS:
            return areas
        tolerance *= 2


def _thin(ring: Line, tolerance: float) -> Line:
    """The points of a closed line without which it would be off by more than `tolerance`."""
    points = list(zip(ring[::2], ring[1::2], strict=True))
    last = len(points) - 1
    far = max(range(len(points)), key=lambda at: _squared(points[0], points[at]))
    kept = {0, far, last}
    parts = [(0, far), (far, last)]
    while parts:
        first, end = parts.pop()
        if end - first < 2:
            continue
        at, off = _farthest(points, first, end)
        if off > tolerance * tolerance:
            kept.add(at)
            parts += [(first, at), (at, end)]
    return [value for at in sorted(kept) for value in points[at]]


def _farthest(points: list[tuple[int, int]], first: int, end: int) -> tuple[int, float]:
    """Which point between two is farthest from the line through them, and the square of how far."""
    (x, y), (to_x, to_y) = points[first], points[end]
    dx, dy = to_x - x, to_y - y
    length = dx * dx + dy * dy
    worst, found = -1.0, first + 1
    for at in range(first + 1, end):
        px, py = points[at][0] - x, points[at][1] - y
        off = (px * dy - py * dx) ** 2 / length if length else px * px + py * py
        if off > worst:
            worst, found = off, at
    return found, worst


def _squared(one: tuple[int, int], other: tuple[int, int]) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _wrong(code: str, words: str) -> InvalidValues:
    return InvalidValues({"file": [FieldError(code, words)]})
