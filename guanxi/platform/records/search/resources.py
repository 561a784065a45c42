"""/api/v1/search: what the search field finds, for programs and for `guanxi ask find`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.resources import KEY, TEXT, YES, Call, Door, Resource, many_of, offer, one_of
from guanxi.platform.records.addresses import ref_url
from guanxi.platform.records.search.finding import Hit, find_records

MOST = 100
_HIT = one_of({"object": TEXT, "id": KEY, "title": TEXT, "hint": TEXT, "url": TEXT, "mine": YES})


def _find(call: Call) -> Any:
    objects = [one for one in call.asked.get("objects", "").split(",") if one]
    for name in objects:
        if not (registry.has(name) and call.by.may("see", name)):
            said = _("There is no object “%(name)s”.") % {"name": name[:60]}
            raise InvalidValues({"objects": [FieldError("unknown_object", said)]})
    limit = int(call.asked.get("limit") or 20)
    hits = find_records(call.asked.get("q", ""), by=call.by, objects=objects, limit=limit)
    return {"data": [_json(one) for one in hits], "next": None}


def _json(hit: Hit) -> dict[str, Any]:
    """`hint` tells records of one name apart; `url` is the record's page, "" for what has none."""
    ref = hit.ref
    told = {"object": ref.object, "id": str(ref.id), "title": ref.title, "hint": hit.hint}
    return {**told, "url": ref_url(ref), "mine": hit.mine}


def offer_search() -> None:
    """Serve it from now on."""
    find = Door(
        "GET", "", "find", "the best first, across objects", _find, many_of(_HIT),
        asked={
            "q": {"type": "string", "maxLength": 200},
            "objects": {"type": "string", "description": "of these only: company,contact"},
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
        },
    )  # fmt: skip
    offer(
        Resource("search", "records found by any shown word, number, phone or file name, as typed", (find,))
    )
