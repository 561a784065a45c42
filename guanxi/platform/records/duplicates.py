"""Records that may be the same as one that is about to be made: they share a number, an address, a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import Ref, titles_of

MOST = 5
AT_ONCE = 500  # values that one query looks for


@dataclass(frozen=True, slots=True)
class Likeness:
    """A record that the actor may see, and the labels of the fields in which it is alike."""

    ref: Ref
    alike: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """The record that is most like a row of a file, and the names of the fields in which it is."""

    record_id: int
    fields: tuple[str, ...]


def find_twins(
    obj: Object, rows: Sequence[Mapping[str, Any]], *, by: Actor, before: datetime | None = None
) -> list[Twin | None]:
    """For each row (field name → cleaned value) its twin, or None; a few queries for all rows together.

    Numbers elsewhere do not make twins: two systems give the same number to different people.
    before   only records that were made before this moment: not those of the import that asks
    """
    wanted: dict[str, dict[str, list[int]]] = {}
    for one in obj.fields:
        if one.identifies and not one.hidden and one.type != "about":
            of_field = wanted.setdefault(one.name, {})
            for at, values in enumerate(rows):
                for value in one.index_values(values.get(one.name)) if values.get(one.name) else ():
                    of_field.setdefault(value, []).append(at)
    shared: list[dict[int, set[str]]] = [defaultdict(set) for _row in rows]
    for name, of_field in wanted.items():
        keys = list(of_field)
        for start in range(0, len(keys), AT_ONCE):
            for value, record_id in _holders(obj, name, keys[start : start + AT_ONCE], by, before):
                for at in of_field[value]:
                    shared[at][record_id].add(name)
    return [_closest(found) for found in shared]


def _holders(
    obj: Object, name: str, values: Sequence[str], by: Actor, before: datetime | None
) -> list[tuple[str, int]]:
    """(value, record) for the records that have one of these values in a field."""
    rule = row_rule(obj, by)
    older = Sql("r.created_at < %s", (before,)) if before else Sql("1 = 1")
    rows = fetch(
        f'SELECT v.value, v.record_id FROM records_value v JOIN "{obj.table}" r ON r.id = v.record_id'
        f" WHERE {rule.text} AND r.archived_at IS NULL AND {older.text}"
        f" AND v.workspace_id = %s AND v.object = %s AND v.field = %s"
        f" AND v.value IN ({', '.join(['%s'] * len(values))})",
        (*rule.params, *older.params, by.workspace_id, obj.name, name, *values),
    )
    return [(str(value), int(record_id)) for value, record_id in rows]


def _closest(found: Mapping[int, set[str]]) -> Twin | None:
    if not found:
        return None
    best = min(found, key=lambda record_id: (-len(found[record_id]), record_id))
    return Twin(best, tuple(sorted(found[best])))


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
