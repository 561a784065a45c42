"""JSON: an array with one record a line, each in the form in which the API gives it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field
from guanxi.platform.records.access import require
from guanxi.platform.records.encoding import rows_json
from guanxi.platform.records.exporting.paging import pages, taken_out
from guanxi.platform.records.listing import ListQuery


def export_documents(query: ListQuery, *, by: Actor) -> Iterator[str]:
    """The lines of the array. Raises Refused without permission."""
    require(by, "export", query.obj)
    query = taken_out(query, by)
    fields = [query.obj[name] for name in query.columns] or list(query.obj.fields)
    return _lines(query, fields, by)


def _lines(query: ListQuery, fields: list[Field], by: Actor) -> Iterator[str]:
    encode = msgspec.json.encode
    before = "[\n"
    for page in pages(query, (one.name for one in fields), by=by):
        for one in rows_json(fields, page.rows, page.refs):
            yield before + encode(one).decode()
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
