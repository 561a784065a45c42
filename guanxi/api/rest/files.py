"""Files for fields: sent as they are, then named by their id in a record."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door, hearing
from guanxi.api.rest.uploads import file_answer, with_sent_file
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import File
from guanxi.platform.metadata.fields.file import told_file
from guanxi.platform.metadata.resources import SentFile
from guanxi.platform.metadata.rights import EDIT, right_of
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.filing import find_field_file, upload_file


@require_http_methods(["POST"])
def collection(request: HttpRequest) -> HttpResponse:
    """POST ?object=&field=&name=, the bytes as the body or the part “file” of a form: a file that the caller
    may put into a record."""
    return with_sent_file(request, partial(_knock, request))


@require_http_methods(["GET", "HEAD"])
@door
def item(request: MemberRequest, file_id: int) -> HttpResponse:
    """The bytes, for who sees record and field."""
    if file_id >= 2**63:
        raise NotFound(f"file {file_id}")
    found = find_field_file(file_id, by=request.actor)
    return file_answer(request, found.file, name=found.name)


@hearing(POST=("object", "field", "name"))
def _knock(request: MemberRequest, file: SentFile) -> HttpResponse:
    return once(request, partial(_keep, request, file), file)


def _keep(request: MemberRequest, file: SentFile) -> HttpResponse:
    said = request.GET
    name, field_name = said.get("object", ""), said.get("field", "")
    obj = registry.get(name) if registry.has(name) else None
    field = obj.fields_by_name.get(field_name) if obj else None
    if obj is None or not isinstance(field, File):
        raise BadRequest("field", "Say object and field: a field that holds files.", 422)
    writes = request.actor.may("create", obj.name) or request.actor.may("change", obj.name)
    if not writes or right_of(obj, field.name, request.actor) != EDIT:
        raise Refused(f"{obj.name}.{field.name}")
    made = upload_file(obj, field, file, name=said.get("name") or file.name, by=request.actor)
    return answer(told_file(made), status=201, Location=f"/api/v1/files/{made.pk}")
