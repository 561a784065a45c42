"""What privacy law asks for, over the API: hand out a person's data, erase a person, certificates."""

from __future__ import annotations

import tempfile
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.resources import (
    FILE,
    KEY,
    MAYBE,
    MOMENT,
    TEXT,
    WHOLE,
    Call,
    Door,
    MadeFile,
    Resource,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.privacy.actions import ask_erasure, certificate, export_person
from guanxi.platform.records.privacy.models import Erasure

PER_PAGE = 50


def _export(call: Call) -> MadeFile:
    obj = _object(call)
    target = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    export_person(obj, call.key("record"), target, by=call.by)
    target.seek(0)
    return MadeFile(target, f"{obj.name}-{call.key('record')}.zip", "application/zip")


def _list(call: Call) -> dict[str, Any]:
    if not call.by.administers:
        raise Refused("privacy")
    rows = Erasure.objects.order_by("-pk")
    if before := call.key("before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PER_PAGE + 1])
    told = [_told(one) for one in found[:PER_PAGE]]
    return {"data": told, "next": told[-1]["id"] if len(found) > PER_PAGE else None}


def _ask(call: Call) -> dict[str, Any]:
    obj, sent = _object(call), call.sent
    if not call.by.in_scope("write", obj.name):
        raise Refused(f"{obj.name}.erase")
    erasure = ask_erasure(
        obj, call.key("record"), typed=sent["name"], ground=sent.get("ground", "request"), by=call.by
    )
    return _told(erasure)


def _read(call: Call) -> dict[str, Any]:
    one = certificate(call.id, by=call.by)
    if not call.by.in_scope("read", one.object):
        raise NotFound(f"erasure {call.id}")
    return _told(one)


def _told(one: Erasure) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "object": one.object,
        "record": str(one.record),
        "ground": str(one.ground),
        "state": str(one.state),
        "by": one.by_name or None,
        "asked_at": one.asked_at.isoformat(),
        "done_at": one.done_at.isoformat() if one.done_at else None,
        "counts": one.counts,
        "files": [str(key) for key in one.files],
    }


def _object(call: Call) -> Object:
    name = str(call.sent.get("object") or call.asked.get("object") or "")
    if not name:
        raise InvalidValues({"object": [FieldError("required", _("This is needed."))]})
    if not registry.has(name) or not call.by.may("see", name):
        raise NotFound(name)
    return registry.get(name)


_ERASURE = one_of(
    {
        "id": TEXT, "object": TEXT,
        "record": {**TEXT, "description": "the id that it had; it leads nowhere any more"},
        "ground": {"enum": list(Erasure.Ground.values)}, "state": {"enum": list(Erasure.State.values)},
        "by": MAYBE, "asked_at": TEXT, "done_at": MOMENT,
        "counts": {"type": "object", "additionalProperties": WHOLE, "description": "table → rows"},
        "files": {"type": "array", "items": TEXT, "description": "of other records that mention the person"},
    }
)  # fmt: skip


def offer_privacy() -> None:
    """Serve both from now on."""
    whose = {"object": TEXT, "record": KEY}
    export = Door(
        "GET",
        "",
        "export_personal_data",
        "one ZIP of all that is kept about a person",
        _export,
        FILE,
        asked=whose,
        needs=("object", "record"),
    )
    offer(Resource("personal-data", "what is kept about a person, to be handed out", (export,)))
    erasing = (
        Door(
            "GET", "", "list_erasures", "all, the newest first, for administrators",
            _list, many_of(_ERASURE), asked={"before": KEY},
        ),
        Door(
            "POST", "", "erase_person",
            "everywhere, and for ever; a worker does it: the one that waits, where one does", _ask, _ERASURE,
            takes={
                **whose,
                "name": {**TEXT, "description": "as it stands there: nobody is erased by mistake"},
                "ground": {"enum": list(Erasure.Ground.values)},
            },
            needs=("object", "record", "name"), status=202,
        ),
        Door("GET", "{id}", "read_erasure", "the certificate of one", _read, _ERASURE),
    )  # fmt: skip
    offer(Resource("erasures", "people erased under privacy law, and the certificates", erasing))
