"""Finding records: the words lead to candidates, the access rule decides, then the best come first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from functools import partial
from typing import Any

from guanxi.platform.i18n.folding import QueryToken, fold, likely_tokens, opening_sounds, query_tokens
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import standing_of, unveiled
from guanxi.platform.metadata.rights import Masked, as_seen, whole
from guanxi.platform.records.access import reached_ids, row_rule
from guanxi.platform.records.search.store import condition, narrowed, texts_beside, words_of
from guanxi.platform.records.sharing.holding import shared_rows
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.titles import Ref, titles_of
from guanxi.platform.tenancy.context import require_workspace_id

CANDIDATES = 200
LOOKED_AT = 500  # records that are read to see whether the words stand where the actor may see them


@dataclass(frozen=True, slots=True)
class Hit:
    """A found record: what it is, what it is called now, a hint beside the name."""

    ref: Ref
    hint: str
    mine: bool


def find_records(text: str, *, by: Actor, objects: Sequence[str] = (), limit: int = 20) -> list[Hit]:
    """The best records for what was typed, at most `limit`; nothing for a text without letters or digits.

    Matches in titles, as they are written or as they sound, come before others (a number beside the title is
    as good as one), then the actor's own, then what changed last. Who and what comes before what was done
    about it: activities fill the places that are left. Where nothing is found, what is written or sounds
    almost so is.
    """
    asked_for = [
        obj for obj in registry.objects() if (not objects or obj.name in objects) and by.may("see", obj.name)
    ]
    ranked = _ranked(query_tokens(text), asked_for, partial(_rank, asked=fold(text), by=by), by, limit)
    if not ranked and (meant := narrowed(likely_tokens(text), by.workspace_id)):
        ranked = _ranked(meant, asked_for, partial(_nearest, asked=fold(text), by=by), by, limit)
    if not ranked:
        return []
    # The entry may be a moment behind its record: what is shown goes through the rule once more.
    refs = titles_of(((row[0], row[1]) for row in ranked[: limit * 2]), by=by)
    hits = [
        Hit(refs[row[0], row[1]], _hint(row, by), row[4] == by.member_id)
        for row in ranked
        if (row[0], row[1]) in refs
    ]
    return hits[:limit]


def _ranked(
    tokens: Sequence[QueryToken],
    asked_for: Sequence[Object],
    rank: Callable[..., Any],
    by: Actor,
    limit: int,
) -> list[tuple[Any, ...]]:
    """The entries of records that have these words, the best first."""
    ranked: list[tuple[Any, ...]] = []
    for names in (
        [one.name for one in asked_for if not one.done],
        [one.name for one in asked_for if one.done],
    ):
        if tokens and names and len(ranked) < limit:
            rows = _candidates(tokens, names, by, title_only=True)
            titled = {(row[0], row[1]) for row in rows}
            if len(rows) < limit:
                more = [row for row in _candidates(tokens, names, by) if (row[0], row[1]) not in titled]
                rows += _by_what_is_seen(more, tokens, by)
            ranked += sorted(rows, key=lambda row: rank(row, titled=(row[0], row[1]) in titled))
    return ranked


def matching(obj: Object, text: str, *, by: Actor) -> Sql:
    """A condition on rows `r` of a list: the record has all the words, where the actor may see them."""
    tokens = query_tokens(text)
    if not tokens:
        return Sql("1 = 0")
    workspace_id = require_workspace_id()
    if _words_are_hidden(obj, by):
        return _matching_seen(obj, tokens, by)
    found, asked = condition(tokens, workspace_id)
    if veiled := standing_of(obj, by).veiled:
        titled, named = condition(tokens, workspace_id, title_only=True)
        open_ = unveiled(veiled)
        entry = (
            "SELECT e.record_id FROM records_search_entry e WHERE e.workspace_id = %s AND e.object = %s AND"
        )
        return Sql(
            f"((r.id IN ({entry} {found}) AND {open_.text}) OR r.id IN ({entry} {titled}))",
            (workspace_id, obj.name, asked, *open_.params, workspace_id, obj.name, named),
        )
    return Sql(
        "r.id IN (SELECT e.record_id FROM records_search_entry e"
        f" WHERE e.workspace_id = %s AND e.object = %s AND {found})",
        (workspace_id, obj.name, asked),
    )


def _matching_seen(obj: Object, tokens: Sequence[QueryToken], by: Actor) -> Sql:
    """`matching` for whom words are hidden: by the title, and by the other words of the records looked at."""
    titled, asked = condition(tokens, by.workspace_id, title_only=True)
    rows = _candidates(tokens, [obj.name], by, most=LOOKED_AT)
    ids = [row[1] for row in _by_what_is_seen(rows, tokens, by)]
    marks = ", ".join(["%s"] * len(ids)) or "NULL"
    return Sql(
        "(r.id IN (SELECT e.record_id FROM records_search_entry e"
        f" WHERE e.workspace_id = %s AND e.object = %s AND {titled}) OR r.id IN ({marks}))",
        (by.workspace_id, obj.name, asked, *ids),
    )


def _words_are_hidden(obj: Object, by: Actor) -> bool:
    """Whether the index has words of fields that the actor does not see."""
    obj, seen = whole(obj), as_seen(whole(obj), by)
    return seen is not obj and any(
        (type(one).search_text, type(one).found_by) != (Field.search_text, Field.found_by)
        and (one.name not in seen.fields_by_name or isinstance(seen[one.name], Masked))
        for one in obj.fields
    )


def _by_what_is_seen(
    rows: list[tuple[Any, ...]], tokens: Sequence[QueryToken], by: Actor
) -> list[tuple[Any, ...]]:
    """Those candidates that have the words where the actor may see them: the index knows all words."""
    found = _unveiled(rows, tokens, by)
    for name in {row[0] for row in rows}:
        if not _words_are_hidden(registry.get(name), by):
            continue
        ids = [row[1] for row in rows if row[0] == name]
        obj = registry.get(name)
        seen, beside = as_seen(obj, by), texts_beside(obj, ids)
        good = {
            record.pk
            for record in obj.rows().filter(pk__in=ids)
            if _has_all(words_of(seen, record, beside.get(record.pk, "")), tokens)
        }
        found = [row for row in found if row[0] != name or row[1] in good]
    return found


def _unveiled(rows: list[tuple[Any, ...]], tokens: Sequence[QueryToken], by: Actor) -> list[tuple[Any, ...]]:
    """Without those that were found by contact data which a pool veils."""
    gone: set[tuple[str, int]] = set()
    for name in {row[0] for row in rows}:
        obj = registry.get(name)
        if veiled := standing_of(obj, by).veiled:
            ids, seen = [row[1] for row in rows if row[0] == name], as_seen(obj, by)
            there = obj.rows().filter(pk__in=ids, pool_id__in=veiled)
            gone |= {(name, one.pk) for one in there if not _has_all(words_of(seen, one), tokens)}
    return [row for row in rows if (row[0], row[1]) not in gone]


def _has_all(words: Collection[str], tokens: Sequence[QueryToken]) -> bool:
    return all(token.stands_in(words) for token in tokens)


def _hint(row: tuple[Any, ...], by: Actor) -> str:
    """What stands beside the title; nothing where a part of it is hidden."""
    obj = registry.get(row[0])
    seen = as_seen(obj, by)
    plain = all(name in seen.fields_by_name and not isinstance(seen[name], Masked) for name in obj.subtitle)
    return str(row[3]) if plain else ""


def _candidates(
    tokens: Sequence[QueryToken],
    names: Sequence[str],
    by: Actor,
    *,
    title_only: bool = False,
    most: int = CANDIDATES,
) -> list[tuple[Any, ...]]:
    """At most `most` entries that have the words, of records that the actor may see.

    A record that is seen with another one (a line with its order) needs a rule that looks at both, and a
    statement with the rules of all such objects takes longer to plan than to run. So they are asked for
    without, and the rule looks at the few that came; where so many came that the rest was cut off, the
    statement has the rules.
    """
    ruled = [name for name in names if _has_a_rule(registry.get(name))]
    plain = [name for name in names if name not in ruled]
    rows = _found(tokens, _scope(plain, by, open_=ruled), by, title_only, most)
    came = {row[0] for row in rows}.intersection(ruled)
    if came and len(rows) >= most:
        rules = [_ruled(registry.get(name), by) for name in ruled]
        return _found(tokens, _scope(plain, by, rules=rules), by, title_only, most)
    for name in came:
        there = reached_ids(registry.get(name), [row[1] for row in rows if row[0] == name], by)
        rows = [row for row in rows if row[0] != name or row[1] in there]
    return rows


def _found(
    tokens: Sequence[QueryToken], scope: Sql, by: Actor, title_only: bool, most: int
) -> list[tuple[Any, ...]]:
    found, asked = condition(tokens, by.workspace_id, title_only=title_only)
    return fetch(
        "SELECT e.object, e.record_id, e.title, e.hint, e.owner_id, e.changed_at FROM records_search_entry e"
        f" WHERE e.workspace_id = %s AND {found} AND ({scope.text}) LIMIT {most}",
        (by.workspace_id, asked, *scope.params),
    )


def _has_a_rule(obj: Object) -> bool:
    """Whether more decides who sees a record than the owner and the team that its entry has."""
    return bool(obj.part_of or obj.private_until)


def _ruled(obj: Object, by: Actor) -> Sql:
    rule = row_rule(obj, by)
    there = f'SELECT 1 FROM "{obj.table}" r WHERE r.id = e.record_id AND {rule.text}'
    return Sql(f"(e.object = %s AND EXISTS ({there}))", (obj.name, *rule.params))


def _scope(names: Sequence[str], by: Actor, *, open_: Sequence[str] = (), rules: Sequence[Sql] = ()) -> Sql:
    """The row scopes of several objects at once, on the copies of owner and team in the entry.

    Those of `open_` have none; `rules` are those of others. Objects of one scope stand together, as most
    have that of the role.
    """
    scopes: dict[Sql, list[str]] = {_EVERY: list(open_)} if open_ else {}
    for name in names:
        scopes.setdefault(_scope_of(registry.get(name), by), []).append(name)
    texts, params = [one.text for one in rules], [value for one in rules for value in one.params]
    for scope, alike in scopes.items():
        texts.append(f"(e.object IN ({', '.join(['%s'] * len(alike))}) AND {scope.text})")
        params += [*alike, *scope.params]
    return Sql(" OR ".join(texts), tuple(params))


_EVERY = Sql("1 = 1")


def _scope_of(obj: Object, by: Actor) -> Sql:
    rows = by.rows(obj.name)
    if rows.every or not obj.owned:
        return _EVERY
    teams = rows.teams
    team = f" OR e.team_id IN ({', '.join(['%s'] * len(teams))})" if teams else ""
    shared = shared_rows(obj.name, by, column="e.record_id")
    given = f" OR {shared.text}" if shared else ""
    if reached := standing_of(obj, by).reached:
        marks = ", ".join(["%s"] * len(reached))
        given += (
            f' OR EXISTS (SELECT 1 FROM "{obj.table}" p WHERE p.id = e.record_id'
            f" AND p.workspace_id = e.workspace_id AND p.pool_id IN ({marks}))"
        )
    params = (by.member_id or -1, *teams, *(shared.params if shared else ()), *reached)
    return Sql(f"(e.owner_id = %s{team}{given})", params)


def _nearest(row: tuple[Any, ...], asked: str, by: Actor, *, titled: bool) -> tuple[Any, ...]:
    """By how much of what was typed stands in the title, in this order; then as always."""
    words = fold(row[2]).split()
    likeness = [
        max((SequenceMatcher(None, one, word[: len(one) + 1]).ratio() for word in words), default=0.0)
        for one in asked.split()
    ]
    return (-round(sum(likeness), 1), *_rank(row, asked, by, titled=titled))


def _rank(row: tuple[Any, ...], asked: str, by: Actor, *, titled: bool) -> tuple[Any, ...]:
    """By where it stands, then whose it is, then how long ago it changed.

    titled  whether its title has all the words, be it by their sound or in another order
    """
    title = fold(row[2])
    changed = row[5] if row[5].tzinfo else row[5].replace(tzinfo=UTC)
    age = (datetime.now(UTC) - changed).total_seconds()
    hints = [fold(part) for part in _hint(row, by).split(" · ")]
    heard = "".join(asked.split())
    spelled, initials = opening_sounds(title) if titled and asked.isascii() else ([], [])
    grades = (
        asked == title or asked in hints,
        heard in spelled,
        title.startswith(asked),
        any(sound.startswith(heard) for sound in (*spelled, *initials)),
        asked in title,
        titled,
        any(asked in part for part in hints),
    )
    return (*(not grade for grade in grades), row[4] != by.member_id, age)
