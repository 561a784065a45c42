"""What linked records are called: one query, however many rows ask for however many kinds of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import remembered_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sql import fetch

Key = tuple[str, int]


class Ref(msgspec.Struct, frozen=True):
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
    if "member" in wanted:
        for one in remembered_names(wanted["member"]):
            found["member", one.id] = Ref("member", one.id, one.name)
            wanted["member"].discard(one.id)
    asked = [_titles(kind, sorted(ids), by) for kind, ids in wanted.items() if ids and _is_named(kind)]
    if asked:
        text = " UNION ALL ".join(one.text for one in asked)
        for kind, record_id, title, tone in fetch(text, [value for one in asked for value in one.params]):
            found[kind, record_id] = Ref(kind, record_id, title or "", tone)
    return found


NAMED = {
    "member": "SELECT 'member', m.id, COALESCE(NULLIF(m.name, ''), NULLIF(u.name, ''), u.email), ''"
    " FROM identity_member m JOIN identity_user u ON u.id = m.user_id WHERE m.workspace_id = %s AND m.id IN",
    "team": "SELECT 'team', id, name, '' FROM identity_team WHERE workspace_id = %s AND id IN",
    "tag": "SELECT 'tag', id, name, tone FROM records_tag WHERE workspace_id = %s AND id IN",
}


def _is_named(kind: str) -> bool:
    return kind in NAMED or registry.has(kind)


def _titles(kind: str, ids: list[int], by: Actor) -> Sql:
    """Kind, id, title and tone of those that may be seen."""
    marks = ", ".join(["%s"] * len(ids))
    if kind in NAMED:
        return Sql(f"{NAMED[kind]} ({marks})", (by.workspace_id, *ids))
    obj = registry.get(kind)
    rule = row_rule(obj, by)
    title = obj.title_field.column
    return Sql(
        f"SELECT '{kind}', r.id, r.\"{title}\", '' FROM \"{obj.table}\" r"
        f" WHERE {rule.text} AND r.id IN ({marks})",
        (*rule.params, *ids),
    )
