"""What the menu of a view posts: save, rename, copy, share, delete and bring back, pin, open with."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import list_url
from guanxi.platform.records.aggregates import known_aggregates, read_aggregates
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter
from guanxi.platform.records.listing import sort_keys
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.pages.doors import back_to, object_door
from guanxi.platform.records.saved_views import (
    LAYOUTS,
    Look,
    change_view,
    delete_view,
    open_with,
    pin_view,
    restore_view,
    save_view,
)
from guanxi.web.pages import is_htmx, toast


@object_door("POST")
def add(request: MemberRequest, obj: Object) -> HttpResponse:
    """Keep the list as it is under a name."""
    sent = request.POST
    try:
        look = read_look(obj, sent.get("columns", ""), request)
        view = save_view(
            obj, look, name=sent.get("name", ""), shared=sent.get("shared", ""), by=request.actor
        )
    except InvalidValues as problem:
        said = next(iter(problem.errors.values()))[0].message
        return toast(HttpResponseRedirect(list_url(obj)), said, tone="cinnabar")
    return toast(_to(obj, view), _("Saved the view “%(name)s”.") % {"name": view.name})


@object_door("POST")
def change(request: MemberRequest, obj: Object, view_id: int) -> HttpResponse:
    """Save what was changed into one's own view; or its name and audience, where these are sent."""
    sent = request.POST
    look = read_look(obj, sent.get("columns", ""), request) if "filter" in sent else None
    view = change_view(view_id, look, name=sent.get("name", ""), shared=sent.get("shared"), by=request.actor)
    return toast(_to(obj, view), _("Saved the view “%(name)s”.") % {"name": view.name})


@object_door("POST")
def remove(request: MemberRequest, obj: Object, view_id: int) -> HttpResponse:
    view = delete_view(view_id, by=request.actor)
    said = _("Deleted the view “%(name)s”.") % {"name": view.name}
    undo = f"/{obj.plural}/views/{view.pk}/restoration/"
    return toast(HttpResponseRedirect(list_url(obj)), said, undo=undo)


@object_door("POST")
def bring_back(request: MemberRequest, obj: Object, view_id: int) -> HttpResponse:
    """What the toast of a removal offers."""
    view = restore_view(view_id, by=request.actor)
    if is_htmx(request):
        return HttpResponse(status=204)
    return toast(_to(obj, view), _("Taken back"))


@object_door("POST")
def pin(request: MemberRequest, obj: Object, key: str) -> HttpResponse:
    """Into the navigation, or out of it."""
    pinned = request.POST.get("pinned") == "1"
    view = pin_view(obj, key, pinned, by=request.actor)
    said = _("“%(name)s” stands in the navigation.") if pinned else _("“%(name)s” left the navigation.")
    return toast(back_to(request), said % {"name": view.label})


@object_door("POST")
def opening(request: MemberRequest, obj: Object) -> HttpResponse:
    """With which view the list opens: for oneself, or for the members of a role."""
    role = request.POST.get("role", "")
    open_with(
        obj, request.POST.get("view", ""), role_id=int(role) if role.isdecimal() else None, by=request.actor
    )
    return toast(back_to(request), _("The list opens this way from now on."))


def read_look(obj: Object, columns: str, request: MemberRequest) -> Look:
    """The list that a form carries along; raises InvalidValues for one that no address could ask for."""
    sent = request.POST
    text, sort, layout = sent.get("filter", ""), sent.get("sort", ""), sent.get("layout", "table")
    try:
        parse_filter(text)
        sort_keys(obj, sort, by=request.actor)
    except (FilterSyntaxError, FieldError) as problem:
        raise InvalidValues({"filter": [FieldError("filter", str(problem))]}) from problem
    return Look(
        filter=text,
        sort=sort,
        columns=tuple(name for name in columns.split(",") if name in obj.fields_by_name),
        layout=layout if layout in LAYOUTS else "table",
        arranged=sent.get("by", "")[:80],
        aggregates=known_aggregates(obj, read_aggregates(sent.get("aggregates", ""))),
    )


def _to(obj: Object, view: SavedView) -> HttpResponse:
    """The list with this view, in its layout."""
    address = f"/{obj.plural}/board/" if view.layout == "board" else list_url(obj)
    return HttpResponseRedirect(f"{address}?view={view.pk}")
