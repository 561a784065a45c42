"""Records as JSON: the one form that the API answers with and that an export writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from guanxi.platform.metadata.fields import Field, Link, many_to
from guanxi.platform.records.listing import Row
from guanxi.platform.records.titles import Key, Ref


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
