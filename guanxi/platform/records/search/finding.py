"""Finding records: the words lead to candidates, the access rule decides, then the best come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from guanxi.platform.i18n.folding import QueryToken, fold, query_tokens
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.search.store import condition
from guanxi.platform.records.sharing.holding import shared_rows
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import Ref, titles_of
from guanxi.platform.tenancy.context import require_workspace_id

CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A found record: what it is, what it is called now, a hint beside the name."""

    ref: Ref
    hint: str
    mine: bool


def find_records(text: str, *, by: Actor, objects: Sequence[str] = (), limit: int = 20) -> list[Hit]:
    """The best records for what was typed, at most `limit`; nothing for a text without letters or digits.

    Matches in titles come before others, then the actor's own, then what changed last. Who and what comes
    before what was done about it: activities fill the places that are left.
    """
    tokens = query_tokens(text)
    asked_for = [
        obj for obj in registry.objects() if (not objects or obj.name in objects) and by.may("see", obj.name)
    ]
    asked = fold(text)
    ranked: list[tuple[Any, ...]] = []
    for names in (
        [one.name for one in asked_for if not one.done],
        [one.name for one in asked_for if one.done],
    ):
        if tokens and names and len(ranked) < limit:
            rows = _candidates(tokens, names, by, title_only=True)
            if len(rows) < limit:
                known = {(row[0], row[1]) for row in rows}
                rows += [row for row in _candidates(tokens, names, by) if (row[0], row[1]) not in known]
            ranked += sorted(rows, key=lambda row: _rank(row, asked, by))
    if not ranked:
        return []
    # The entry may be a moment behind its record: what is shown goes through the rule once more.
    refs = titles_of(((row[0], row[1]) for row in ranked[: limit * 2]), by=by)
    hits = [
        Hit(refs[row[0], row[1]], row[3], row[4] == by.member_id)
        for row in ranked
        if (row[0], row[1]) in refs
    ]
    return hits[:limit]


def matching(obj: Object, text: str) -> Sql:
    """A condition on rows `r` of a list: the record has all the words."""
    tokens = query_tokens(text)
    if not tokens:
        return Sql("1 = 0")
    workspace_id = require_workspace_id()
    found, asked = condition(tokens, workspace_id)
    return Sql(
        "r.id IN (SELECT e.record_id FROM records_search_entry e"
        f" WHERE e.workspace_id = %s AND e.object = %s AND {found})",
        (workspace_id, obj.name, asked),
    )


def _candidates(
    tokens: Sequence[QueryToken], names: Sequence[str], by: Actor, *, title_only: bool = False
) -> list[tuple[Any, ...]]:
    found, asked = condition(tokens, by.workspace_id, title_only=title_only)
    scope = _scope(names, by)
    return fetch(
        "SELECT e.object, e.record_id, e.title, e.hint, e.owner_id, e.changed_at FROM records_search_entry e"
        f" WHERE e.workspace_id = %s AND {found} AND ({scope.text}) LIMIT {CANDIDATES}",
        (by.workspace_id, asked, *scope.params),
    )


def _scope(names: Sequence[str], by: Actor) -> Sql:
    """The row scopes of several objects at once, on the copies of owner and team in the entry."""
    texts: list[str] = []
    params: list[Any] = []
    for name in names:
        rows = by.rows(name)
        if rows.every or not registry.get(name).owned:
            texts.append("e.object = %s")
            params.append(name)
            continue
        teams = rows.teams
        team = f" OR e.team_id IN ({', '.join(['%s'] * len(teams))})" if teams else ""
        shared = shared_rows(name, by, column="e.record_id")
        given = f" OR {shared.text}" if shared else ""
        texts.append(f"(e.object = %s AND (e.owner_id = %s{team}{given}))")
        params += [name, by.member_id or -1, *teams, *(shared.params if shared else ())]
    return Sql(" OR ".join(texts), tuple(params))


def _rank(row: tuple[Any, ...], asked: str, by: Actor) -> tuple[Any, ...]:
    title = fold(row[2])
    changed = row[5] if row[5].tzinfo else row[5].replace(tzinfo=UTC)
    age = (datetime.now(UTC) - changed).total_seconds()
    return (title != asked, not title.startswith(asked), asked not in title, row[4] != by.member_id, age)
