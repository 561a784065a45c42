"""The door behind a mask: it says that looking is written down, and then shows the value."""

from __future__ import annotations

from django.http import HttpResponse
from markupsafe import Markup

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import Masked, whole
from guanxi.platform.records.access import NotFound, Refused, find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.revealing import may_reveal, reveal_field
from guanxi.platform.records.titles import titles_of
from guanxi.web.pages import render_page


@object_door("GET", "POST")
def reveal(request: MemberRequest, obj: Object, record_id: int, name: str) -> HttpResponse:
    """GET asks whether; POST shows the value of one masked field of one record."""
    by, shown = request.actor, Markup("")
    record = find_record(obj, record_id, by=by)
    masked = obj.fields_by_name.get(name)
    if not isinstance(masked, Masked):
        raise NotFound(name)
    if not may_reveal(obj, by):
        raise Refused(f"{obj.name}.reveal")
    if request.method == "POST":
        field, value = reveal_field(obj, record_id, name, by=by)
        refs = titles_of(keys_of(field, value), by=by)
        cells = Cells(whole(obj), refs=refs, context=field_context(by), wide=True)
        shown = cells.show(name, {name: value})
    context = {
        "label": masked.label,
        "shown": shown,
        "masked": masked.get(record) or "",
        "record": record,
        "back": record_url(obj, record_id),
    }
    return render_page(request, "records/reveal.html", context, title=str(masked.label))
