"""What a list shows, as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponseBadRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.exporting.formats import FORMATS
from guanxi.platform.records.exporting.tables import export_workbook
from guanxi.platform.records.listing import check_query
from guanxi.platform.records.pages.asked import read_asked
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.saved_views import views_of
from guanxi.platform.tenancy.context import in_workspace


@object_door("GET")
def export(request: MemberRequest, obj: Object, form: str) -> HttpResponseBase:
    """The list's records with all fields, by its filter and sort, in one of FORMATS."""
    by = request.actor
    chosen = FORMATS.get(form)
    if chosen is None or not chosen.offered(obj):
        raise Http404
    asked = read_asked(obj, views_of(obj, by=by), request.GET, path=f"/{obj.plural}/", by=by)
    query = replace(asked.query(), columns=(), after=None)
    try:
        if asked.error:
            raise FieldError("filter", asked.error)
        check_query(query, by=by)
    except FieldError as problem:  # said now: what is streamed can't be taken back
        return HttpResponseBadRequest(str(problem), content_type="text/plain; charset=utf-8")
    named = content_disposition_header(True, f"{obj.plural_label}.{form}") or "attachment"
    headers = {"Content-Disposition": named}
    if chosen.lines is None:
        # The sheet is written to disk: memory does not grow with it.
        target = tempfile.NamedTemporaryFile(suffix=f".{form}")  # noqa: SIM115 - the response closes it
        export_workbook(query, Path(target.name), by=by)
        return FileResponse(target, content_type=chosen.media_type, headers=headers)
    lines = chosen.lines(query, by=by)

    def within() -> Iterator[str]:
        # The answer is streamed after the request has left its workspace.
        with in_workspace(by.workspace_id):
            yield from lines

    return StreamingHttpResponse(within(), content_type=chosen.media_type, headers=headers)
