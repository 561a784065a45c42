"""The words of records, as each database searches best.

PostgreSQL   a tsvector in a table of its own, title words with weight A, under a GIN index
SQLite       an FTS5 table over two columns of the entry (external content: deleting needs the old words)

Every word begins with four letters of its workspace, so that a word that is common in one firm
does not cost another firm anything. They are a hash: the entry's workspace decides, not they.

PostgreSQL's words stand apart from the entry because under row-level security an operator that is not
leakproof, as `@@` is not, can't use an index: on the entry's table each search would read every
entry (docs/decisions/0009-row-security.md). The entry, which has the titles, keeps its lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection

from guanxi.platform.i18n.folding import QueryToken, search_tokens
from guanxi.platform.metadata.fields import About, LongText, Tags
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.models import SearchEntry
from guanxi.platform.records.sql import fetch, run, run_many
from guanxi.platform.tenancy.context import require_workspace_id

# Raise it with what changes by which words a record is found: `jobs.index_anew` then writes them all anew.
FORM = 2  # since addresses of mail are asked for whole


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one record, with the workspace's letters."""

    title: list[str]
    body: list[str]


def index_records(obj: Object, records: Sequence[Any]) -> None:
    """Write what search knows of these records anew; archived ones are forgotten."""
    if not records:
        return
    workspace_id = records[0].workspace_id
    forget_words(obj.name, [record.pk for record in records])
    kept = [record for record in records if record.archived_at is None]
    entries = [_entry(obj, record) for record in kept]
    SearchEntry.objects.bulk_create(entries, batch_size=500)
    beside = texts_beside(obj, [record.pk for record in kept])
    words = [_words(obj, record, prefix_of(workspace_id), beside.get(record.pk, "")) for record in kept]
    rows = list(zip((entry.pk for entry in entries), words, strict=True))
    if connection.vendor == "postgresql":
        run_many(
            "INSERT INTO records_search_words (words, entry_id) VALUES (%s::tsvector, %s)",
            [(_vector(one), pk) for pk, one in rows],
        )
        return
    spoken = [(" ".join(one.title), " ".join(one.body), pk) for pk, one in rows]
    run_many("UPDATE records_search_entry SET title_words = %s, body_words = %s WHERE id = %s", spoken)
    run_many("INSERT INTO records_search_words (title_words, body_words, rowid) VALUES (%s, %s, %s)", spoken)


TextsBeside = Callable[[Object, Sequence[int]], Mapping[int, str]]
_beside: list[TextsBeside] = []


def finds_by(texts: TextsBeside) -> TextsBeside:
    """Have records found by what another room keeps of them, too: (object, ids) → id → text.

    Whoever sees the record sees it. A fact of the record has to say when it changes.
    """
    _beside.append(texts)
    return texts


def texts_beside(obj: Object, ids: Sequence[int]) -> dict[int, str]:
    """What other rooms keep of these records."""
    found: dict[int, str] = {}
    for texts in _beside:
        for key, text in texts(obj, ids).items():
            found[key] = f"{found[key]}\n{text}" if key in found else text
    return found


def forget_all() -> None:
    """Empty what search knows of the chosen workspace."""
    for name in SearchEntry.objects.values_list("object", flat=True).distinct():
        forget_words(name, list(SearchEntry.objects.filter(object=name).values_list("record_id", flat=True)))


def condition(
    tokens: Sequence[QueryToken], workspace_id: int, *, title_only: bool = False
) -> tuple[str, str]:
    """SQL on the entry `e` with one parameter, and that parameter: all the words are there."""
    prefix = prefix_of(workspace_id)
    if connection.vendor == "postgresql":
        weight = "A" if title_only else ""
        asked = " & ".join(
            _any_of(
                " | ",
                (
                    f"'{prefix}{text}'"
                    + (f":{'*' if token.prefix else ''}{weight}" if token.prefix or weight else "")
                    for text in (token.text, *token.others)
                ),
            )
            for token in tokens
        )
        return "e.id IN (SELECT entry_id FROM records_search_words WHERE words @@ %s::tsquery)", asked
    asked = " AND ".join(
        _any_of(
            " OR ",
            (f'"{prefix}{text}"{"*" if token.prefix else ""}' for text in (token.text, *token.others)),
        )
        for token in tokens
    )
    if title_only:
        asked = f"title_words : ({asked})"
    return "e.id IN (SELECT rowid FROM records_search_words WHERE records_search_words MATCH %s)", asked


