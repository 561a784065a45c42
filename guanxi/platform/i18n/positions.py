"""Places on the earth: latitude and longitude in degrees (WGS 84), kept as "30.274150,120.155150"."""

from __future__ import annotations

import re
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import format_number

_TYPED = re.compile(r"^(?:geo:)?\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*[,\uff0c;\s]\s*(-?\d{1,3}(?:\.\d{1,15})?)$")
_EARTH = 6_371_008.8  # mean radius in metres


class Position(NamedTuple):
    """Degrees: north and east are above zero."""

    latitude: float
    longitude: float

    def __str__(self) -> str:
        return f"{self.latitude:.6f},{self.longitude:.6f}"


def parse_position(text: str) -> Position | None:
    """The place that two numbers mean, latitude first; None where they mean none."""
    found = _TYPED.match(text.strip())
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Position(latitude, longitude)


def metres_between(one: Position, other: Position) -> int:
    """How far two places are from each other over the ground, by the haversine formula."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    chord = (
        sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    )
    return round(2 * _EARTH * asin(sqrt(min(1.0, chord))))


def format_distance(metres: int) -> str:
    """“120 m”, “1.2 km”."""
    if metres < 1000:
        return _("%(count)s m") % {"count": format_number(metres)}
    tenths = round(metres / 100)
    count = format_number(tenths // 10) if metres >= 100_000 else f"{tenths // 10}.{tenths % 10}"
    return _("%(count)s km") % {"count": count}
