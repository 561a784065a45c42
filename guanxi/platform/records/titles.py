"""What linked records are called: one query, however many rows ask for however many kinds of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import remembered_names
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.questions import Question, Raw, Select, ask
from guanxi.platform.records.trash.asking import not_trashed

Key = tuple[str, int]


class Ref(msgspec.Struct, frozen=True):
    """A record as others mention it; `tone` is a tag's pigment."""

    object: str
    id: int
    title: str
    tone: str = ""


def titles_of(keys: Iterable[Key], *, by: Actor) -> dict[Key, Ref]:
    """(object, id) → Ref for those that the actor may see; members, teams and tags are seen by all."""
    return ask(titles_question(keys, by=by))[0]


def titles_question(keys: Iterable[Key], *, by: Actor) -> Question[dict[Key, Ref]]:
    """The same, for who has more to ask."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, record_id in keys:
        wanted[kind].add(record_id)
    known: dict[Key, Ref] = {}
    if "member" in wanted:
        for one in remembered_names(wanted["member"]):
            known["member", one.id] = Ref("member", one.id, one.name)
            wanted["member"].discard(one.id)
    asked = [_titles(kind, sorted(ids), by) for kind, ids in wanted.items() if ids and _is_named(kind)]

    def read(raw: Sequence[Raw]) -> dict[Key, Ref]:
        for rows in raw:
            if rows:
                kinds, ids, titles, tones = zip(*rows, strict=True)
                known.update(
                    zip(zip(kinds, ids, strict=True), map(Ref, kinds, ids, titles, tones), strict=True)
                )
        return known

    return Question(_as_one(asked), read)


def _as_one(asked: Sequence[Select]) -> tuple[Select, ...]:
    """All kinds have the same columns, so they are one table, whose rows need not be told apart."""
    if len(asked) < 2:
        return tuple(asked)
    texts = [
        f"SELECT {', '.join(map(' AS '.join, zip(one.columns, NAMES, strict=True)))} {one.tail}"
        for one in asked
    ]
    params = tuple(value for one in asked for value in one.params)
    return (
        Select(tuple(f"q.{name}" for name in NAMES), f"FROM ({' UNION ALL '.join(texts)}) q", params, KINDS),
    )


NAMES = ("kind", "id", "title", "tone")
KINDS = ("text", "bigint", "text", "text")
NAMED = {
    "member": (
        ("'member'", "m.id", "COALESCE(NULLIF(m.name, ''), NULLIF(u.name, ''), u.email)", "''"),
        "FROM identity_member m JOIN identity_user u ON u.id = m.user_id"
        " WHERE m.workspace_id = %s AND m.id IN",
    ),
    "team": (
        ("'team'", "t.id", "t.name", "''"),
        "FROM identity_team t WHERE t.workspace_id = %s AND t.id IN",
    ),
    "tag": (
        ("'tag'", "t.id", "t.name", "t.tone"),
        "FROM records_tag t WHERE t.workspace_id = %s AND t.id IN",
    ),
}


def _is_named(kind: str) -> bool:
    return kind in NAMED or registry.has(kind)


def _titles(kind: str, ids: list[int], by: Actor) -> Select:
    """Kind, id, title and tone of those that may be seen."""
    marks = ", ".join(["%s"] * len(ids))
    if kind in NAMED:
        columns, tail = NAMED[kind]
        return Select(columns, f"{tail} ({marks})", (by.workspace_id, *ids), KINDS)
    obj = registry.get(kind)
    rule, there = row_rule(obj, by), not_trashed(obj)
    return Select(
        (f"'{kind}'", "r.id", f"COALESCE(r.\"{obj.title_field.column}\", '')", "''"),
        f'FROM "{obj.table}" r WHERE {rule.text} AND r.id IN ({marks}) AND {there.text}',
        (*rule.params, *ids, *there.params),
        KINDS,
    )
