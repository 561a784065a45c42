"""Where the pages of records stand: the plural, the id, and what is wanted of it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.titles import Ref


def list_url(obj: Object, **query: object) -> str:
    """`/contacts/?filter=…`; empty values are left out."""
    return with_query(f"/{obj.plural}/", **query)


def record_url(obj: Object, record_id: int, *rest: str) -> str:
    """`/contacts/7/`, `/contacts/7/edit/`."""
    return "/" + "/".join([obj.plural, str(record_id), *rest]) + "/"


def ref_url(ref: Ref) -> str:
    """The page of what a reference names; "" for what has none of its own (members, stages)."""
    if not registry.has(ref.object):
        return ""
    obj = registry.get(ref.object)
    return record_url(obj, ref.id) if obj.group or obj.part_of else ""


def with_query(path: str, **query: object) -> str:
    """`path` with what is not empty behind the question mark; readable: colons and commas stay."""
    # Not `in (None, "", False)`: the number 0 equals False and must stay.
    kept = {
        name: value
        for name, value in query.items()
        if value is not None and value is not False and value != ""
    }
    return f"{path}?{urlencode(kept, quote_via=quote, safe=':,')}" if kept else path
