"""Stating facts, in the transaction that makes them true; reading a record's history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.jobs.bells import WORK, ring_after_commit
from guanxi.platform.tenancy.context import NoWorkspace, require_workspace_id
from guanxi.platform.tenancy.keys import new_key, new_keys
from guanxi.platform.tenancy.models import WorkspaceQuerySet

MAX_DEPTH = 10
_TITLE = 300
_INSERT_AT_ONCE = 5_000


class TooDeep(RuntimeError):
    """Facts lead to facts in a loop; the message names the chain."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact that is about to be stated in bulk; the fields mean what they mean in `state_fact`."""

    object: str
    verb: str
    record_id: int
    title: str = ""
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    about: Iterable[tuple[str, int]] = ()
    version: int | None = None
    at: datetime | None = None  # when it happened, where that was not just now: history that is brought in


def state_fact(
    object: str,
    verb: str,
    record_id: int,
    *,
    by: Actor,
    title: str = "",
    changes: Mapping[str, Sequence[Any]] | None = None,
    data: Mapping[str, Any] | None = None,
    about: Iterable[tuple[str, int]] = (),
    version: int | None = None,
) -> Fact:
    """Append a fact; it becomes visible with the caller's commit, or never.

    object, verb  "deal", "won": the verb in the past tense
    title         what the record is called now
    changes       {field: [old, new]}; values of any type that has a JSON form (Decimal, date, UUID …)
    data          what else consumers need to know
    about         other records that it concerns: [("company", id), …]
    version       the record's version after the change

    Raises TransactionManagementError outside of a transaction, NoWorkspace where the actor belongs to
    another workspace than the chosen one, and TooDeep when causes have led in a loop.
    """
    _check(by)
    fact = Fact(
        id=new_key(),
        workspace_id=by.workspace_id,
        object=object,
        verb=verb,
        record_id=record_id,
        title=title[:_TITLE],
        actor_kind=by.kind,
        actor_id=by.hand_id or by.member_id,
        actor_name=by.name,
        at=timezone.now(),
        changes=_plain(changes or {}),
        data=_plain(data or {}),
        about=_plain(list(about)),
        version=version,
        cause_id=by.cause_id,
        depth=by.depth,
    )
    draft = Draft(object, verb, record_id, title, fact.changes, fact.data, fact.about, version)
    _insert([draft], by=by, at=fact.at, keys=[fact.pk])
    fact._state.adding, fact._state.db = False, connection.alias
    ring_after_commit(WORK)
    return fact


def state_facts(drafts: Iterable[Draft], *, by: Actor) -> int:
    """Append many facts of one actor; returns how many. Raises like `state_fact`.

    Consumes `drafts` piece by piece, so memory does not grow with their number. PostgreSQL refuses COPY into
    a table with row-level security; a JSON document that it takes apart itself costs us a tenth of arrays.
    """
    _check(by)
    now = timezone.now()
    count = 0
    piece: list[Draft] = []
    for draft in drafts:
        piece.append(draft)
        if len(piece) == _INSERT_AT_ONCE:
            count += _insert(piece, by=by, at=now)
            piece = []
    if piece:
        count += _insert(piece, by=by, at=now)
    if count:
        ring_after_commit(WORK)
    return count


def facts_of(object: str, record_id: int) -> WorkspaceQuerySet[Fact]:
    """All that happened to a record, oldest first."""
    history: WorkspaceQuerySet[Fact] = Fact.objects.filter(object=object, record_id=record_id).order_by("id")
    return history


def actor_after(fact: Fact, name: str) -> Actor:
    """The product at work because of a fact: what this actor states is one step deeper in the chain."""
    return system_actor(fact.workspace_id, name, cause_id=fact.id, depth=fact.depth + 1)


def _check(by: Actor) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "state a fact inside transaction.atomic(), together with the change that makes it true"
        )
    if by.workspace_id != require_workspace_id():
        raise NoWorkspace(f"{by.name} acts in workspace {by.workspace_id}, not in the chosen one")
    if by.depth > MAX_DEPTH:
        raise TooDeep(f"a chain of more than {MAX_DEPTH} facts: " + " → ".join(_chain(by)))


def _chain(by: Actor) -> list[str]:
    """The names of the facts that led here, first cause first."""
    steps = [by.name]
    cause_id = by.cause_id
    while cause_id is not None and len(steps) <= MAX_DEPTH + 1:
        cause = Fact.objects.filter(id=cause_id).first()
        if cause is None:
            break
        steps.append(f"{cause.name} {cause.record_id} by {cause.actor_name}")
        cause_id = cause.cause_id
    return steps[::-1]


def _plain(value: Any) -> Any:
    """The JSON form of a value, the same whether it is read from the fact at hand or from the database."""
    return msgspec.json.decode(msgspec.json.encode(value))


# What differs from fact to fact; the rest is the same for all that one actor states at once.
_OWN = {
    "id": "bigint",
    "object": "text",
    "verb": "text",
    "record_id": "bigint",
    "title": "text",
    "changes": "jsonb",
    "data": "jsonb",
    "about": "jsonb",
    "version": "int",
    "at": "timestamptz",
}
_SHARED = {
    "workspace_id": "bigint",
    "actor_kind": "text",
    "actor_id": "bigint",
    "actor_name": "text",
    "cause_id": "bigint",
    "depth": "smallint",
}


def _insert(drafts: Sequence[Draft], *, by: Actor, at: datetime, keys: Sequence[int] = ()) -> int:
    """Write one piece past the ORM, whose objects would cost more than the insert."""
    shared = (by.workspace_id, by.kind, by.hand_id or by.member_id, by.name, by.cause_id, by.depth)
    keys, moment = keys or new_keys(len(drafts)), connection.ops.adapt_datetimefield_value(at)
    names = ", ".join(connection.ops.quote_name(name) for name in (*_SHARED, *_OWN))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            values = ", ".join(f"%s::{kind}" for kind in _SHARED.values())
            types = ", ".join(f"{name} {kind}" for name, kind in _OWN.items())
            document = msgspec.json.encode(
                [_row(key, draft, moment) for key, draft in zip(keys, drafts, strict=True)]
            )
            cursor.execute(
                f"INSERT INTO events_fact ({names})"
                f" SELECT {values}, own.* FROM json_to_recordset(%s) AS own({types})",
                [*shared, document.decode()],
            )
        else:
            marks = ", ".join(["%s"] * (len(_SHARED) + len(_OWN)))
            rows = (_row(key, draft, moment) for key, draft in zip(keys, drafts, strict=True))
            cursor.executemany(
                f"INSERT INTO events_fact ({names}) VALUES ({marks})",
                [
                    (
                        *shared,
                        *(_json(row[name]) if kind == "jsonb" else row[name] for name, kind in _OWN.items()),
                    )
                    for row in rows
                ],
            )
    return len(drafts)


def _row(key: int, draft: Draft, now: Any) -> dict[str, Any]:
    return {
        "id": key,
        "object": draft.object,
        "verb": draft.verb,
        "record_id": draft.record_id,
        "title": draft.title[:_TITLE],
        "changes": draft.changes,
        "data": draft.data,
        "about": list(draft.about),
        "version": draft.version,
        "at": now if draft.at is None else connection.ops.adapt_datetimefield_value(draft.at),
    }


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
