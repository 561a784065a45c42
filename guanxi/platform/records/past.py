"""A record as it was: what it is now, with everything taken back that happened since."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import Veiled, veil
from guanxi.platform.metadata.rights import Masked


@dataclass(frozen=True, slots=True)
class Past:
    """A record at a moment. `record` is an instance that must not be saved.

    existed    whether it had been made by then
    archived   whether it was in the archive or the trash
    later      how many facts were stated since
    """

    record: Any
    existed: bool
    archived: bool
    later: int


def as_of(obj: Object, record: Any, moment: datetime) -> Past:
    """The record as its facts say it was then. What is hidden from the reader is left as
    `record` has it, and what a pool veils now is veiled as it was then."""
    then = copy.copy(record)
    then.custom = dict(record.custom)
    existed, archived, later = True, record.archived_at is not None, 0
    for fact in facts_of(obj.name, record.pk).filter(at__gt=moment).order_by("-id"):
        later += 1
        if fact.verb == "created":
            existed = False
        elif fact.verb in ("archived", "deleted"):
            archived = False
        elif fact.verb == "restored":
            archived = True
        for name, pair in fact.changes.items():
            field = obj.fields_by_name.get(name)
            if isinstance(field, Masked):
                before = field.masked(field.inner.from_json(pair[0]))
                then.blanked = {**(then.blanked or {}), name: before}
            elif field is not None:
                value = field.from_json(pair[0])
                veiled = isinstance(field, Veiled) and record.pool_id in field.pools
                field.put(then, veil(field, value) if veiled else value)
    return Past(then, existed, archived, later)
