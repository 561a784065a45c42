"""Saving and deleting views: what the forms at the end of the tabs post."""

from __future__ import annotations

from typing import TypedDict

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import list_url
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter
from guanxi.platform.records.listing import sort_keys
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.saved_views import change_view, delete_view, save_view
from guanxi.web.pages import toast


@object_door("POST")
def add(request: MemberRequest, obj: Object) -> HttpResponse:
    """Keep the list as it is under a name."""
    try:
        view = save_view(
            obj,
            name=request.POST.get("name", ""),
            shared=request.POST.get("shared", ""),
            by=request.actor,
            **_posted(request, obj),
        )
    except InvalidValues as problem:
        said = next(iter(problem.errors.values()))[0].message
        return toast(HttpResponseRedirect(list_url(obj)), said, tone="cinnabar")
    saved = HttpResponseRedirect(list_url(obj, view=view.pk))
    return toast(saved, _("Saved the view “%(name)s”.") % {"name": view.name})


@object_door("POST")
def change(request: MemberRequest, obj: Object, view_id: int) -> HttpResponse:
    """Save what was changed into one's own view."""
    view = change_view(view_id, by=request.actor, **_posted(request, obj))
    saved = HttpResponseRedirect(list_url(obj, view=view.pk))
    return toast(saved, _("Saved the view “%(name)s”.") % {"name": view.name})


@object_door("POST")
def remove(request: MemberRequest, obj: Object, view_id: int) -> HttpResponse:
    view = delete_view(view_id, by=request.actor)
    return toast(HttpResponseRedirect(list_url(obj)), _("Deleted the view “%(name)s”.") % {"name": view.name})


class Posted(TypedDict):
    """The three parts of a list that a view keeps."""

    filter: str
    sort: str
    columns: tuple[str, ...]


def _posted(request: MemberRequest, obj: Object) -> Posted:
    text, sort = request.POST.get("filter", ""), request.POST.get("sort", "")
    try:
        parse_filter(text)
        sort_keys(obj, sort, by=request.actor)
    except (FilterSyntaxError, FieldError) as problem:
        raise InvalidValues({"filter": [FieldError("filter", str(problem))]}) from problem
    names = request.POST.get("columns", "").split(",")
    return {
        "filter": text,
        "sort": sort,
        "columns": tuple(name for name in names if name in obj.fields_by_name),
    }
