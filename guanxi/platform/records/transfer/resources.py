"""/api/v1/workspace-copies: a copy of the whole workspace, asked for and looked after by a program.

The file itself is a door of the API's own, as it is no JSON (`api/rest/copies.py`).
"""

from __future__ import annotations

from typing import Any

from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    WHOLE,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.transfer.copies import ask_copy, cancel_copy, require_copies
from guanxi.platform.records.transfer.jobs import settle_copy
from guanxi.platform.records.transfer.models import Copy

_COPY = one_of(
    {
        "id": KEY, "state": {"enum": list(Copy.State.values)}, "by": MAYBE, "asked_at": TEXT,
        "done_at": MOMENT, "rows": WHOLE, "files": WHOLE, "missing": WHOLE, "bytes": WHOLE, "digest": TEXT,
    }
)  # fmt: skip


def _list(call: Call) -> Any:
    require_copies(call.by)
    rows = [settle_copy(one) for one in Copy.objects.order_by("-asked_at")[:20]]
    return {"data": [_json(one) for one in rows], "next": None}


def _ask(call: Call) -> Any:
    return _json(ask_copy(by=call.by))


def _read(call: Call) -> Any:
    require_copies(call.by)
    return _json(settle_copy(_found(call.id)))


def _cancel(call: Call) -> None:
    require_copies(call.by)
    cancel_copy(_found(call.id), by=call.by)


def _found(copy_id: int) -> Copy:
    copy: Copy | None = Copy.objects.filter(pk=copy_id).first()
    if copy is None:
        raise NotFound(f"copy {copy_id}")
    return copy


def _json(copy: Copy) -> dict[str, Any]:
    """A copy as the API tells it; `digest` is the same for two copies of the same state."""
    return {
        "id": str(copy.pk),
        "state": copy.state,
        "by": str(copy.member_id) if copy.member_id else None,
        "asked_at": copy.asked_at.isoformat(),
        "done_at": copy.done_at.isoformat() if copy.done_at else None,
        **{name: getattr(copy, name) for name in ("rows", "files", "missing", "bytes", "digest")},
    }


def offer_copies() -> None:
    """Serve it from now on."""
    doors = (
        Door("GET", "", "list_workspace_copies", "those of the last days", _list, many_of(_COPY)),
        Door("POST", "", "copy_workspace", "write another one", _ask, _COPY, status=202),
        Door("GET", "{id}", "read_workspace_copy", "how far it is", _read, _COPY),
        Door("POST", "{id}/cancellation", "cancel_workspace_copy", "no copy after all", _cancel),
    )
    offer(Resource("workspace-copies", "the whole workspace as one file, for administrators", doors))
