"""Records as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.http import HttpResponse

from guanxi.api.rest.problems import BadRequest
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.listing import Row, linked_keys
from guanxi.platform.records.titles import Key, Ref, titles_of

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
MOST_BYTES = 2_000_000


Writer = Callable[[Any], Any]


def rows_json(fields: Sequence[Field], rows: Iterable[Row], refs: Mapping[Key, Ref]) -> list[dict[str, Any]]:
    """Records: id and version, then the fields. A link is {id, title}; an unseen one has no title."""
    writers = [(one.name, _writer(one, refs)) for one in fields]
    found = []
    for row in rows:
        values = row.values
        said: dict[str, Any] = {"id": str(row.id), "version": row.version}
        for name, write in writers:
            value = values[name]
            said[name] = value if write is None else write(value)
        found.append(said)
    return found


def _writer(field: Field, refs: Mapping[Key, Ref]) -> Writer | None:
    """How a kept value becomes JSON; None where it is that already."""
    if isinstance(field, Link):
        return lambda value: link_json(field.to, value, refs)
    if field.type == "tags":
        return lambda value: [link_json("tag", tag, refs) for tag in value or ()]
    return None if type(field).to_json is Field.to_json else field.to_json


def link_json(kind: str, record_id: int | None, refs: Mapping[Key, Ref]) -> dict[str, Any] | None:
    if record_id is None:
        return None
    ref = refs.get((kind, record_id))
    return {"id": str(record_id), "title": ref.title if ref else None}


def record_json(obj: Object, record: Any, *, by: Actor) -> dict[str, Any]:
    """A model instance with all its fields."""
    row = Row(record.pk, record.version, {one.name: one.get(record) for one in obj.fields})
    refs = titles_of(linked_keys(obj.fields, [row]), by=by)
    (found,) = rows_json(obj.fields, [row], refs)
    found["archived_at"] = record.archived_at.isoformat() if record.archived_at else None
    return found


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
        return _decoder.decode(body) if body else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise BadRequest("json", f"The body is no JSON: {wrong}") from wrong


def read_object(body: bytes) -> dict[str, Any]:
    """The body as an object; raises BadRequest."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise BadRequest("json", "The body must be a JSON object.")
    return found
