"""What was done in the workspace over the API: who, what, from where, why, and the way back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.events.facts import facts_of
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.resources import (
    KEY,
    MAYBE,
    TEXT,
    WHOLE,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.metadata.rights import as_seen, visible_changes
from guanxi.platform.records.pages.changes import WHENCES, parse_day, seen_facts
from guanxi.platform.records.pages.histories import source_of, why_of
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import object_of


def _list(call: Call) -> dict[str, Any]:
    asked = call.asked
    day = parse_day(asked.get("day", ""))
    if asked.get("day") and day is None:
        raise InvalidValues({"day": [FieldError("day", _("This is not a day."))]})
    name = asked.get("object", "")
    if name and not (registry.has(name) and call.by.may("see", name)):
        raise NotFound(name)
    facts, refs, more = seen_facts(
        call.by,
        who=asked.get("who", ""),
        name=name,
        whence=asked.get("from", ""),
        day=day,
        before=asked.get("before", ""),
    )
    told = [_told(one, refs[one.object, one.record_id].title, call) for one in facts]
    return {"data": told, "next": str(more) if more else None}


def _take_back(call: Call) -> dict[str, Any]:
    record = undo_fact(call.id, by=call.by, field=call.sent.get("field", ""))
    obj = object_of(record)
    fact = facts_of(obj.name, record.pk).order_by("-id").first()
    if fact is None:
        raise NotFound(f"fact {call.id}")
    return _told(fact, str(record), call)


def _told(fact: Fact, title: str | None, call: Call) -> dict[str, Any]:
    obj = as_seen(registry.get(fact.object), call.by)
    why, _url = why_of(fact)
    return {
        "id": str(fact.pk),
        "object": fact.object,
        "record": {"id": str(fact.record_id), "title": title},
        "name": fact.name,
        "at": fact.at.isoformat(),
        "actor": {"kind": fact.actor_kind, "id": str(fact.actor_id or ""), "name": fact.actor_name},
        "source": source_of(fact) or None,
        "why": why or None,
        "batch": str(fact.data["batch"]) if "batch" in fact.data else None,
        "changes": visible_changes(obj, fact.changes, call.by, record_id=fact.record_id),
        "version": fact.version,
    }


_CHANGE = one_of(
    {
        "id": TEXT, "object": TEXT, "record": one_of({"id": TEXT, "title": MAYBE}), "name": TEXT, "at": TEXT,
        "actor": one_of({"kind": TEXT, "id": TEXT, "name": TEXT}),
        "source": {**MAYBE, "description": "from where, in words; null: a page"},
        "why": {**MAYBE, "description": "what it was part of, in words"},
        "batch": {**MAYBE, "description": "under /batches, of what was done to many"},
        "changes": {"type": "object", "description": "field → what it was, what it became"},
        "version": {**WHOLE, "type": ["integer", "null"]},
    }
)  # fmt: skip


def offer_changes() -> None:
    """Serve it from now on."""
    doors = (
        Door(
            "GET", "", "list_changes", "the newest first, by ?who=, ?object=, ?from= and until ?day=",
            _list, many_of(_CHANGE),
            asked={
                "who": KEY, "object": TEXT, "from": {**TEXT, "enum": list(WHENCES)},
                "day": {**TEXT, "format": "date"}, "before": KEY,
            },
        ),
        Door(
            "POST", "{id}/undoing", "take_back_change",
            "as it was before, where nobody has changed it since; with a field only that one",
            _take_back, _CHANGE, takes={"field": TEXT},
        ),
    )  # fmt: skip
    about = "what was done in the workspace, by whom, from where and why, and the way back for 30 days"
    offer(Resource("changes", about, doors))
