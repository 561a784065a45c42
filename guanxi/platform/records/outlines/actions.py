"""Giving a workspace its outline, and taking it away again: for administrators."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.records.outlines.models import Outline
from guanxi.platform.records.outlines.reading import UNITS, read_outline


def outline_of_workspace() -> Outline | None:
    """The one that maps are drawn on; None where they are drawn as tiles."""
    found: Outline | None = Outline.objects.first()
    return found


def set_outline(data: bytes, *, name: str, source: str, by: Actor) -> Outline:
    """Draw maps on the areas of a GeoJSON file from now on, in place of what was there.

    Raises Refused, and InvalidValues for a file that can't be drawn or without a source.
    """
    require_admin(by)
    source = " ".join(source.split())[:300]
    if not source:
        words = _("Say where the outline is from: its approval number or licence stands under every map.")
        raise InvalidValues({"source": [FieldError("required", words)]})
    read = read_outline(data)
    with transaction.atomic():
        Outline.objects.all().delete()
        row = Outline(
            name=" ".join(name.split())[:200] or _("Outline"),
            source=source,
            shapes=read.shapes,
            bounds=read.bounds,
            created_by_id=by.member_id,
        )
        row.save(force_insert=True)
        told = {"areas": len(row.shapes), "source": source}
        state_fact("outline", "set", row.pk, by=by, title=row.name, data=told)
    return row


@transaction.atomic
def remove_outline(*, by: Actor) -> None:
    """Maps are drawn as tiles again. Raises Refused and NotFound."""
    require_admin(by)
    row = outline_of_workspace()
    if row is None:
        raise NotFound("outline")
    state_fact("outline", "removed", row.pk, by=by, title=row.name)
    row.delete()


def outline_json(row: Outline) -> dict[str, Any]:
    """The outline as GeoJSON, with where it is from; read again it is the same."""
    return {"name": row.name, "source": row.source, "geojson": _geojson(row)}


def _geojson(row: Outline) -> dict[str, Any]:
    def feature(one: dict[str, Any]) -> dict[str, Any]:
        polygons = [
            [[[x / UNITS, y / UNITS] for x, y in zip(ring[::2], ring[1::2], strict=True)]]
            for ring in one["rings"]
        ]
        return {
            "type": "Feature",
            "properties": {"name": one["name"]},
            "geometry": {"type": "MultiPolygon", "coordinates": polygons},
        }

    return {"type": "FeatureCollection", "features": [feature(one) for one in row.shapes]}


def require_admin(by: Actor) -> None:
    """Raises Refused for who does not look after the workspace."""
    if not by.administers:
        raise Refused("outline.set")
