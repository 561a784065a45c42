"""Files for fields: sent as they are, then named by their id in a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer
from guanxi.api.rest.problems import BadRequest, door
from guanxi.platform.files.serving import send
from guanxi.platform.files.storage import StorageFull, TooLarge
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import File
from guanxi.platform.metadata.fields.file import told_file
from guanxi.platform.metadata.rights import EDIT, right_of
from guanxi.platform.records.access import Refused
from guanxi.platform.records.filing import find_field_file, upload_file

PIECE = 1 << 18


@require_http_methods(["POST"])
@door
def collection(request: MemberRequest) -> HttpResponse:
    """POST ?object=&field=&name=, the bytes as the body: a file that the caller may put into a record."""
    said = request.GET
    name, field_name = said.get("object", ""), said.get("field", "")
    obj = registry.get(name) if registry.has(name) else None
    field = obj.fields_by_name.get(field_name) if obj else None
    if obj is None or not isinstance(field, File):
        raise BadRequest("field", "Say object and field: a field that holds files.", 422)
    writes = request.actor.may("create", obj.name) or request.actor.may("change", obj.name)
    if not writes or right_of(obj, field.name, request.actor) != EDIT:
        raise Refused(f"{obj.name}.{field.name}")
    try:
        made = upload_file(obj, field, _Body(request), name=said.get("name", ""), by=request.actor)
    except TooLarge:
        raise BadRequest("too_large", "The file is too large.", 413) from None
    except StorageFull:
        raise BadRequest("full", "The server has no room left.", 507) from None
    return answer(told_file(made), status=201, Location=f"/api/v1/files/{made.pk}")


@require_http_methods(["GET", "HEAD"])
@door
def item(request: MemberRequest, file_id: int) -> HttpResponse:
    """The bytes, for who sees record and field."""
    found = find_field_file(file_id, by=request.actor)
    return cast(HttpResponse, send(request, found.file, name=found.name))


class _Body:
    """The body of a request as an upload."""

    def __init__(self, request: MemberRequest) -> None:
        self._request = request

    def chunks(self) -> Iterable[bytes]:
        while piece := self._request.read(PIECE):
            yield piece
