"""The page on which two to twenty records become one, side by side and field by field."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.doors import local_address
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.merging.actions import (
    FEWEST,
    MOST,
    UNITED,
    best_first,
    may_merge,
    merge_records,
    mergeable,
    proposed,
    withheld_fields,
)
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.titles import titles_of
from guanxi.web.pages import render_page, toast


@object_door("GET", "POST")
def merge(request: MemberRequest, obj: Object) -> HttpResponse:
    """GET or POST with chosen records: the page; POST with a `winner` merges."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = [int(one) for one in dict.fromkeys(sent.getlist("id")) if one.isdecimal() and len(one) < 20]
    if not FEWEST <= len(ids) <= MOST:
        words = _("Choose %(fewest)d to %(most)d records to merge.") % {"fewest": FEWEST, "most": MOST}
        raise (
            InvalidValues({"id": [FieldError("count", words)]}) if request.method == "POST" else _none(words)
        )
    records = best_first(obj, may_merge(obj, ids, by=request.actor))
    winner = request.POST.get("winner", "")
    if request.method == "GET" or winner not in {str(one.pk) for one in records}:
        return _draw(request, obj, records, sent)
    others = [one.pk for one in records if str(one.pk) != winner]
    names = [one.name for one in mergeable(obj)]
    choose = {name: request.POST[f"take-{name}"] for name in names if f"take-{name}" in request.POST}
    try:
        done = merge_records(obj, int(winner), others, by=request.actor, choose=choose)
    except InvalidValues as problem:
        request.raised = True
        return _draw(request, obj, records, sent, problem)
    to = local_address(request, request.POST.get("next"), record_url(obj, done.pk))
    said = ngettext(
        "Merged %(count)d record into %(name)s", "Merged %(count)d records into %(name)s", len(others)
    ) % {"count": len(others), "name": done}
    return toast(HttpResponseRedirect(to), said, undo=f"/undo/batch/{done.merge_id}/")


def _none(words: str) -> Exception:
    from guanxi.platform.metadata.errors import NotFound

    return NotFound(words)


def _draw(
    request: MemberRequest,
    obj: Object,
    records: list[Any],
    sent: QueryDict,
    problem: InvalidValues | None = None,
) -> HttpResponse:
    said = [one.message for found in problem.errors.values() for one in found] if problem else []
    context = {
        "obj": obj,
        "records": [(one, record_url(obj, one.pk)) for one in records],
        "lines": _lines(obj, records, by=request.actor),
        "problems": said,
        "next": sent.get("next", ""),
        "back": local_address(request, sent.get("next"), list_url(obj)),
        "united": UNITED,
        "withheld": bool(withheld_fields(obj)),
    }
    title = _("Merge %(objects)s") % {"objects": obj.plural_label.within}
    return render_page(request, "records/merge.html", context, title=title, status=422 if problem else 200)


def _lines(obj: Object, records: list[Any], *, by: Actor) -> list[dict[str, Any]]:
    """Each field that one of the records has, and what is proposed where they differ."""
    fields = [one for one in mergeable(obj) if not one.hidden]
    keys = {key for record in records for one in fields for key in keys_of(one, one.get(record))}
    cells = Cells(obj, refs=titles_of(keys, by=by), context=field_context(by), wide=True)
    values = {record.pk: {one.name: one.get(record) for one in obj.fields} for record in records}
    wanted, lines = proposed(obj, records), []
    for field in fields:
        given = [values[record.pk][field.name] for record in records]
        if all(field.is_empty(one) for one in given):
            continue
        differs = any(one != given[0] for one in given)
        pick = UNITED if field.multiple and wanted[field.name] not in given else ""
        if not pick:
            pick = next((str(one.pk) for one, value in zip(records, given, strict=True)
                         if value == wanted[field.name]), str(records[0].pk))  # fmt: skip
        lines.append(
            {
                "name": field.name,
                "label": str(field.label),
                "many": field.multiple,
                "differs": differs,
                "pick": pick,
                "cells": [(str(one.pk), cells.show(field.name, values[one.pk]) or "–") for one in records],
            }
        )
    return lines
