"""Values of a workspace's own fields in records_value: unique ones, and those by which records are found."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from typing import Any
from zlib import crc32

from django.db import connection, transaction
from django_tasks import task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.fields.own import KEY_FORM, key_of_kept
from guanxi.platform.metadata.kinds import KINDS
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import finds_alike, on_field_changed
from guanxi.platform.records.models import Value
from guanxi.platform.records.numbers import give_numbers
from guanxi.platform.records.places import keep_places
from guanxi.platform.records.sql import fetch, run, stream
from guanxi.platform.records.walking import walk
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.models import Workspace

SLOTS = 1 << 24  # bytes: of a million values one in sixteen shares its slot with another
MOST_KEYS = 200_000


def own_value_taken(obj: Object, field: Field, value: Any, *, besides: int = 0) -> bool:
    """Whether another record that is not archived has this value in a unique field of the workspace's own.

    Two who write the same value at once wait for each other here: the second one finds the first one's.
    """
    keys = field.index_values(value)
    for key in sorted(keys):
        hold_value(obj, field, key)
    return bool(own_values_taken(obj, field, keys, besides=besides))


def own_values_taken(obj: Object, field: Field, keys: Collection[str], *, besides: int = 0) -> dict[str, int]:
    """Of these keys those that a record in use has in a field of the workspace's own, and the record."""
    if not keys:
        return {}
    marks = ", ".join(["%s"] * len(keys))
    kind = "" if not obj.kind else " AND r.kind = %s"
    rows = fetch(
        f'SELECT v.value, v.record_id FROM records_value v JOIN "{obj.table}" r ON r.id = v.record_id'
        " AND r.workspace_id = v.workspace_id"
        f" WHERE v.workspace_id = %s AND v.object = %s AND v.field = %s AND v.value IN ({marks})"
        f" AND r.archived_at IS NULL AND r.id <> %s{kind}",
        (require_workspace_id(), obj.name, field.name, *keys, besides, *([obj.kind] if obj.kind else [])),
    )
    return {str(value): int(record_id) for value, record_id in rows}


def hold_value(obj: Object, field: Field, key: str) -> None:
    """Until the end of the transaction nobody else asks whether this value is taken: two who write the same
    one at once wait for each other, and the second finds the first one's. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        name = f"{require_workspace_id()} {obj.name} {field.name} {key}"
        number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        fetch("SELECT pg_advisory_xact_lock(%s)::text", (number,))


@finds_alike
def values_alike(row: OwnField) -> list[tuple[str, int]]:
    """Values that several records in use have, as records_value would have them, the most frequent first."""
    if not registry.has(row.object) or row.name not in registry.get(row.object).fields_by_name:
        return []
    obj = registry.get(row.object)
    field = obj[row.name]
    params: list[Any] = [require_workspace_id()]
    kind = ""
    if obj.kind:
        kind, params = " AND r.kind = %s", [*params, obj.kind]
    if field.multiple:
        source = (
            f'records_value v JOIN "{obj.table}" r ON r.id = v.record_id AND r.workspace_id = v.workspace_id'
        )
        value, more = "v.value", " AND v.object = %s AND v.field = %s"
        params += [obj.name, field.name]
    else:
        source, more = f'"{obj.table}" r', ""
        value = field.expression("r")
    found = (
        f"SELECT {value}, count(*) FROM {source} WHERE r.workspace_id = %s{kind}{more}"
        f" AND {value} IS NOT NULL AND r.archived_at IS NULL GROUP BY {value}"
    )
    if field.multiple or field.kept_as == "number":
        rows = fetch(f"{found} HAVING count(*) > 1 ORDER BY count(*) DESC LIMIT 5", params)
        return [(str(value), int(count)) for value, count in rows]
    return _most_alike(lambda: ((key_of_kept(value), int(count)) for value, count in stream(found, params)))


def _most_alike(counted: Callable[[], Iterable[tuple[str, int]]]) -> list[tuple[str, int]]:
    """The five most frequent keys that there are several of, in memory that does not grow with the values.

    counted   gives the keys with their counts, once each time it is called: no database folds widths as
              Python does, so one key may come several times
    The first turn marks slots of a table that more than one falls into; the second counts only keys in those,
    and lets the rarest go where even these are very many.
    """
    slots = bytearray(SLOTS)
    for key, count in counted():
        slot = crc32(key.encode()) % SLOTS
        slots[slot] = min(2, slots[slot] + count)
    keys: Counter[str] = Counter()
    for key, count in counted():
        if slots[crc32(key.encode()) % SLOTS] > 1:
            keys[key] += count
            if len(keys) > MOST_KEYS:
                keys = Counter(dict(keys.most_common(MOST_KEYS // 2)))
    return [(key, count) for key, count in keys.most_common(5) if count > 1]


@on_field_changed
def look_up_anew(row: OwnField) -> None:
    """A field came back or became unique: what records_value knows of it is made again, by a job."""
    if KINDS[row.type].computed:
        return
    index_field.enqueue(object=row.object, field=row.name)


@on_field_changed
def number_anew(row: OwnField) -> None:
    """Records that were there before get their numbers in the order in which they were made."""
    if row.type == "auto_number":
        number_records.enqueue(object=row.object, field=row.name)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=3), unique=True)
def number_records(object: str, field: str) -> None:
    """Give numbers to records that have none, some at a time."""

    def number(obj: Object, records: list[Any]) -> None:
        without = [one for one in records if not obj[field].get(one)]
        give_numbers(obj, without, only=field)
        for one in without:
            obj.rows().filter(pk=one.pk).update(custom=one.custom)
        keep_places(obj, without, changed=(field,))

    walk(object, number, field=field)


@schedule("write look-up values anew after a release", cron="*/5 * * * *")
@task()
@policy(unique=True)
def index_fields_where_old() -> None:
    """Where an older release wrote the look-up values: a job for each field whose keys look otherwise."""
    for workspace in Workspace.objects.filter(closed_at=None, key_form__lt=KEY_FORM):
        with in_workspace(workspace.pk), transaction.atomic():
            for obj in registry.objects():
                for one in obj.fields:
                    if one.own and one.looked_up and not one.multiple and not isinstance(one, Link):
                        index_field.enqueue(object=obj.name, field=one.name)
            Workspace.objects.filter(pk=workspace.pk).update(key_form=KEY_FORM)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=3), unique=True)
def index_field(object: str, field: str) -> None:
    """Write the look-up values of one field of all records anew, some at a time."""
    walk(object, lambda obj, records: _look_up(obj, obj[field], records), field=field)


def _look_up(obj: Object, field: Field, records: list[Any]) -> None:
    """Its rows in records_value for these records, which are locked: what is changed meanwhile waits."""
    workspace_id = require_workspace_id()
    run(
        "DELETE FROM records_value WHERE workspace_id = %s AND object = %s AND field = %s"
        " AND record_id >= %s AND record_id <= %s",
        (workspace_id, obj.name, field.name, records[0].pk, records[-1].pk),
    )
    if field.looked_up:
        Value.objects.bulk_create(
            [
                Value(
                    workspace_id=workspace_id, object=obj.name, field=field.name, value=key, record_id=one.pk
                )
                for one in records
                for key in dict.fromkeys(field.index_values(field.get(one)))
            ]
        )
