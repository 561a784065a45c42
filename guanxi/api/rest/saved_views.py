"""/api/v1/views: lists under a name, by the verbs of the pages. A token saves views for its member.

`/api/v1/layouts` is how an object is laid out, for everybody or for a role.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door, hearing
from guanxi.api.rest.shapes import read_version
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.metadata.layouts import drop_layout, find_layout, present_parts, set_layout
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import may_shape
from guanxi.platform.records.models import SavedView
from guanxi.platform.records.saved_views import (
    View,
    change_view,
    delete_view,
    look_of,
    restore_view,
    save_view,
    shared_with,
    views_of,
)

LOOK = ("filter", "sort", "columns", "layout", "by", "aggregates")
SHARED = ("", "team", "all")


@require_http_methods(["GET", "HEAD", "POST"])
@hearing(GET=("object",))
def views(request: MemberRequest) -> HttpResponse:
    """GET ?object=deal: what the caller sees. POST {"object", "name", "filter", …}: one more."""
    if request.method == "POST":
        return once(request, lambda: _added(request), anew=lambda key: _read(request, key))
    obj = _seen(request, request.GET.get("object", ""))
    return answer({"data": [view_json(obj, one) for one in views_of(obj, by=request.actor)]})


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
@door
def view_item(request: MemberRequest, view_id: int) -> HttpResponse:
    """GET: one that the caller sees. PATCH and DELETE: one's own, or (administrators) everybody's."""
    obj = _seen(request, _row(view_id).object)
    found = _of(obj, view_id, request)
    if request.method == "DELETE":
        _writes(request, obj)
        delete_view(view_id, by=request.actor)
        return HttpResponse(status=204)
    if request.method == "PATCH":
        _writes(request, obj)
        said = read_object(request.body)
        now = view_json(obj, found)
        given = {name: said.get(name, now[name]) for name in LOOK}
        unknown = {name: one for name, one in said.items() if name not in (*LOOK, "name", "shared")}
        look = look_of(obj, {**given, **unknown}, by=request.actor)
        shared = _shared(said) if "shared" in said else None
        change_view(view_id, look, name=str(said.get("name") or ""), shared=shared, by=request.actor)
        found = _of(obj, view_id, request)
    return answer(view_json(obj, found))


@require_http_methods(["POST"])
@door
def view_restoration(request: MemberRequest, view_id: int) -> HttpResponse:
    """A view that was deleted, as it was."""
    row = restore_view(view_id, by=request.actor)
    obj = _seen(request, row.object)
    _writes(request, obj)
    return answer(view_json(obj, _of(obj, view_id, request)))


@require_http_methods(["GET", "HEAD", "PUT", "DELETE"])
@hearing(GET=("role",), PUT=("role",), DELETE=("role",))
def layout_item(request: MemberRequest, name: str) -> HttpResponse:
    """?role=7, or everybody's. GET: its parts. PUT: the parts that are named. DELETE: as shipped again.

    If-Match with the ETag that was read refuses what somebody else has changed since (412).
    """
    obj = _seen(request, name)
    if not may_shape(request.actor):
        raise Refused("object.change")
    text = request.GET.get("role", "")
    if text and not (text.isdecimal() and len(text) < 20):
        raise BadRequest("role", _("“role” is the id of a role."))
    role = int(text) if text else None
    if request.method == "DELETE":
        drop_layout(obj.name, role=role, by=request.actor)
        return HttpResponse(status=204)
    if request.method == "PUT":
        version = read_version(request)
        row = set_layout(obj.name, read_object(request.body), role=role, version=version, by=request.actor)
    elif (found := find_layout(obj.name, role)) is not None:
        row = found
    else:
        raise NotFound(f"layout {name}")
    kept = {"object": obj.name, "role": str(role) if role else None, "parts": present_parts(row)}
    return answer(kept, ETag=f'"{row.version}"')


def view_json(obj: Object, one: View) -> dict[str, Any]:
    """A view as programs read it. `id` is null for those that come with the object."""
    return {
        "id": str(one.saved.pk) if one.saved else None,
        "key": one.key,
        "object": obj.name,
        "name": one.label,
        "filter": one.filter,
        "sort": one.sort,
        "columns": list(one.columns),
        "layout": one.layout,
        "by": one.arranged,
        "aggregates": dict(one.aggregates),
        "shared": shared_with(one.saved) if one.saved else "all",
        "own": one.own,
    }


def _added(request: MemberRequest) -> HttpResponse:
    said = read_object(request.body)
    obj = _seen(request, said.get("object"))
    _writes(request, obj)
    look = look_of(
        obj,
        {name: one for name, one in said.items() if name not in ("object", "name", "shared")},
        by=request.actor,
    )
    row = save_view(obj, look, name=str(said.get("name") or ""), shared=_shared(said), by=request.actor)
    content = view_json(obj, _of(obj, row.pk, request))
    return answer(content, 201, Location=f"/api/v1/views/{row.pk}")


def _read(request: MemberRequest, view_id: int) -> HttpResponse:
    obj = _seen(request, _row(view_id).object)
    return answer(view_json(obj, _of(obj, view_id, request)))


def _row(view_id: int) -> SavedView:
    """Raises NotFound."""
    row: SavedView | None = SavedView.objects.filter(pk=view_id, archived_at=None).first()
    if row is None or not registry.has(row.object):
        raise NotFound(f"view {view_id}")
    return row


def _of(obj: Object, view_id: int, request: MemberRequest) -> View:
    found = next((one for one in views_of(obj, by=request.actor) if one.key == str(view_id)), None)
    if found is None:
        raise NotFound(f"view {view_id}")
    return found


def _seen(request: MemberRequest, name: Any) -> Object:
    if not isinstance(name, str) or not registry.has(name) or not request.actor.may("see", name):
        raise NotFound(str(name)[:60])
    return registry.get(name)


def _writes(request: MemberRequest, obj: Object) -> None:
    """A token that may only read saves nothing either."""
    scopes = request.actor.scopes
    if scopes is not None and not {f"{obj.name}:write", "*:write"} & set(scopes):
        raise Refused("view.create")


def _shared(said: dict[str, Any]) -> str:
    shared = said.get("shared", "")
    if shared not in SHARED:
        raise BadRequest("shared", _("“shared” is empty, “team” or “all”."))
    return str(shared)
