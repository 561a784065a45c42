"""The page of a batch: how far it is, what was refused and why, the way back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.models import Job as Work
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import NotFound
from guanxi.platform.records.addresses import ref_url
from guanxi.platform.records.batches.jobs import settle, stop_batch
from guanxi.platform.records.batches.models import Batch, BatchPart
from guanxi.platform.records.batches.running import may_undo
from guanxi.platform.records.opened import tell_opened
from guanxi.platform.records.pages.bulk import said_of
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Job
from guanxi.web.pages import is_htmx, render_fragment, render_page, toast

MOST_SHOWN = 500


@plain_door("GET")
def batch_page(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Progress while a worker is at it; afterwards what was done, what was not, and undo."""
    batch = settle(_of_member(request, batch_id))
    by = request.actor
    if batch.is_over:
        tell_opened("batch", batch.pk, by=by)
    obj = registry.get(batch.object) if registry.has(batch.object) else None
    context = {
        "batch": batch,
        "obj": obj,
        "work": _work(batch),
        "said": said_of(batch, obj) if obj else "",
        "state": state_label(batch),
        "at": format_datetime(batch.created_at),
        "refusals": _refusals(batch, request),
        "may_undo": may_undo(batch, by=by),
    }
    return render_page(request, "records/batch.html", context, title=kind_label(batch.kind))


@plain_door("GET")
def progress(request: MemberRequest, batch_id: int) -> HttpResponse:
    """The row that reports itself, once a second; the page is drawn anew when the work is done."""
    batch = settle(_of_member(request, batch_id))
    work = _work(batch)
    if work is None:
        return _finished(HttpResponse(status=204, headers={"HX-Refresh": "true"}), batch, request)
    return render_fragment(request, "records/importing/progress.html", {"work": work})


@plain_door("POST")
def stop(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Cancel what is left; what is done stays done, and can be undone."""
    batch = stop_batch(_of_member(request, batch_id))
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(f"/changes/batches/{batch.pk}/")


def _finished(response: HttpResponse, batch: Batch, request: MemberRequest) -> HttpResponse:
    """The same words and the same way back as for a few records, now that the work is done."""
    if not registry.has(batch.object) or batch.undoes_id:
        return response
    undo = f"/undo/batch/{batch.pk}/" if batch.done and may_undo(batch, by=request.actor) else ""
    said = said_of(batch, registry.get(batch.object))
    return toast(response, said, undo=undo, tone="" if batch.done else "cinnabar")


def kind_label(kind: str) -> str:
    """What was done to many, in a few words."""
    return {
        "assign": _("Handing over"),
        "tag": _("Tagging"),
        "archive": _("Archiving"),
        "restore": _("Restoring"),
        "paste": _("Pasting"),
        "fill": _("Filling down"),
        "merge": _("Merging"),
        "undo": _("Taking back"),
        "delete": _("Deleting"),
    }.get(kind, _("Changing"))


def state_label(batch: Batch) -> str:
    if batch.undone_by_id:
        return _("Taken back")
    return {
        Batch.State.WAITING: _("Waiting"),
        Batch.State.RUNNING: _("Under way"),
        Batch.State.DONE: _("Done"),
        Batch.State.CANCELLED: _("Cancelled"),
        Batch.State.FAILED: _("Broken off"),
    }[Batch.State(batch.state)]


def _of_member(request: MemberRequest, batch_id: int) -> Batch:
    """A batch of the member's own; administrators see all. Raises NotFound."""
    batch: Batch | None = Batch.objects.filter(pk=batch_id).first()
    if batch is None or not (request.actor.administers or batch.member_id == request.actor.member_id):
        raise NotFound(f"batch {batch_id}")
    return batch


def _work(batch: Batch) -> Job | None:
    if batch.is_over:
        return None
    work = Work.objects.filter(pk=int(batch.job_id)).first() if batch.job_id.isdecimal() else None
    told = (work.progress or {}) if work else {}
    done = int(told.get("done") or batch.done + batch.refused)
    return Job(
        key=str(batch.pk),
        title=kind_label(batch.kind),
        icon="list-checks",
        done=done,
        of=batch.total,
        note=_("%(done)s of %(total)s. You may leave this page.") % {"done": done, "total": batch.total},
        url=f"/changes/batches/{batch.pk}/progress/",
        cancel_url=f"/changes/batches/{batch.pk}/cancel/",
    )


def _refusals(batch: Batch, request: MemberRequest) -> list[dict[str, Any]]:
    """Which record, and why not; records that the reader may not see have no name."""
    found: list[tuple[str, int, str]] = []
    for name, refusals in (
        BatchPart.objects.filter(batch=batch).order_by("position").values_list("object", "refusals")
    ):
        found += [(name, record_id, why) for record_id, why in refusals]
        if len(found) >= MOST_SHOWN:
            break
    found = found[:MOST_SHOWN]
    refs = titles_of(
        {(name, key) for name, key, _why in found if key and registry.has(name)}, by=request.actor
    )
    return [
        {"why": why, "title": ref.title if ref else "", "url": ref_url(ref) if ref else ""}
        for name, key, why in found
        for ref in [refs.get((name, key))]
    ]
