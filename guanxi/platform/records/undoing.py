"""Undo: the inverse of one fact, by the same verbs. The fact's id is the token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import EDIT, right_of, visible_changes
from guanxi.platform.records.access import NotFound, Refused, find_record
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.trash.actions import restore_deleted
from guanxi.platform.records.writing import StaleRecord, archive_record, change_record, restore_record, told


@transaction.atomic
def undo_fact(fact_id: int, *, by: Actor, field: str = "") -> Any:
    """Take back what a fact says; returns the record. What was changed after it by others is not overwritten.

    field   only this one of its changes

    Of what the actor may not write nothing is taken back, and no answer tells whether the fact touched it.
    Raises NotFound, Refused (too old, or nothing to take back) and StaleRecord (changed since).
    """
    fact = Fact.objects.filter(pk=fact_id).first()
    if fact is None or not registry.has(fact.object):
        raise NotFound(f"fact {fact_id}")
    obj = registry.get(fact.object)
    if fact.verb == "deleted" and fact.at >= datetime.now(UTC) - KEPT_FOR:
        return restore_deleted(obj, fact.record_id, by=by)
    if fact.data.get("batch") and (fact.verb == "merged" or "into" in fact.data):
        undo_batch(int(fact.data["batch"]), by=by)
        return find_record(obj, fact.record_id, by=by)
    access = "delete" if fact.verb in ("created", "archived", "restored") else "edit"
    record = find_record(obj, fact.record_id, by=by, access=access, lock=True)
    if fact.at < datetime.now(UTC) - KEPT_FOR:
        raise Refused(_("More than 30 days have passed: this can't be undone any more."))
    if fact.verb == "archived" and not field:
        undone = restore_record(record, by=by)
    elif fact.verb in ("created", "restored") and not field:
        undone = archive_record(record, by=by)
    else:
        undone = _change_back(obj, record, fact, by, field)
    if undone.last_fact_id is None:
        raise Refused(_("There is nothing to undo."))
    return undone


def _change_back(obj: Any, record: Any, fact: Fact, by: Actor, field: str = "") -> Any:
    now = told(obj, record)
    wanted = {
        name: pair
        for name, pair in visible_changes(obj, fact.changes, by, record_id=record.pk).items()
        if name in now and not obj[name].readonly and right_of(obj, name, by) == EDIT
    }
    if field:
        wanted = {name: pair for name, pair in wanted.items() if name == field}
    if not wanted:
        raise Refused(_("There is nothing to undo."))
    # What is again as it was, taken back alone or typed, does not stand in the way of the rest.
    wanted = {name: pair for name, pair in wanted.items() if now[name] != pair[0]} or wanted
    conflicts = {name: (now[name], pair[0]) for name, pair in wanted.items() if now[name] != pair[1]}
    if conflicts:
        raise StaleRecord(record, conflicts, None)
    values = {name: obj[name].from_json(pair[0]) for name, pair in wanted.items()}
    return change_record(record, values, by=by, data={"undoes": str(fact.pk)}, kept=True)
