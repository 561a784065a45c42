"""/analytics/data/: the tables of the warehouse for other programs, by the rights of a member's token.

Whole files, read-only: Parquet and CSV. No SQL is taken from outside. Rows are those that the role may
export, columns those that it sees.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from datetime import date, datetime, time, timedelta

from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from guanxi.analytics.warehouse.engine import cursor, literal, name_of
from guanxi.analytics.warehouse.reading import show
from guanxi.analytics.warehouse.rights import seen_columns
from guanxi.analytics.warehouse.shape import Column
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import require
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.doors import plain_door

FORMS = {
    "parquet": ("FORMAT parquet, COMPRESSION zstd", "application/vnd.apache.parquet"),
    "csv": ("FORMAT csv, HEADER", "text/csv; charset=utf-8"),
}
DATA = "/analytics/data/"


@plain_door("GET", "HEAD")
def tables(request: MemberRequest) -> HttpResponse:
    """Which tables there are, with their columns and addresses, as JSON."""
    by = request.actor
    known = [obj for obj in registry.objects() if by.may("see", obj.name) and by.may("export", obj.name)]
    told = [
        {
            "name": obj.name,
            "label": str(obj.plural_label),
            "columns": [{"name": one.name, "type": one.type} for one in seen_columns(obj, by)],
            **{form: f"{DATA}{obj.name}.{form}" for form in FORMS},
        }
        for obj in known
    ]
    return JsonResponse({"data": told, "fed_at": Store(by.workspace_id).manifest().fed_at or None})


@plain_door("GET", "HEAD")
def table(request: MemberRequest, name: str, form: str) -> HttpResponseBase:
    """One of them as a file; with `?as_of=2026-03-31` as it was at the end of that day."""
    by = request.actor
    if not registry.has(name) or form not in FORMS or not by.may("see", name):
        raise Http404
    obj = registry.get(name)
    require(by, "export", obj)
    try:
        moment = _end_of(request.GET.get("as_of", ""), by)
    except (ValueError, OverflowError):
        told = _("“%(value)s” is not a day.") % {"value": request.GET["as_of"][:40]}
        return HttpResponse(told, status=400, content_type="text/plain; charset=utf-8")
    how, kind = FORMS[form]
    handle, path = tempfile.mkstemp(suffix=f".{form}")
    os.close(handle)
    try:
        with closing(cursor()) as db:
            show(db, obj, by, Store(by.workspace_id).held(), as_of=moment, access="export")
            listed = ", ".join(_cell(one, form) for one in seen_columns(obj, by))
            db.execute(f"COPY (SELECT {listed} FROM {name_of(name)}) TO {literal(path)} ({how})")
        written = open(path, "rb")  # noqa: SIM115  the response closes it
        response = FileResponse(written, content_type=kind)
    finally:
        os.unlink(path)  # what is open stays until it was sent
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{form}") or "attachment"
    response["Cache-Control"] = "no-store"
    return response


def _end_of(day: str, by: Actor) -> datetime | None:
    if not day:
        return None
    after = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), field_context(by).zone)
    return after - timedelta(microseconds=1)


def _cell(one: Column, form: str) -> str:
    """A column as it is written: in a spreadsheet no text may be run as a formula."""
    name = name_of(one.name)
    if form != "csv" or not one.type.startswith("VARCHAR"):
        return name
    text = f"array_to_string({name}, ', ')" if one.type.endswith("[]") else name
    return f"CASE WHEN regexp_matches({text}, '^[=+@\\t\\r-]') THEN '''' || {text} ELSE {text} END AS {name}"
