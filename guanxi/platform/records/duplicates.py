"""Records that may be the same as one that is about to be made: they share a number, an address, a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import Ref, titles_of

MOST = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """A record that the actor may see, and the labels of the fields in which it is alike."""

    ref: Ref
    alike: tuple[str, ...]


def find_alike(obj: Object, values: Mapping[str, Any], *, by: Actor, besides: int = 0) -> list[Likeness]:
    """Records that share an identifying value (numbers in E.164, emails case-folded), the most alike first.

    values    field name → cleaned value
    besides   a record that is not told: the one being edited
    """
    wanted = [
        (one.name, value)
        for one in obj.fields
        if one.identifies and one.type != "about" and one.name in values
        for value in one.index_values(values[one.name])
    ]
    if not wanted:
        return []
    rule = row_rule(obj, by)
    either = " OR ".join(["(v.field = %s AND v.value = %s)"] * len(wanted))
    rows = fetch(
        f'SELECT v.record_id, v.field FROM records_value v JOIN "{obj.table}" r ON r.id = v.record_id'
        f" WHERE {rule.text} AND r.archived_at IS NULL AND v.workspace_id = %s AND v.object = %s"
        f" AND r.id <> %s AND ({either}) ORDER BY v.record_id LIMIT 50",
        (*rule.params, by.workspace_id, obj.name, besides, *(part for pair in wanted for part in pair)),
    )
    found: dict[int, set[str]] = defaultdict(set)
    for record_id, name in rows:
        found[record_id].add(name)
    best = sorted(found, key=lambda record_id: (-len(found[record_id]), record_id))[:MOST]
    refs = titles_of(((obj.name, record_id) for record_id in best), by=by)
    return [
        Likeness(refs[obj.name, one], tuple(str(obj[name].label) for name in sorted(found[one])))
        for one in best
        if (obj.name, one) in refs
    ]
