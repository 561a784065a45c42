"""/api/v1/<resource>…: the doors that rooms have offered (platform/metadata/resources.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanxi.api.rest.encoding import answer, read_object
from guanxi.api.rest.idempotency import once
from guanxi.api.rest.problems import BadRequest, door_that_asks
from guanxi.api.rest.uploads import file_answer, with_sent_file
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.resources import (
    RESOURCES,
    Call,
    Door,
    MadeFile,
    Resource,
    SentFile,
    ToldFile,
    checked,
    checked_asked,
)


def resource_addresses() -> Iterator[URLPattern]:
    """An address for each path of each resource, with all its methods."""
    for resource in RESOURCES.values():
        paths: dict[str, dict[str, Door]] = defaultdict(dict)
        for one in resource.doors:
            paths[one.path][one.method] = one
        reading = paths["{id}"].get("GET") if "{id}" in paths else None
        for below, doors in paths.items():
            yield path(address_of(resource, below).replace("{id}", "<int:key>"), _view(doors, reading))


def address_of(resource: Resource, below: str) -> str:
    """Without the slash in front."""
    return f"api/v1/{resource.name}" + (f"/{below}" if below else "")


def _view(doors: Mapping[str, Door], reading: Door | None) -> Any:
    """All methods of one path; `reading` is the door by which one of the resource is read."""

    @require_http_methods([*doors, *(["HEAD"] if "GET" in doors else [])])
    def view(request: HttpRequest, key: int = 0) -> HttpResponse:
        asked = doors["GET" if request.method == "HEAD" else str(request.method)]
        if asked.file:
            return with_sent_file(request, partial(_knock, request, asked, reading, key))
        return _knock(request, asked, reading, key, None)

    return view


@door_that_asks
def _knock(
    request: MemberRequest, asked: Door, reading: Door | None, key: int, file: SentFile | None
) -> HttpResponse:
    if not asked.changes:
        return _answer(request, asked, key, file)
    told_alike = reading is not None and reading.answers is asked.answers
    anew = partial(_anew, request, reading) if reading is not None and told_alike else None
    return once(request, lambda: _answer(request, asked, key, file), file, anew=anew)


def _anew(request: MemberRequest, reading: Door, key: int) -> HttpResponse:
    return answer(reading.do(Call(request.actor, key, {}, {})))


def _answer(request: MemberRequest, asked: Door, key: int, file: SentFile | None) -> HttpResponse:
    if key >= 2**63:
        raise BadRequest("key", _("There is no such record."), 404)
    try:
        said = checked_asked(asked, request.GET.dict())
    except FieldError as problem:
        raise BadRequest(problem.code, str(problem)) from problem
    reads = asked.method != "GET" and not asked.file
    sent = checked(asked, read_object(request.body) if reads else {})
    found = asked.do(Call(request.actor, key, said, sent, file))
    if isinstance(found, MadeFile):
        sent_off = FileResponse(
            found.content, as_attachment=True, filename=found.name, content_type=found.media_type
        )
        return cast(HttpResponse, sent_off)
    if isinstance(found, ToldFile):
        return file_answer(request, found.file, name=found.name, picture=found.picture)
    return HttpResponse(status=204) if found is None else answer(found, asked.status)
