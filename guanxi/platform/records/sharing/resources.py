"""Handing over what a member owns, over the API: the rights and verbs of the page."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    WHOLE,
    YES,
    Call,
    Door,
    Resource,
    Schema,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.sharing.handing import (
    owned_counts,
    require_hand_over,
    start_hand_over,
    start_undo,
)
from guanxi.platform.records.sharing.models import HandOver

PER_PAGE = 50


def _list(call: Call) -> dict[str, Any]:
    member, rows = call.key("member"), HandOver.objects.order_by("-pk")
    if member:
        require_hand_over(member, by=call.by)
        rows = rows.filter(member_id=member)
    elif not call.by.administers:
        raise Refused("member.hand_over")
    if before := call.key("before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PER_PAGE + 1])
    told = [_told(one) for one in found[:PER_PAGE]]
    return {"data": told, "next": told[-1]["id"] if len(found) > PER_PAGE else None}


def _owned(call: Call) -> dict[str, Any]:
    member = call.key("member")
    require_hand_over(member, by=call.by)
    return {"member": str(member), "counts": owned_counts(member)}


def _begin(call: Call) -> dict[str, Any]:
    receivers = [min(int(one), 2**63 - 1) for one in call.sent["to"]]
    return _told(start_hand_over(member_id=call.key("member"), receivers=receivers, by=call.by))


def _read(call: Call) -> dict[str, Any]:
    made: HandOver | None = HandOver.objects.filter(pk=call.id).first()
    if made is not None or not call.by.administers:
        require_hand_over(made.member_id if made else 0, by=call.by)
    if made is None:
        raise NotFound(f"hand_over {call.id}")
    return _told(made)


def _undo(call: Call) -> dict[str, Any]:
    return _told(start_undo(call.id, by=call.by))


def _told(made: HandOver) -> dict[str, Any]:
    fresh = made.created_at > timezone.now() - KEPT_FOR
    return {
        "id": str(made.pk),
        "member": str(made.member_id),
        "to": [str(one) for one in made.receivers],
        "counts": made.counts,
        "by": str(made.created_by_id) if made.created_by_id else None,
        "begun_at": made.created_at.isoformat(),
        "done_at": made.done_at.isoformat() if made.done_at else None,
        "undone_at": made.undone_at.isoformat() if made.undone_at else None,
        "kept": made.kept,
        "may_undo": bool(made.done_at and not made.undone_at and fresh),
    }


_COUNTS: Schema = {
    "type": "object",
    "additionalProperties": WHOLE,
    "description": "object → how many records; share: of what is shared with them",
}
_HAND_OVER = one_of(
    {
        "id": TEXT, "member": TEXT, "to": {"type": "array", "items": TEXT}, "counts": _COUNTS,
        "by": MAYBE, "begun_at": TEXT, "done_at": MOMENT, "undone_at": MOMENT,
        "kept": {**WHOLE, "description": "records that had changed since and stayed"},
        "may_undo": {**YES, "description": "for 30 days, once"},
    }
)  # fmt: skip


def offer_hand_overs() -> None:
    """Serve it from now on."""
    doors = (
        Door(
            "GET", "", "list_hand_overs", "those of ?member=, of all for administrators",
            _list, many_of(_HAND_OVER), asked={"member": KEY, "before": KEY},
        ),
        Door(
            "GET", "owned", "read_owned", "what ?member= owns and would hand over",
            _owned, one_of({"member": TEXT, "counts": _COUNTS}), asked={"member": KEY},
            needs=("member",),
        ),
        Door(
            "POST", "", "hand_over", "everything goes to these members, who take turns; a worker does it",
            _begin, _HAND_OVER, status=202,
            takes={"member": KEY, "to": {"type": "array", "items": KEY, "maxItems": 100}},
            needs=("member", "to"),
        ),
        Door("GET", "{id}", "read_hand_over", "how far it is", _read, _HAND_OVER),
        Door(
            "POST", "{id}/undoing", "undo_hand_over", "back goes what nobody has changed since",
            _undo, _HAND_OVER, status=202,
        ),
    )  # fmt: skip
    about = (
        "everything that a member owns, handed over in one step: for administrators, heads for their teams"
    )
    offer(Resource("hand-overs", about, doors))
