"""/api/v1/<objects>/bulk and /paste: many records at once, as the pages do it; /batches: how far they are.

Up to 50 records are done when the answer comes; more are a job, and the answer (202) says where to look.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door
from guanxi.api.rest.views import named
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import require, row_rule
from guanxi.platform.records.batches.jobs import settle, stop_batch
from guanxi.platform.records.batches.models import Batch, BatchPart
from guanxi.platform.records.batches.pasting import MOST_CELLS, Cell, read_cells
from guanxi.platform.records.batches.running import (
    change_chosen,
    change_matching,
    may_undo,
    paste,
    undo_batch,
)
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.sql import fetch

DOES = {"change": "change", "archive": "archive", "restore": "archive", "delete": "delete"}  # kind → verb
LISTS = ("values", "add", "remove")
MOST_IDS = 10_000
MOST_REFUSALS = 1_000


@require_POST
@door
def bulk(request: MemberRequest, plural: str) -> HttpResponse:
    """{"do": change, archive, restore or delete, "ids": […] or "filter": "…", "values", "add", "remove"}."""
    obj = named(plural, by=request.actor)
    return once(request, lambda: _bulk(request, obj), anew=partial(_anew, request))


@require_POST
@door
def paste_cells(request: MemberRequest, plural: str) -> HttpResponse:
    """{"fields": […], "rows": [{"id", "version", "cells": […]}]}: texts as a spreadsheet has them.

    With "dry_run": true nothing is done, and each cell is answered with what it would be, or why it can't.
    """
    obj = named(plural, by=request.actor)
    asked = _pasted(request, obj)
    if asked.get("dry_run") is True:
        return answer({"data": _read(obj, asked["fields"], asked["rows"], request)})
    return once(request, lambda: _paste(request, obj, asked), anew=partial(_anew, request))


@require_GET
@door
def batches(request: MemberRequest) -> HttpResponse:
    """The caller's own, the newest first, 100 at most."""
    rows = Batch.objects.filter(member_id=request.actor.member_id or -1).order_by("-created_at")[:100]
    return answer({"data": [batch_json(one, request) for one in rows]})


@require_GET
@door
def batch_item(request: MemberRequest, batch_id: int) -> HttpResponse:
    """One batch, with why records were refused."""
    return _anew(request, batch_id)


