"""The page of a batch: how far it is, what was refused and why, the way back."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.models import Job as Work
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import NotFound
from guanxi.platform.records.batches.jobs import settle, stop_batch
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.batches.running import may_undo
from guanxi.platform.records.opened import tell_opened
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.outcomes import refusals_of, said_of, tell_outcome
from guanxi.web.components import Job
from guanxi.web.pages import is_htmx, render_fragment, render_page


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
        "refusals": refusals_of(batch, by=by),
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
    return tell_outcome(response, batch, registry.get(batch.object), by=request.actor)


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
