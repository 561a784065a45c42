"""What stands beside a record's name: its subtitle fields in words, for many records at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.listing import ListQuery, Row, linked_keys, list_question
from guanxi.platform.records.questions import Question, together
from guanxi.platform.records.titles import Key, Ref, titles_of

MOST = 200


Beside = list[tuple[Object, list[Field], list[Row]]]


def beside_question(keys: Iterable[Key], *, by: Actor) -> Question[Beside]:
    """The rows that `subtitled` puts into words."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for name, record_id in dict.fromkeys(keys):
        wanted[name].append(record_id)
    read = []
    for name, ids in wanted.items():
        obj = as_seen(registry.get(name), by)
        fields = [obj[part] for part in obj.subtitle if obj[part].type in ("text", "choice", "link")]
        query = ListQuery(
            obj=obj,
            columns=tuple(one.name for one in fields),
            ids=tuple(ids[:MOST]),
            limit=MOST,
            sort="-created_at",
        )
        read.append((obj, fields, list_question(query, by=by)))
    every = together([asked for _obj, _fields, asked in read])
    return Question(
        every.selects,
        lambda raw: [
            (obj, fields, rows)
            for (obj, fields, _asked), (rows, _after) in zip(read, every.read(raw), strict=True)
        ],
    )


def subtitled(found: Beside, *, by: Actor) -> dict[Key, str]:
    """(object, id) → "Qinghe Water · Buyer" for what the actor may see; one query for what they link to."""
    keys = {key for _obj, fields, rows in found for key in linked_keys(fields, rows)}
    refs = titles_of(keys, by=by)
    said: dict[Key, str] = {}
    for obj, fields, rows in found:
        for row in rows:
            words = (_word(one, row, refs) for one in fields)
            said[obj.name, row.id] = " · ".join(word for word in words if word)
    return said


def _word(one: Field, row: Row, refs: dict[Key, Ref]) -> str:
    value = row.values[one.name]
    if isinstance(one, Link):
        ref = refs.get((one.to, value))
        return ref.title if ref else ""
    if isinstance(one, Choice):
        option = one.option(value)
        return str(option.label) if option else ""
    return str(value or "")
