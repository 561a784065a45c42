"""Settings › Map: the outline on which the workspace's maps are drawn."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.outlines.actions import (
    outline_of_workspace,
    remove_outline,
    require_admin,
    set_outline,
)
from guanxi.platform.records.outlines.drawing import drawn
from guanxi.platform.records.outlines.reading import MOST_BYTES
from guanxi.platform.records.pages.doors import plain_door
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/map/"


@plain_door("GET", "POST")
def outline(request: MemberRequest) -> HttpResponse:
    """What maps are drawn on; POST gives another file."""
    require_admin(request.actor)
    if request.method == "GET":
        return _draw(request)
    upload = request.FILES.get("file")
    source = request.POST.get("source", "")
    try:
        if upload is None or (upload.size or 0) > MOST_BYTES:
            large = upload is not None or bool(getattr(request, "too_large", ""))
            words = _("An outline may have %(most)d MB.") if large else _("Choose a file.")
            raise InvalidValues({"file": [FieldError("file", words % {"most": MOST_BYTES >> 20})]})
        name = str(upload.name).rpartition(".")[0]
        row = set_outline(upload.read(), name=name, source=source, by=request.actor)
    except InvalidValues as problem:
        return _draw(request, problem)
    said = _("Maps are drawn on %(count)d areas from now on.") % {"count": len(row.shapes)}
    return toast(HttpResponseRedirect(ADDRESS), said)


@plain_door("POST")
def remove(request: MemberRequest) -> HttpResponse:
    """Tiles again."""
    remove_outline(by=request.actor)
    return toast(HttpResponseRedirect(ADDRESS), _("Maps are drawn as tiles again."))


def _draw(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    row = outline_of_workspace()
    context = {
        "outline": row,
        "drawn": drawn(row) if row else None,
        "most": MOST_BYTES >> 20,
        "source": request.POST.get("source", row.source if row else ""),
        "problems": [one.message for found in problem.errors.values() for one in found] if problem else [],
    }
    status = 422 if problem else 200
    return render_page(request, "records/outline.html", context, title=_("Map"), status=status)