@require_POST
@door
def batch_undoing(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Take it back, as a batch of its own."""
    batch = _found(request, batch_id)

    def undo() -> HttpResponse:
        return _answered(undo_batch(batch.pk, by=request.actor), request)

    return once(request, undo, anew=partial(_anew, request))


@require_POST
@door
def batch_cancellation(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Cancel what is left; what is done stays done, and can be undone."""
    batch = _found(request, batch_id)
    if batch.object and not request.actor.in_scope("write", batch.object):
        raise Refused(f"{batch.object}.change")
    return once(
        request, lambda: answer(_with_refusals(stop_batch(batch), request)), anew=partial(_anew, request)
    )


def batch_json(batch: Batch, request: MemberRequest) -> dict[str, Any]:
    """A batch as programs read it."""
    return {
        "id": str(batch.pk),
        "kind": batch.kind,
        "object": batch.object or None,
        "state": str(batch.state),
        "total": batch.total,
        "done": batch.done,
        "refused": batch.refused,
        "undoes": str(batch.undoes_id) if batch.undoes_id else None,
        "undone_by": str(batch.undone_by_id) if batch.undone_by_id else None,
        "may_undo": may_undo(batch, by=request.actor),
        "created_at": batch.created_at.isoformat(),
        "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
    }


def _bulk(request: MemberRequest, obj: Object) -> HttpResponse:
    asked, by = read_object(request.body), request.actor
    kind = asked.get("do")
    if kind not in DOES:
        raise BadRequest("do", _("“do” is change, archive, restore or delete."))
    given = {name: asked.get(name) or {} for name in LISTS}
    if not all(isinstance(one, dict) for one in given.values()):
        raise BadRequest("values", _("“values” is an object."))
    values = {name: one for name, one in given.items() if one} if kind == "change" else {}
    if (kind == "change") != bool(values):
        raise BadRequest("values", _("Choose at least one field to change."))
    if kind != "change":
        require(by, DOES[kind], obj)
    note = str(asked.get("note") or "")
    if "ids" in asked:
        ids = _ids(asked["ids"])
        return _answered(change_chosen(obj, ids, kind=kind, values=values, note=note, by=by), request)
    if not isinstance(asked.get("filter"), str):
        raise BadRequest("ids", _("Say which records: “ids” or a “filter”."))
    require(by, "see", obj)
    query = ListQuery(
        obj=obj,
        columns=(obj.title,),
        filter=parse_filter(asked["filter"]),
        search=str(asked.get("q") or "")[:200],
        archived=asked.get("archived") is True,
    )
    kept: dict[str, Any] = {name: asked[name] for name in ("filter", "q", "archived") if name in asked}
    batch = change_matching(query, asked=kept, kind=kind, values=values, note=note, by=by)
    return _answered(batch, request)


def _anew(request: MemberRequest, batch_id: int) -> HttpResponse:
    return answer(_with_refusals(settle(_found(request, batch_id)), request))


def _pasted(request: MemberRequest, obj: Object) -> dict[str, Any]:
    """What is to be pasted, of the form that is described; raises BadRequest."""
    asked, by = read_object(request.body), request.actor
    require(by, "change", obj)
    names, rows = asked.get("fields"), asked.get("rows")
    if not _texts(names) or not names or not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise BadRequest("rows", _("“fields” is a list of names, “rows” of {id, version, cells}."))
    if not rows or len(names) * len(rows) > MOST_CELLS or len(set(names)) < len(names):
        raise BadRequest("rows", _("These cells can't be pasted into."))
    return asked


def _paste(request: MemberRequest, obj: Object, asked: dict[str, Any]) -> HttpResponse:
    names, rows, by = asked["fields"], asked["rows"], request.actor
    wanted = [(int(one["id"]), one["version"], dict(zip(names, one["cells"], strict=False))) for one in rows]
    return _answered(paste(obj, wanted, by=by), request)


def _read(obj: Object, names: list[str], rows: list[Any], request: MemberRequest) -> list[dict[str, Any]]:
    """What each cell would become; of records that may not be changed only that."""
    rule = row_rule(obj, request.actor, access="edit")
    ids = [int(one["id"]) for one in rows]
    marks = ", ".join(["%s"] * len(ids))
    sql = (
        f'SELECT r.id FROM "{obj.table}" r WHERE {rule.text} AND r.archived_at IS NULL AND r.id IN ({marks})'
    )
    allowed = {row[0] for row in fetch(sql, (*rule.params, *ids))}
    read = read_cells(obj, names, [one["cells"] for one in rows], by=request.actor)

    def told(cell: Cell) -> dict[str, Any]:
        value = None if cell.error else obj[cell.name].to_json(cell.value)
        return {"field": cell.name, "text": cell.text, "value": value, "error": cell.error or None}

    return [
        {
            "id": str(pk),
            "error": None if pk in allowed else _("Not yours to change."),
            "cells": [told(cell) for cell in cells] if pk in allowed else [],
        }
        for pk, cells in zip(ids, read, strict=True)
    ]


def _answered(batch: Batch, request: MemberRequest) -> HttpResponse:
    place = f"/api/v1/batches/{batch.pk}"
    return answer(_with_refusals(batch, request), 200 if batch.is_over else 202, Location=place)


def _with_refusals(batch: Batch, request: MemberRequest) -> dict[str, Any]:
    found: list[dict[str, str]] = []
    for part in BatchPart.objects.filter(batch=batch).order_by("position"):
        found += [{"id": str(pk), "why": why} for pk, why in part.refusals]
        if len(found) >= MOST_REFUSALS:
            break
    return batch_json(batch, request) | {"refusals": found[:MOST_REFUSALS]}


def _found(request: MemberRequest, batch_id: int) -> Batch:
    """A batch of the caller's; administrators read anybody's."""
    batch: Batch | None = Batch.objects.filter(pk=batch_id).first() if batch_id < 2**63 else None
    by = request.actor
    mine = batch is not None and by.member_id is not None and batch.member_id == by.member_id
    if batch is None or not (mine or by.administers):
        raise NotFound(f"batch {batch_id}")
    if batch.object and registry.has(batch.object) and not by.may("see", batch.object):
        raise NotFound(f"batch {batch_id}")  # a token that is not given this object
    return batch


def _ids(given: Any) -> list[int]:
    known = isinstance(given, list) and all(map(_is_id, given))
    if not known or not 1 <= len(given) <= MOST_IDS:
        raise BadRequest("ids", _("“ids” is a list of 1 to %(most)d ids.") % {"most": MOST_IDS})
    return [int(one) for one in given]


def _is_id(given: Any) -> bool:
    text = str(given)
    return isinstance(given, str | int) and text.isascii() and text.isdecimal() and 0 < int(text[:20]) < 2**63


def _is_row(one: Any) -> bool:
    if not isinstance(one, dict) or not _is_id(one.get("id", "")) or not _texts(one.get("cells")):
        return False
    version = one.get("version")
    return isinstance(version, int) and not isinstance(version, bool) and 0 < version < 2**31


def _texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)
