"""Settings › Copy: take the whole workspace along as one file of open formats, and how to bring one in."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.models import Job as Work
from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.transfer.copies import (
    KEPT,
    ask_copy,
    cancel_copy,
    find_copy,
    note_fetched,
    path_of,
    require_copies,
)
from guanxi.platform.records.transfer.jobs import settle_copy
from guanxi.platform.records.transfer.models import Copy
from guanxi.web.components import Job
from guanxi.web.pages import is_htmx, render_fragment, render_page

PLACE = "/settings/copies/"


@plain_door("GET", "POST")
def copies(request: MemberRequest) -> HttpResponse:
    """The copies that are there; POST asks for one."""
    if request.method == "POST":
        ask_copy(by=request.actor)
        return HttpResponseRedirect(PLACE)
    _require(request)
    rows = [settle_copy(one) for one in Copy.objects.order_by("-asked_at")[:20]]
    names = member_names({one.member_id for one in rows if one.member_id})
    context = {
        "rows": [(one, str(names.get(one.member_id or 0, ""))) for one in rows],
        "work": next((_work(one) for one in rows if one.state == Copy.State.WAITING), None),
        "days": KEPT.days,
    }
    return render_page(request, "records/copies.html", context, title=_("Copy of the workspace"))


@plain_door("GET")
def progress(request: MemberRequest, copy_id: int) -> HttpResponse:
    """The row that reports itself; the page is drawn anew when the copy is there."""
    copy = settle_copy(_found(request, copy_id))
    if copy.state != Copy.State.WAITING:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render_fragment(request, "records/importing/progress.html", {"work": _work(copy)})


@plain_door("POST")
def stop(request: MemberRequest, copy_id: int) -> HttpResponse:
    """No copy after all."""
    copy = _found(request, copy_id)
    cancel_copy(copy, by=request.actor)
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(PLACE)


@plain_door("POST")
def fetch(request: MemberRequest, copy_id: int) -> FileResponse:
    """The file. Who takes it is written down, so it is no link that somebody follows by chance."""
    copy = find_copy(copy_id, by=request.actor)
    note_fetched(copy, by=request.actor)
    name = f"{request.member.workspace.slug}-{copy.asked_at:%Y-%m-%d}.zip"
    return FileResponse(path_of(copy).open("rb"), as_attachment=True, filename=name)


def _found(request: MemberRequest, copy_id: int) -> Copy:
    _require(request)
    copy: Copy | None = Copy.objects.filter(pk=copy_id).first()
    if copy is None:
        raise NotFound(f"copy {copy_id}")
    return copy


def _work(copy: Copy) -> Job:
    work = Work.objects.filter(pk=int(copy.job_id)).first() if copy.job_id.isdecimal() else None
    told: dict[str, Any] = (work.progress or {}) if work else {}
    done, total = int(told.get("done") or 0), int(told.get("total") or 1)
    return Job(
        key=str(copy.pk),
        title=_("Copying"),
        icon="download",
        done=done,
        of=total,
        note=_("%(done)s of %(total)s tables. You may leave this page.") % {"done": done, "total": total},
        url=f"{PLACE}{copy.pk}/progress/",
        cancel_url=f"{PLACE}{copy.pk}/cancel/",
    )


def _require(request: MemberRequest) -> None:
    require_copies(request.actor)
