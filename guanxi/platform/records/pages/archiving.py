"""Archive, restore and undo: verbs that need no form."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import Refused, find_record
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.opened import tell_opened
from guanxi.platform.records.pages.doors import back_to, object_door, plain_door
from guanxi.platform.records.pages.outcomes import tell_outcome
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import StaleRecord, archive_record, object_of, restore_record
from guanxi.web.pages import is_htmx, toast


@object_door("POST")
def archive(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Into the archive, and back to the list."""
    record = archive_record(find_record(obj, record_id, by=request.actor), by=request.actor)
    undo = f"/undo/{record.last_fact_id}/" if record.last_fact_id else ""
    return toast(_to(request, list_url(obj)), _("Archived %(name)s") % {"name": record}, undo=undo)


@object_door("POST")
def restore(request: MemberRequest, obj: Object, record_id: int) -> HttpResponse:
    """Out of the archive, and to the record."""
    record = restore_record(find_record(obj, record_id, by=request.actor), by=request.actor)
    return toast(_to(request, record_url(obj, record.pk)), _("Restored %(name)s") % {"name": record})


@plain_door("POST")
def undo(request: MemberRequest, fact_id: int) -> HttpResponse:
    """Take back what one fact says. Says so where somebody else has changed the same since."""
    try:
        record = undo_fact(fact_id, by=request.actor, field=request.POST.get("field", ""))
    except StaleRecord as problem:
        obj = object_of(problem.record)
        labels = comma_list(obj[name].label for name in problem.conflicts if name in obj.fields_by_name)
        said = _("%(fields)s: changed again in the meantime, so nothing was taken back.") % {"fields": labels}
        if _by_toast(request):
            return toast(HttpResponse(status=409), said, tone="cinnabar")
        return toast(back_to(request), said, tone="cinnabar")
    if _by_toast(request):
        return HttpResponse(status=204)  # behaviours/toast.js draws the page anew
    undone = f"/undo/{record.last_fact_id}/" if record.last_fact_id else ""
    return toast(back_to(request), _("Taken back"), undo=undone)


@plain_door("POST")
def undo_many(request: MemberRequest, batch: int) -> HttpResponse:
    """Take back what was done to many at once."""
    undo = undo_batch(batch, by=request.actor)
    tell_opened("batch", batch, by=request.actor)
    if not undo.is_over:
        address = f"/changes/batches/{undo.pk}/"
        if _by_toast(request):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)
    if not undo.done and undo.refused:
        raise Refused(_("This was changed again in the meantime, so it stays."))
    if undo.refused and registry.has(undo.object):
        here = HttpResponse(status=204, headers={"HX-Refresh": "true"})
        answer = here if _by_toast(request) else back_to(request)
        return tell_outcome(answer, undo, registry.get(undo.object), by=request.actor)
    if _by_toast(request):
        return HttpResponse(status=204)
    return toast(back_to(request), _("Taken back"))


def _to(request: MemberRequest, address: str) -> HttpResponse:
    if _by_toast(request):
        answer = HttpResponse(status=204)
        answer["HX-Location"] = f'{{"path": "{address}", "target": "#main"}}'
        return answer
    return HttpResponseRedirect(address)


def _by_toast(request: MemberRequest) -> bool:
    """Whether a script asks, which does the rest itself; a boosted form wants the page it goes to."""
    return is_htmx(request) and not request.headers.get("HX-Boosted")
