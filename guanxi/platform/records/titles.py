"""What linked records are called: one query for each kind of target, however many rows ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sql import fetch

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Ref:
    """A record as others mention it; `tone` is a tag's pigment."""

    object: str
    id: int
    title: str
    tone: str = ""


def titles_of(keys: Iterable[Key], *, by: Actor) -> dict[Key, Ref]:
    """(object, id) → Ref for those that the actor may see; members, teams and tags are seen by all."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, record_id in keys:
        wanted[kind].add(record_id)
    found: dict[Key, Ref] = {}
    for kind, ids in wanted.items():
        for record_id, title, *tone in _titles(kind, sorted(ids), by):
            found[kind, int(record_id)] = Ref(kind, int(record_id), str(title or ""), *tone)
    return found


NAMED = {
    "team": "SELECT id, name FROM identity_team WHERE workspace_id = %s AND id IN",
    "tag": "SELECT id, name, tone FROM records_tag WHERE workspace_id = %s AND id IN",
}


def _titles(kind: str, ids: list[int], by: Actor) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    if kind == "member":
        # Asked once a request, however many parts of a page name the same people.
        return [(one.id, one.name) for one in member_names(ids).values()]
    marks = ", ".join(["%s"] * len(ids))
    if kind in NAMED:
        return fetch(f"{NAMED[kind]} ({marks})", (by.workspace_id, *ids))
    if registry.has(kind):
        obj = registry.get(kind)
        rule = row_rule(obj, by)
        return fetch(
            f'SELECT r.id, r."{obj.title_field.column}" FROM "{obj.table}" r'
            f" WHERE {rule.text} AND r.id IN ({marks})",
            (*rule.params, *ids),
        )
    return []
