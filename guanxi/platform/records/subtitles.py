"""What stands beside a record's name: its subtitle fields in words, for many records at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Field, Link
from guanxi.platform.records.listing import ListQuery, Row, list_records
from guanxi.platform.records.titles import Key, Ref

MOST = 200


def subtitles_of(keys: Iterable[Key], *, by: Actor) -> dict[Key, str]:
    """(object, id) → "Qinghe Water · Buyer" for what the actor may see; two queries an object."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for name, record_id in dict.fromkeys(keys):
        wanted[name].append(record_id)
    found: dict[Key, str] = {}
    for name, ids in wanted.items():
        obj = registry.get(name)
        fields = [obj[part] for part in obj.subtitle if obj[part].type in ("text", "choice", "link")]
        query = ListQuery(
            obj=obj,
            columns=tuple(one.name for one in fields),
            ids=tuple(ids[:MOST]),
            limit=MOST,
            sort="-created_at",
        )
        page = list_records(query, by=by)
        for row in page.rows:
            words = (_word(one, row, page.refs) for one in fields)
            found[name, row.id] = " · ".join(word for word in words if word)
    return found


def _word(one: Field, row: Row, refs: dict[Key, Ref]) -> str:
    value = row.values[one.name]
    if isinstance(one, Link):
        ref = refs.get((one.to, value))
        return ref.title if ref else ""
    if isinstance(one, Choice):
        option = one.option(value)
        return str(option.label) if option else ""
    return str(value or "")
