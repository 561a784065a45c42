"""Cells of a list that are picked together: pasted from a spreadsheet after a preview, filled down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, require, row_rule
from guanxi.platform.records.batches.pasting import MOST_CELLS, read_cells, read_grid
from guanxi.platform.records.batches.running import change_chosen, paste
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.controls import raw_of
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.pages.outcomes import tell_outcome
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import titles_of
from guanxi.web.pages import is_htmx, render_fragment

SHOWN = 200


class Picked(msgspec.Struct):
    """Where it goes: fields of the columns, "" where they can't be written; records and their versions."""

    names: list[str]
    rows: list[tuple[int, int]]
    text: str = ""


@object_door("POST")
def pasted(request: MemberRequest, obj: Object) -> HttpResponse:
    """What would go where, and what is refused; with `apply`: do it, as one that can be undone."""
    by = request.actor
    require(by, "change", obj)
    picked = _read(request)
    if picked is None:
        return HttpResponseBadRequest(_("These cells can't be pasted into."))
    texts = read_grid(picked.text)
    wide, high = max(len(row) for row in texts), len(texts)
    if wide == high == 1:  # one value goes into every cell that is picked
        texts = [[texts[0][0]] * len(picked.names)] * len(picked.rows)
    names, rows = picked.names[: max(len(row) for row in texts)], picked.rows[: len(texts)]
    if len(names) * len(rows) > MOST_CELLS or not rows or not names:
        return HttpResponseBadRequest(_("These cells can't be pasted into."))
    if "apply" in request.POST:
        asked = [
            (record_id, version, {name: text for name, text in zip(names, row, strict=False) if name})
            for (record_id, version), row in zip(rows, texts, strict=False)
        ]
        return _done(request, obj, paste(obj, asked, by=by))
    left = high - len(rows) if (wide, high) != (1, 1) else 0
    context = _preview(request, obj, names, rows, texts) | {
        "obj": obj,
        "cells": request.POST["cells"],
        "left_over": left,
        "next": request.POST.get("next", ""),
    }
    return render_fragment(request, "records/grid.html", context)


@object_door("POST")
def filled(request: MemberRequest, obj: Object) -> HttpResponse:
    """The values of the first record into the others, column by column."""
    by = request.actor
    require(by, "change", obj)
    picked = _read(request)
    if picked is None or len(picked.rows) < 2:
        return HttpResponseBadRequest(_("Pick at least two rows to fill down."))
    first = find_record(obj, picked.rows[0][0], by=by)
    fields = [obj[name] for name in picked.names if name in obj.fields_by_name and not obj[name].readonly]
    values = {one.name: raw_of(one, one.get(first)) for one in fields}
    if not values:
        return HttpResponseBadRequest(_("These columns can't be written."))
    ids = [record_id for record_id, _version in picked.rows[1:]]
    return _done(request, obj, change_chosen(obj, ids, kind="fill", values={"values": values}, by=by))


def _read(request: MemberRequest) -> Picked | None:
    try:
        picked = msgspec.json.decode(request.POST.get("cells", ""), type=Picked, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    known = all(0 < record_id < 2**63 and 0 < version < 2**31 for record_id, version in picked.rows)
    return picked if picked.rows and picked.names and known else None


def _preview(
    request: MemberRequest, obj: Object, names: list[str], rows: list[tuple[int, int]], texts: list[list[str]]
) -> dict[str, Any]:
    by = request.actor
    shown = rows[:SHOWN]
    found = _records(obj, [record_id for record_id, _version in shown], request)
    read = read_cells(obj, names, texts[: len(shown)], by=by)
    values = [(cell, found.get(key)) for (key, _v), row in zip(shown, read, strict=False) for cell in row]
    keys = {
        key
        for cell, record in values
        if cell.name and record is not None and not cell.error
        for value in (cell.value, obj[cell.name].get(record))
        for key in keys_of(obj[cell.name], value)
    }
    words = Cells(obj, refs=titles_of(keys, by=by), context=field_context(by))
    lines = []
    for (record_id, _version), row in zip(shown, read, strict=False):
        record = found.get(record_id)
        for cell in row:
            theirs = _("Not yours to change.") if record is None else ""
            label = obj[cell.name].label if cell.name in obj.fields_by_name else _("Another column")
            line: dict[str, Any] = {"label": label, "text": cell.text, "error": theirs or cell.error}
            line["record"] = str(record) if record is not None else ""
            if not line["error"]:
                old = obj[cell.name].get(record)
                line |= {
                    "before": words.words(obj[cell.name], old),
                    "after": words.words(obj[cell.name], cell.value),
                    "same": old == cell.value,
                }
            lines.append(line)
    good = [one for one in lines if not one["error"] and not one["same"]]
    return {
        "good": good,
        "refused": [one for one in lines if one["error"]],
        "same": sum(1 for one in lines if not one["error"] and one["same"]),
        "more": max(0, len(rows) - SHOWN),
    }


def _records(obj: Object, ids: list[int], request: MemberRequest) -> Mapping[int, Any]:
    """Those that may be edited."""
    rule = row_rule(obj, request.actor, access="edit")
    marks = ", ".join(["%s"] * len(ids))
    where = f"{rule.text} AND r.archived_at IS NULL AND r.id IN ({marks})"
    sql = f'SELECT r.id FROM "{obj.table}" r WHERE {where}'
    allowed = [row[0] for row in fetch(sql, (*rule.params, *ids))]
    return {one.pk: one for one in obj.rows().filter(pk__in=allowed)}


def _done(request: MemberRequest, obj: Object, batch: Any) -> HttpResponse:
    address = f"/changes/batches/{batch.pk}/"
    to = local_address(request, request.POST.get("next"), f"/{obj.plural}/")
    if not batch.is_over or (batch.refused and not batch.done):
        to = address
    if is_htmx(request):
        response = HttpResponse(status=204, headers={"HX-Redirect": to})
    else:
        response = HttpResponseRedirect(to)
    if not batch.is_over:
        return response
    return tell_outcome(response, batch, obj, by=request.actor)
