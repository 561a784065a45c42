"""What a list shows, as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.exporting import export_lines, export_workbook
from guanxi.platform.records.pages.asked import read_asked
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.saved_views import views_of
from guanxi.platform.tenancy.context import in_workspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@object_door("GET")
def export(request: MemberRequest, obj: Object, form: str) -> HttpResponseBase:
    """The list's records with all fields, by its filter and sort; `form` is csv or xlsx."""
    by = request.actor
    asked = read_asked(obj, views_of(obj, by=by), request.GET, path=f"/{obj.plural}/", by=by)
    query = replace(asked.query(), columns=(), after=None)
    named = content_disposition_header(True, f"{obj.plural_label}.{form}") or "attachment"
    if form == "xlsx":
        # The sheet is written to disk: memory does not grow with it.
        target = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
        export_workbook(query, Path(target.name), by=by)
        return FileResponse(target, content_type=XLSX, headers={"Content-Disposition": named})
    lines = export_lines(query, by=by)

    def within() -> Iterator[str]:
        # The answer is streamed after the request has left its workspace.
        with in_workspace(by.workspace_id):
            yield from lines

    return StreamingHttpResponse(
        within(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": named}
    )
