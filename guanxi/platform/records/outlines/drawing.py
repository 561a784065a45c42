"""An outline as paths of SVG, and records' positions on it: both by one projection.

Plate carrée with the middle latitude true to scale (Snyder 1987, p. 90): x = λ·cos φ₀, y = −φ. Over one
country nothing is off by more than the width of a border on a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from typing import Any

from guanxi.platform.i18n.positions import Position
from guanxi.platform.records.outlines.models import Outline
from guanxi.platform.records.outlines.reading import UNITS

WIDTH = 4_000  # of the drawing, in its own units
TALLEST = 5_000


@dataclass(frozen=True, slots=True)
class Projection:
    """From degrees to the drawing."""

    west: float
    north: float
    across: float
    down: float
    width: int
    height: int

    @classmethod
    def of(cls, bounds: Sequence[int]) -> Projection:
        """The one that lets [west, south, east, north] fill the drawing."""
        west, south, east, north = (value / UNITS for value in bounds)
        shrunk = max(cos(radians((south + north) / 2)), 0.05)
        wide, tall = (east - west) * shrunk, north - south
        down = min(WIDTH / wide, TALLEST / tall)
        return cls(west, north, down * shrunk, down, round(wide * down), round(tall * down))

    def place(self, longitude: float, latitude: float) -> tuple[int, int]:
        return round((longitude - self.west) * self.across), round((self.north - latitude) * self.down)

    def spot(self, position: Position) -> tuple[int, int] | None:
        """Where a position is drawn; None for one beyond the drawing."""
        x, y = self.place(position.longitude, position.latitude)
        return (x, y) if 0 <= x <= self.width and 0 <= y <= self.height else None


@dataclass(frozen=True, slots=True)
class Drawn:
    """An outline ready to be written: names of areas, their paths, and where a figure stands in each."""

    projection: Projection
    names: tuple[str, ...]
    paths: tuple[str, ...]
    middles: tuple[tuple[int, int], ...]


def drawn(row: Outline) -> Drawn:
    """The paths of an outline; made once, for a new outline is a new row."""
    return _drawn(row.pk, _Shapes(row.shapes, row.bounds))


class _Shapes:
    """What is drawn, all of it equal: the key says which it is."""

    def __init__(self, shapes: Sequence[Mapping[str, Any]], bounds: Sequence[int]) -> None:
        self.shapes, self.bounds = shapes, bounds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shapes)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=32)
def _drawn(_key: int, given: _Shapes) -> Drawn:
    projection = Projection.of(given.bounds)
    return Drawn(
        projection,
        tuple(str(one["name"]) for one in given.shapes),
        tuple("".join(_path(ring, projection) for ring in one["rings"]) for one in given.shapes),
        tuple(_middle(one["rings"], projection) for one in given.shapes),
    )


def _path(ring: Sequence[int], projection: Projection) -> str:
    """One closed line in relative steps; steps that come to nothing are left out."""
    points = [projection.place(x / UNITS, y / UNITS) for x, y in zip(ring[::2], ring[1::2], strict=True)]
    (at_x, at_y), steps = points[0], []
    start = f"M{at_x} {at_y}"
    for x, y in points[1:]:
        if (x, y) != (at_x, at_y):
            steps.append(f"{x - at_x} {y - at_y}")
            at_x, at_y = x, y
    return f"{start}l{' '.join(steps)}z" if steps else ""


def _middle(rings: Sequence[Sequence[int]], projection: Projection) -> tuple[int, int]:
    """The centre of mass of the largest ring, by the shoelace formula; it may lie outside of a crescent."""
    largest = 0.0
    middle = projection.place(rings[0][0] / UNITS, rings[0][1] / UNITS)
    for ring in rings:
        xs, ys = ring[::2], ring[1::2]
        twice, x_sum, y_sum = 0, 0, 0
        for at in range(-1, len(xs) - 1):
            cross = xs[at] * ys[at + 1] - xs[at + 1] * ys[at]
            twice += cross
            x_sum += (xs[at] + xs[at + 1]) * cross
            y_sum += (ys[at] + ys[at + 1]) * cross
        if abs(twice) > largest:
            largest = abs(twice)
            middle = projection.place(x_sum / (3 * twice) / UNITS, y_sum / (3 * twice) / UNITS)
    return middle
