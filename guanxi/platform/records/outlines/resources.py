"""/api/v1/map-outline: the outline of the workspace's maps, read, set and removed."""

from __future__ import annotations

from typing import Any

import msgspec

from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.metadata.resources import TEXT, Call, Door, Resource, offer, one_of
from guanxi.platform.records.outlines.actions import (
    outline_json,
    outline_of_workspace,
    remove_outline,
    require_admin,
    set_outline,
)

_GEOJSON = {"type": "object", "description": "FeatureCollection of Polygon and MultiPolygon, with names"}
_OUTLINE = {"name": TEXT, "source": TEXT, "geojson": _GEOJSON}


def _read(call: Call) -> Any:
    require_admin(call.by)
    row = outline_of_workspace()
    if row is None:
        raise NotFound("outline")
    return outline_json(row)


def _set(call: Call) -> Any:
    data = msgspec.json.encode(call.sent["geojson"])
    name, source = str(call.sent.get("name") or ""), str(call.sent["source"])
    return outline_json(set_outline(data, name=name, source=source, by=call.by))


def _remove(call: Call) -> None:
    remove_outline(by=call.by)


def offer_outline() -> None:
    """Serve it from now on."""
    doors = (
        Door("GET", "", "read_outline", "what it is now", _read, one_of(_OUTLINE)),
        Door(
            "PUT", "", "set_outline", "another one", _set, one_of(_OUTLINE), takes=_OUTLINE,
            needs=("source", "geojson"),
        ),
        Door("DELETE", "", "remove_outline", "tiles again", _remove),
    )  # fmt: skip
    offer(Resource("map-outline", "the outline on which maps are drawn, for administrators", doors))