def narrowed(tokens: Sequence[QueryToken], workspace_id: int) -> Sequence[QueryToken]:
    """These words with those of their `others` only that some record has.

    A slip may mean some hundred words of which a handful exist. PostgreSQL takes so many alternatives of
    one query for half of all records and reads the whole table, so each is looked up by itself before.
    SQLite looks up only what it is asked.
    """
    if connection.vendor != "postgresql":
        return tokens
    prefix = prefix_of(workspace_id)
    asked = {
        one: f"'{prefix}{one}'{':*' if token.prefix else ''}" for token in tokens for one in token.others
    }
    if not asked:
        return tokens
    # That a hundred are wanted of each, where one would do, keeps the planner with the index: it
    # believes that every word is frequent, and that one record of a frequent word is met at once by reading.
    there = fetch(
        "SELECT asked.word FROM unnest(%s::text[]) AS asked (word) WHERE 0 < (SELECT count(*) FROM"
        " (SELECT 1 FROM records_search_words w WHERE w.words @@ asked.word::tsquery LIMIT 100) AS met)",
        (list(asked.values()),),
    )
    known = {row[0] for row in there}
    return [
        token._replace(others=tuple(one for one in token.others if asked[one] in known)) for token in tokens
    ]


def _any_of(sign: str, words: Iterable[str]) -> str:
    found = list(words)
    return f"({sign.join(found)})" if len(found) > 1 else found[0]


@lru_cache(maxsize=4096)
def prefix_of(workspace_id: int) -> str:
    """Four letters for a workspace."""
    number = int.from_bytes(hashlib.blake2b(str(workspace_id).encode(), digest_size=4).digest(), "big")
    letters = ""
    for _ in range(4):
        number, rest = divmod(number, 26)
        letters += chr(ord("a") + rest)
    return letters


def _entry(obj: Object, record: Any) -> SearchEntry:
    return SearchEntry(
        workspace_id=record.workspace_id,
        object=obj.name,
        record_id=record.pk,
        title=str(record)[:300],
        hint=_hint(obj, record)[:300],
        owner_id=record.owner_id,
        team_id=record.team_id,
        changed_at=record.updated_at,
    )


def _hint(obj: Object, record: Any) -> str:
    """The subtitle's own words; links are named when shown, because their names change."""
    parts = [obj[name].search_text(obj[name].get(record)) for name in obj.subtitle]
    return " · ".join(part for part in parts if part)


def words_of(obj: Object, record: Any, beside: str = "") -> set[str]:
    """All words by which a record is found, of the fields that `obj` has and of what is kept beside it."""
    words = _words(obj, record, "", beside)
    return {*words.title, *words.body}


def _words(obj: Object, record: Any, prefix: str, beside: str) -> Words:
    title = search_tokens(str(record))
    body: dict[str, None] = {}
    for one in obj.fields:
        if one.name == obj.title or isinstance(one, About | Tags):
            continue
        if text := one.found_by(one.get(record)):
            body.update(dict.fromkeys(search_tokens(text[:4_000], sounds=not isinstance(one, LongText))))
    if beside:
        body.update(dict.fromkeys(search_tokens(beside[:4_000])))
    known = set(title)
    return Words([prefix + word for word in title], [prefix + word for word in body if word not in known])


def _vector(words: Words) -> str:
    """The text form of a tsvector; the words hold letters and digits only, so nothing needs escaping."""
    return " ".join([*(f"'{word}':1A" for word in words.title), *(f"'{word}':1" for word in words.body)])


def forget_words(object_name: str, ids: Sequence[int]) -> None:
    """What search knows of these records, with their words, which are not the entry's."""
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        marks = ", ".join(["%s"] * len(some))
        entries = [
            row[0]
            for row in fetch(
                "SELECT id FROM records_search_entry WHERE workspace_id = %s AND object = %s"
                f" AND record_id IN ({marks})",
                (require_workspace_id(), object_name, *some),
            )
        ]
        if not entries:
            continue
        found = ", ".join(["%s"] * len(entries))
        if connection.vendor == "sqlite":
            old = fetch(
                f"SELECT id, title_words, body_words FROM records_search_entry WHERE id IN ({found})", entries
            )
            run_many(
                "INSERT INTO records_search_words (records_search_words, rowid, title_words, body_words)"
                " VALUES ('delete', %s, %s, %s)",
                [row for row in old if row[1] is not None],
            )
        else:
            run(f"DELETE FROM records_search_words WHERE entry_id IN ({found})", entries)
        run(f"DELETE FROM records_search_entry WHERE id IN ({found})", entries)
