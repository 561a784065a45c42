"""Records as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.http import HttpResponse

from guanxi.api.rest.problems import BadRequest
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field, Link, many_to
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.listing import Row, linked_keys
from guanxi.platform.records.titles import Key, Ref, titles_of

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
MOST_BYTES = 2_000_000


def rows_json(fields: Sequence[Field], rows: Sequence[Row], refs: Mapping[Key, Ref]) -> list[dict[str, Any]]:
    """Records: id and version, then the fields. A link is {id, title}; an unseen one has no title."""
    said: Said = defaultdict(dict)
    for (kind, record_id), ref in refs.items():
        said[kind][record_id] = {"id": str(record_id), "title": ref.title}
    names = ["id", "version", *(one.name for one in fields)]
    columns = [_column(one, [row.values[one.name] for row in rows], said) for one in fields]
    ids, versions = [str(row.id) for row in rows], [row.version for row in rows]
    return [dict(zip(names, values, strict=True)) for values in zip(ids, versions, *columns, strict=True)]


Said = dict[str, dict[int, dict[str, Any]]]


def _column(field: Field, values: list[Any], said: Said) -> list[Any]:
    """The values of one field as JSON, or as what the encoder writes in the same form."""
    if isinstance(field, Link):
        known = said[field.to]
        return [None if one is None else known.get(one) or _unseen(one) for one in values]
    if many := many_to(field):
        known = said[many]
        return [[known.get(one) or _unseen(one) for one in value or ()] for value in values]
    if field.type in ("date", "datetime") or type(field).to_json is Field.to_json:
        return values
    return list(map(field.to_json, values))


def _unseen(record_id: int) -> dict[str, Any]:
    return {"id": str(record_id), "title": None}


def link_json(kind: str, record_id: int | None, refs: Mapping[Key, Ref]) -> dict[str, Any] | None:
    """A link as JSON: {id, title}; the title is None where the target is not to be seen."""
    ref = None if record_id is None else refs.get((kind, record_id))
    return None if record_id is None else {"id": str(record_id), "title": ref.title if ref else None}


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
