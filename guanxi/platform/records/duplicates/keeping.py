"""The match keys of records in their table: written with each record, and for older ones by a job."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django_tasks import task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import on_field_changed
from guanxi.platform.records.duplicates.keys import Key, keys_of, shape_of
from guanxi.platform.records.duplicates.models import KeysFilled, MatchKey
from guanxi.platform.records.inserting import insert_rows
from guanxi.platform.records.sql import run
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.keys import new_keys
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 1_000
SCHEME = "1"  # another one, when keys are made in another way: the backfill makes all anew
_COLUMNS = (
    ("id", "bigint"), ("workspace_id", "bigint"), ("object", "text"), ("kind", "text"), ("key", "text"),
    ("record_id", "bigint"),
)  # fmt: skip


def keys_of_record(obj: Object, record: Any) -> list[Key]:
    """The match keys of a record as it is."""
    return keys_of(obj, lambda name: obj[name].get(record))


def keep_keys(obj: Object, records: Sequence[Any]) -> None:
    """Write the keys of new records, in the caller's transaction."""
    found = [
        (record.workspace_id, obj.name, one.kind, one.key, record.pk)
        for record in records
        for one in keys_of_record(obj, record)
    ]
    rows = [(pk, *row) for pk, row in zip(new_keys(len(found)), found, strict=True)]
    insert_rows(MatchKey._meta.db_table, _COLUMNS, rows)


def renew_keys(obj: Object, record: Any) -> None:
    """Write the keys of a changed record anew, in the caller's transaction."""
    forget_keys(obj, [record.pk])
    keep_keys(obj, [record])


def forget_keys(obj: Object, ids: Sequence[int]) -> None:
    """These records are found by nothing any more."""
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        run(
            "DELETE FROM records_match_key WHERE workspace_id = %s AND object = %s"
            f" AND record_id IN ({', '.join(['%s'] * len(some))})",
            (require_workspace_id(), obj.name, *some),
        )


def matters(obj: Object, changed: Collection[str]) -> bool:
    """Whether a change of these fields changes the keys."""
    return any(name in changed for name in shape_of(obj).fields)


# What was there before


@schedule("fill in match keys of older records", cron="11 * * * *")
@task()
@policy(unique=True)
def fill_where_missing() -> None:
    """Give the backfill to a worker in each workspace that has something left to fill."""
    for workspace in Workspace.objects.filter(closed_at=None):
        with in_workspace(workspace.pk), transaction.atomic():
            for obj in registry.objects():
                if obj.group and not _is_filled(obj):
                    fill_keys.enqueue(object=obj.name)


@on_field_changed
def fill_anew(row: OwnField) -> None:
    """A field by which records are told apart came, went or became unique."""
    if row.unique or row.type in ("phones", "emails", "addresses", "address"):
        KeysFilled.objects.filter(object=row.object).delete()
        fill_keys.enqueue(object=row.object)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def fill_keys(object: str) -> None:
    """Write the keys of all records of an object, some at a time; goes on where a killed worker stopped."""
    with reading():
        if not registry.has(object):
            return
        obj = registry.get(object)
        scheme = _scheme(obj)
    more = True
    while more:
        with transaction.atomic():
            more = fill_some(obj, scheme)


def fill_some(obj: Object, scheme: str) -> bool:
    """The keys of the next records; whether there may be more."""
    state, _made = KeysFilled.objects.get_or_create(object=obj.name, defaults={"scheme": scheme})
    if state.scheme != scheme:
        state.scheme, state.after, state.done = scheme, 0, False
    rows = obj.rows().filter(pk__gt=state.after).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))  # one that is changed meanwhile keeps its newer keys
    records = list(rows[:AT_ONCE])
    forget_keys(obj, [record.pk for record in records])
    keep_keys(obj, records)
    state.after = records[-1].pk if records else state.after
    state.done = len(records) < AT_ONCE
    state.save()
    return not state.done


def _is_filled(obj: Object) -> bool:
    filled: bool = KeysFilled.objects.filter(object=obj.name, scheme=_scheme(obj), done=True).exists()
    return filled


def _scheme(obj: Object) -> str:
    """How keys are made: our way, and the fields that they are made of."""
    return f"{SCHEME} {' '.join(shape_of(obj).fields)}"[:80]
