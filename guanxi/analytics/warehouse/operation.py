"""Settings › Warehouse: how fresh the figures are, and the button that makes all files anew."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.analytics.jobs import rebuild_warehouse
from guanxi.analytics.warehouse.freshness import freshness, health
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.models import Job
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.pages import render_page, toast

ADDRESS = "/analytics/warehouse/"
_TASK = "guanxi.analytics.jobs.rebuild_warehouse"
_WAITING = (Job.State.READY, Job.State.RUNNING)


@plain_door("GET", "POST")
def state(request: MemberRequest) -> HttpResponse:
    """Everybody reads how fresh it is; administrators see the files, and a POST makes them anew."""
    by = request.actor
    if request.method == "POST":
        if not by.administers:
            raise Refused("warehouse.rebuild")
        if running_rebuild() is None:
            rebuild_warehouse.enqueue()
        return toast(HttpResponseRedirect(ADDRESS), _("The warehouse is made anew"))
    context: dict[str, Any] = {"fresh": freshness(by), "administers": by.administers}
    if by.administers:
        context |= {"health": health(by.workspace_id), "job": running_rebuild()}
    return render_page(request, "analytics/warehouse.html", context, title=_("Warehouse"))


def running_rebuild() -> Job | None:
    """The rebuild of this workspace that waits or runs."""
    found: Job | None = Job.objects.filter(task=_TASK, state__in=_WAITING).order_by("-id").first()
    return found
