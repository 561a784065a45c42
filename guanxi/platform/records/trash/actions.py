"""Verbs of the trash: delete, restore, empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused, find_record, require, row_rule
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.trash.belongings import forget_record
from guanxi.platform.records.trash.models import Trashed
from guanxi.platform.records.writing import object_of

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class InTrash:
    """A record in the trash as it is listed; `empties_at` is when it goes for good."""

    obj: Object
    record_id: int
    title: str
    who: str
    at: datetime
    empties_at: datetime


def delete_record(record: Any, *, by: Actor) -> None:
    """Put a record into the trash with all that hangs on it.

    Raises NotFound, Refused, and InvalidValues where the record says that it is needed.
    """
    obj = object_of(record)
    require(by, "delete", obj)
    with transaction.atomic():
        find_record(obj, record.pk, by=by, access="delete", lock=True)
        written = change_many(obj, [Wish(record.pk, act="delete")], by=by)
        if written.refusals:
            raise InvalidValues({"": [FieldError("in_use", why) for _pk, why in written.refusals]})


@transaction.atomic
def restore_deleted(obj: Object, record_id: int, *, by: Actor) -> Any:
    """Back from the trash, as it was. Raises NotFound, Refused where a unique value is taken meanwhile."""
    require(by, "delete", obj)
    if not in_trash(obj, record_id):
        raise NotFound(f"{obj.name} {record_id}")
    written = change_many(obj, [Wish(record_id, act="undelete")], by=by)
    if not written.changed:
        why = " ".join(words for _record, words in written.refusals)
        if obj.rows().filter(pk=record_id).exists() and _reached(obj, record_id, by):
            raise Refused(why)
        raise NotFound(f"{obj.name} {record_id}")
    return find_record(obj, record_id, by=by)


def trash_of(*, by: Actor) -> list[InTrash]:
    """What is in the trash and the actor could see before, the newest first."""
    found: list[InTrash] = []
    for name in Trashed.objects.order_by().values_list("object", flat=True).distinct():
        if not registry.has(name):
            continue
        obj = registry.get(name)
        rule = row_rule(obj, by)
        rows = fetch(
            "SELECT t.id FROM records_trashed t"
            f' JOIN "{obj.table}" r ON r.id = t.record_id AND r.workspace_id = t.workspace_id'
            f" WHERE t.workspace_id = %s AND t.object = %s AND {rule.text}"
            f" ORDER BY t.at DESC LIMIT {MOST_SHOWN}",
            (by.workspace_id, name, *rule.params),
        )
        for one in Trashed.objects.filter(pk__in=[row[0] for row in rows]):
            found.append(InTrash(obj, one.record_id, one.title, one.by_name, one.at, one.at + KEPT_FOR))
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_SHOWN]


def in_trash(obj: Object, record_id: int) -> bool:
    """Whether it is there at all; who may know is for the verbs to say."""
    return bool(Trashed.objects.filter(object=obj.name, record_id=record_id).exists())


@transaction.atomic
def empty_one(obj: Object, record_id: int, *, by: Actor) -> None:
    """Delete a record in the trash for good. Administrators only; raises Refused and NotFound."""
    if not by.administers:
        raise Refused("trash.empty")
    row = Trashed.objects.filter(object=obj.name, record_id=record_id).first()
    if row is None:
        raise NotFound(f"{obj.name} {record_id}")
    _empty(row, by)


def empty_trash(*, by: Actor, before: datetime | None = None) -> int:
    """Delete for good what is in the trash (since before a moment), one after the other; how many went."""
    if not by.administers:
        raise Refused("trash.empty")
    done, last = 0, 0
    while True:
        with transaction.atomic():
            rows = Trashed.objects.filter(pk__gt=last).order_by("pk")
            if before is not None:
                rows = rows.filter(at__lt=before)
            row = rows.first()
            if row is None:
                return done
            last = row.pk
            done += _empty(row, by)


def overdue(now: datetime) -> datetime:
    """What was deleted before this is to go."""
    return now.astimezone(UTC) - KEPT_FOR


def _empty(row: Trashed, by: Actor) -> bool:
    """One record for good; False where something that can't be without it holds it (a stage with deals)."""
    if registry.has(row.object):
        obj = registry.get(row.object)
        if not forget_record(obj, row.record_id, by=by):
            return False
        state_fact(row.object, "emptied", row.record_id, by=by, title=row.title)
    row.delete()
    return True


def _reached(obj: Object, record_id: int, by: Actor) -> bool:
    rule = row_rule(obj, by)
    sql = f'SELECT 1 FROM "{obj.table}" r WHERE {rule.text} AND r.id = %s'
    return bool(fetch(sql, (*rule.params, record_id)))
