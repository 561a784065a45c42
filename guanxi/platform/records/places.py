"""Places: for own fields by which lists are often filtered or sorted, what indexes are for columns.

A record's place in the order of a field is a row of plain columns (docs/decisions/0014-own-fields.md says why
it is no index on the JSON). Lists count what they are asked; every hour a job makes places for what is asked
often and drops those that nobody asks for, some records at a time, so that nobody waits. Every verb that
writes a record keeps them; the consumer `places` looks after what came by another way.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django_tasks import task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.models import NumberPlace, OwnField, Place, TextPlace, Use
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import renew_version
from guanxi.platform.records.inserting import insert_rows
from guanxi.platform.records.sql import fetch, run
from guanxi.platform.records.walking import walk
from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.keys import new_keys
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.statistics import refresh_statistics

NOTED_AT_ONCE = 10
OFTEN, SELDOM = 30, 10  # lists in two weeks
COUNTED = timedelta(days=14)
FEW_RECORDS = 2_000  # below it no list is slow
MOST_OF_AN_OBJECT = 8
_MODELS: dict[str, type[Place]] = {"metadata_number": NumberPlace, "metadata_text": TextPlace}
_noted: Counter[tuple[int, int]] = Counter()
log = logging.getLogger(__name__)


# Writing


def placed_fields(obj: Object) -> list[Field]:
    """Fields in whose order the object's records have places, ready or in the making."""
    return [one for one in obj.fields if one.place]


def keep_places(obj: Object, records: Sequence[Any], *, changed: Iterable[str] | None = None) -> None:
    """Write where records stand, in the caller's transaction; `changed` names fields if only some did."""
    fields = placed_fields(obj)
    if not fields or not records:
        return
    if changed is not None and not {"owner", "team"} & (names := set(changed)):
        fields = [one for one in fields if one.name in names]
    for table in {one.place_table for one in fields}:
        _keep(table, [one for one in fields if one.place_table == table], records)


def _keep(table: str, fields: Sequence[Field], records: Sequence[Any]) -> None:
    wanted = {
        (one.made_id, record.pk): (one.place_value(record), record.owner_id, record.team_id)
        for record in records
        for one in fields
    }
    workspace_id, ids = require_workspace_id(), [record.pk for record in records]
    these, marks = ", ".join(["%s"] * len(fields)), ", ".join(["%s"] * len(ids))
    known = fetch(
        f"SELECT id, field_id, record_id, value, owner_id, team_id FROM {table}"
        f" WHERE workspace_id = %s AND record_id IN ({marks}) AND field_id IN ({these})",
        (workspace_id, *ids, *(one.made_id for one in fields)),
    )
    wrong = []
    for key, field_id, record_id, *there in known:
        if wanted.get((field_id, record_id)) == tuple(there):
            del wanted[field_id, record_id]
        else:
            wrong.append(key)
    if wrong:
        gone = ", ".join(["%s"] * len(wrong))
        run(f"DELETE FROM {table} WHERE workspace_id = %s AND id IN ({gone})", (workspace_id, *wrong))
    rows = [
        (key, workspace_id, field_id, record_id, owner, team, value)
        for key, ((field_id, record_id), (value, owner, team)) in zip(
            new_keys(len(wanted)), wanted.items(), strict=True
        )
    ]
    kind = "bigint" if table == "metadata_number" else "text"
    insert_rows(table, (*_COLUMNS, ("value", kind)), rows)


_COLUMNS = (
    ("id", "bigint"), ("workspace_id", "bigint"), ("field_id", "bigint"), ("record_id", "bigint"),
    ("owner_id", "bigint"), ("team_id", "bigint"),
)  # fmt: skip


# Counting


def note_uses(fields: Iterable[Field]) -> None:
    """A list was filtered or sorted by these. Kept in the process, and written down in tens."""
    for one in fields:
        if not (one.own and one.made_id and one.place_table):
            continue
        key = (require_workspace_id(), one.made_id)
        _noted[key] += 1
        if _noted[key] >= NOTED_AT_ONCE:
            transaction.on_commit(partial(_write_down, *key, _noted.pop(key)), robust=True)


