"""Answers as JSON, and bodies read as JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse

from guanxi.api.rest.problems import BadRequest
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.encoding import rows_json
from guanxi.platform.records.listing import Row, linked_keys
from guanxi.platform.records.titles import titles_of

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
MOST_BYTES = 2_000_000


def record_json(obj: Object, record: Any, *, by: Actor) -> dict[str, Any]:
    """A model instance with all its fields."""
    row = Row(record.pk, record.version, {one.name: one.get(record) for one in obj.fields})
    refs = titles_of(linked_keys(obj.fields, [row]), by=by)
    (found,) = rows_json(obj.fields, [row], refs)
    archived = record.archived_at.isoformat() if record.archived_at else None
    return {**msgspec.to_builtins(found), "archived_at": archived}


def etag(record: Any) -> str:
    return f'"{record.version}"'


def answer(content: Any, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON answer."""
    response = HttpResponse(_encoder.encode(content), status=status, content_type="application/json")
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def read_json(body: bytes) -> Any:
    """The body of a request; raises BadRequest."""
    if len(body) > MOST_BYTES:
        raise BadRequest("too_large", "The body may have 2 MB.", 413)
    try:
        found = _decoder.decode(body) if body else {}
        return _without_nul(found) if b"\\u0000" in body else found
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise BadRequest("json", f"The body is no JSON: {wrong}") from wrong


def _without_nul(value: Any) -> Any:
    """No database of ours keeps NUL: left out everywhere, as record fields leave it out."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(one) for name, one in value.items()}
    return value


def read_object(body: bytes) -> dict[str, Any]:
    """The body as an object; raises BadRequest."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise BadRequest("json", "The body must be a JSON object.")
    return found
