"""What a list shows, as a file."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponseBadRequest
from django.http.response import HttpResponseBase

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.exporting.formats import FORMATS
from guanxi.platform.records.exporting.sending import send_list, too_many
from guanxi.platform.records.exporting.tables import TooManyRows
from guanxi.platform.records.listing import check_query
from guanxi.platform.records.pages.asked import Asked, read_asked
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.saved_views import views_of


@object_door("GET")
def export(request: MemberRequest, obj: Object, form: str) -> HttpResponseBase:
    """The list's records by its filter and sort in one of FORMATS: with all fields that could come back in.

    `shown` in the address takes the columns of the list instead, what is computed among them.
    """
    by = request.actor
    chosen = FORMATS.get(form)
    if chosen is None or not chosen.offered(obj):
        raise Http404
    asked = read_asked(obj, views_of(obj, by=by), request.GET, path=f"/{obj.plural}/", by=by)
    query = replace(asked.query(), columns=_columns(asked) if "shown" in request.GET else (), after=None)
    try:
        if asked.error:
            raise FieldError("filter", asked.error)
        check_query(query, by=by)
    except FieldError as problem:  # said now: what is streamed can't be taken back
        return HttpResponseBadRequest(str(problem), content_type="text/plain; charset=utf-8")
    try:
        return send_list(query, chosen, by=by)
    except TooManyRows:
        return HttpResponseBadRequest(too_many(), content_type="text/plain; charset=utf-8")


def _columns(asked: Asked) -> tuple[str, ...]:
    """What names a record, and the columns of the list."""
    return tuple(dict.fromkeys([asked.obj.title, *asked.columns]))