def _write_down(workspace_id: int, field_id: int, count: int) -> None:
    with in_workspace(workspace_id), transaction.atomic():
        key = {"field_id": field_id, "day": timezone.now().date()}
        Use.objects.bulk_create([Use(**key)], ignore_conflicts=True)
        Use.objects.filter(**key).update(count=F("count") + count)


# Making and dropping


def weigh_places() -> None:
    """Decide in the chosen workspace for which fields places are made and dropped, and have it done."""
    since = timezone.now().date() - COUNTED
    Use.objects.filter(day__lt=since).delete()
    uses = dict(Use.objects.values_list("field_id").annotate(total=Sum("count")))
    known = {row.pk: row for row in OwnField.objects.all()}
    for name in sorted({row.object for row in known.values()}):
        mine = [row for row in known.values() if row.object == name]
        _weigh_object(name, mine, uses, since)


def _weigh_object(name: str, rows: Sequence[OwnField], uses: dict[int, int], since: date) -> None:
    if not registry.has(name):
        return
    obj, kept = registry.get(name), 0
    for row in sorted(rows, key=lambda one: -uses.get(one.pk, 0)):
        asked, field = uses.get(row.pk, 0), obj.fields_by_name.get(row.name)
        able = row.archived_at is None and field is not None and field.own and bool(field.place_table)
        enough = SELDOM if row.place else OFTEN
        wanted = able and asked >= enough and kept < MOST_OF_AN_OBJECT
        if row.place and not wanted and (not able or row.changed_at.date() < since):
            set_place(row, "")
            drop_places.enqueue(field_id=row.pk)
        elif wanted and not row.place and obj.rows()[FEW_RECORDS:].exists():
            set_place(row, "making")
            make_places.enqueue(object=name, field=row.name)
        kept += bool(row.place)


def set_place(row: OwnField, place: str) -> None:
    """How far the places of a field are, from now on for all processes. No fact: nobody did anything."""
    row.place = place
    row.save(update_fields=["place", "changed_at"])
    renew_version(row.workspace_id)
    log.info("places of %s.%s: %s", row.object, row.name, place or "dropped")


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=3), unique=True)
def make_places(object: str, field: str) -> None:
    """Give every record its place in the order of a field; then lists use them."""

    began = timezone.now()
    walk(object, partial(_place, field), field=field)
    with transaction.atomic():
        row = OwnField.objects.filter(object=object, name=field, place="making", archived_at=None).first()
        if row is None:
            return
        obj = registry.get(object)
        # Whoever began before there were places to keep may have ended after the walk had passed.
        late = obj.rows().filter(updated_at__gte=began - timedelta(minutes=15))
        keep_places(obj, list(late.order_by("pk")[:20_000]), changed=(field,))
        set_place(row, "ready")
    _look_anew(obj[field].place_table)


def _place(field: str, obj: Object, records: list[Any]) -> None:
    if obj[field].place:
        keep_places(obj, records, changed=(field,))


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=3), unique=True)
def drop_places(field_id: int) -> None:
    """Take the places of a field away, some at a time."""
    for model in _MODELS.values():
        gone = 1
        while gone:
            with transaction.atomic():
                row = OwnField.objects.filter(pk=field_id).first()
                if row is not None and row.place:
                    return
                some = model.objects.filter(field_id=field_id).values_list("pk", flat=True)[:5_000]
                gone = model.objects.filter(pk__in=list(some)).delete()[0]


def weigh_every_workspace() -> None:
    """`weigh_places` in all workspaces that have made anything."""
    for workspace_id in list(
        Workspace.objects.filter(closed_at=None).exclude(objects_version=0).values_list("pk", flat=True)
    ):
        with in_workspace(workspace_id), transaction.atomic():
            weigh_places()


def _look_anew(table: str) -> None:
    """The databases choose by what they know of a table: let them know that it has grown."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
    else:
        refresh_statistics()
