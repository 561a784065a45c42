"""Tags over the API: the words that a workspace puts on records, by the rights of the page."""

from __future__ import annotations

from typing import Any

from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.metadata.resources import (
    MOMENT,
    TEXT,
    Call,
    Door,
    Resource,
    Schema,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.models import Tag
from guanxi.platform.records.tagging import LONGEST, TONES, add_tag, archive_tag, change_tag


def _list(call: Call) -> dict[str, Any]:
    """Also those in the archive, which records may still carry."""
    _in_scope(call, "read")
    rows = Tag.objects.order_by("key")
    if call.asked.get("archived") != "true":
        rows = rows.filter(archived_at=None)
    return {"data": [_told(one) for one in rows], "next": None}


def _read(call: Call) -> dict[str, Any]:
    _in_scope(call, "read")
    return _told(_tag(call.id))


def _add(call: Call) -> dict[str, Any]:
    return _told(add_tag(name=call.sent["name"], tone=call.sent.get("tone", TONES[0]), by=call.by))


def _change(call: Call) -> dict[str, Any]:
    """What is not said stays."""
    if not call.by.administers:
        raise Refused("tag.change")
    now, sent = _tag(call.id), call.sent
    return _told(
        change_tag(now.pk, name=sent.get("name", now.name), tone=sent.get("tone", now.tone), by=call.by)
    )


def _archive(call: Call) -> None:
    archive_tag(call.id, by=call.by)


def _told(one: Tag) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "name": one.name,
        "tone": one.tone,
        "archived_at": one.archived_at.isoformat() if one.archived_at else None,
    }


def _tag(key: int) -> Tag:
    found: Tag | None = Tag.objects.filter(pk=key).first()
    if found is None:
        raise NotFound(f"tag {key}")
    return found


def _in_scope(call: Call, access: str) -> None:
    if not call.by.in_scope(access, "tag"):
        raise Refused("tag.see")


_SAID: dict[str, Schema] = {"name": {"type": "string", "maxLength": LONGEST}, "tone": {"enum": list(TONES)}}
_TAG = one_of({"id": TEXT, **_SAID, "archived_at": MOMENT})


def offer_tags() -> None:
    """Serve them from now on."""
    doors = (
        Door(
            "GET", "", "list_tags", "all; ?archived=true: also those in the archive", _list, many_of(_TAG),
            asked={"archived": {"enum": ["true", "false"]}},
        ),
        Door(
            "POST", "", "add_tag", "a new one; an archived one of that name comes back", _add, _TAG,
            takes=_SAID, needs=("name",), status=201,
        ),
        Door("GET", "{id}", "read_tag", "one", _read, _TAG),
        Door("PATCH", "{id}", "change_tag", "name or colour, everywhere at once", _change, _TAG, takes=_SAID),
        Door("DELETE", "{id}", "archive_tag", "no longer offered; records that carry it keep it", _archive),
    )  # fmt: skip
    offer(Resource("tags", "the words that a workspace puts on records", doors))
