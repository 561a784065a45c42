from __future__ import annotations

from django.http import HttpResponse

from guanxi.collaboration.timeline.panels import WEEKS, pulse_of, timeline_of
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pulses import pulses_question
from guanxi.platform.records.questions import ask
from guanxi.web.pages import render_fragment, render_page


@object_door("GET")
def entries(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """A timeline of one kind, or older entries; a page of its own without JavaScript."""
    record = find_record(obj, record_id, by=request.actor)
    before = request.GET.get("before", "")
    context = {
        "obj": obj,
        "record": record,
        **timeline_of(record, request.actor, show=request.GET.get("show", ""), before=before),
    }
    if request.headers.get("HX-Target") == "older":
        return render_fragment(request, "collaboration/timeline_older.html", context)
    return render_page(request, "collaboration/timeline_page.html", context, title=str(record))


@object_door("GET")
def pulse(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """The pulse anew, after something changed; only what people have traffic with has one."""
    if not obj.touched:
        raise NotFound(obj.name)
    record = find_record(obj, record_id, by=request.actor)
    (found,) = ask(pulses_question(obj.name, [record.pk], weeks=WEEKS))
    context = {"obj": obj, "record": record, **pulse_of(record, request.actor, found)}
    return render_fragment(request, "collaboration/pulse.html", context)
