"""A list as a file, sent to a browser or a program without being held in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.exporting.formats import Format
from guanxi.platform.records.exporting.tables import XLSX_ROWS, export_workbook
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.tenancy.context import in_workspace


def too_many() -> str:
    """What is said where a list is longer than a sheet."""
    said = _("A sheet holds %(count)s rows, and the list has more. Filter it, or take CSV.")
    return said % {"count": format_number(XLSX_ROWS)}


def send_list(query: ListQuery, chosen: Format, *, by: Actor) -> HttpResponseBase:
    """The file, under the name of its object, of a checked query: what is streamed can’t be taken back.

    Raises Refused without permission, TooManyRows for more than a sheet holds.
    """
    name = f"{query.obj.plural_label}.{chosen.name}"
    if chosen.lines is None:
        # The sheet is written to disk: memory does not grow with it.
        target = tempfile.NamedTemporaryFile(suffix=f".{chosen.name}")  # noqa: SIM115 - the response closes it
        export_workbook(query, Path(target.name), by=by)
        return FileResponse(target, as_attachment=True, filename=name, content_type=chosen.media_type)
    lines = chosen.lines(query, by=by)

    def within() -> Iterator[str]:
        # The answer is streamed after the request has left its workspace.
        with in_workspace(by.workspace_id):
            yield from lines

    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return StreamingHttpResponse(within(), content_type=chosen.media_type, headers=headers)
