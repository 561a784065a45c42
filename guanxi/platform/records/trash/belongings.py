"""What hangs on a record in every table there is: found by the shape of the tables, so none is forgotten.

Rows belong to a record where they name it by `object` and `record_id`, by `about` and `about_id`, or by a
foreign key. Other records link to it by their fields; those links are emptied by changes with their facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel

from guanxi.platform.events.models import Fact, ParkedFact
from guanxi.platform.files.storage import forget_unused, is_file
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Link, Links
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.models import Record
from guanxi.platform.records.search.store import forget_words
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import WorkspaceModel

PAIRS = (("object", "record_id"), ("about", "about_id"))
MOST = 100_000


def forget_record(obj: Object, record_id: int, *, by: Actor, facts: bool = False) -> bool:
    """Delete a record and everything that belongs to it, for good; links to it are emptied.

    facts   its history, too: the duty of privacy law, not of the trash
    Returns False, with nothing done, where a record that can't be without it links to it.
    """
    parts, links = _parts_and_links(obj)
    if any(one.required and _linking(other, one, record_id) for other, one in links):
        return False
    for other, one in parts:
        for part_id in _linking(other, one, record_id):
            if not forget_record(other, part_id, by=by, facts=facts):
                return False
    for other, one in links:
        _empty_link(other, one, obj, record_id, by)
    if obj.rows().filter(pk=record_id, archived_at=None).exists():
        change_many(obj, [Wish(record_id, act="archive")], by=by)  # so that what is counted follows
    forget_words(obj.name, [record_id])
    files: set[int] = set()
    for rows in rows_of(obj, record_id, facts=facts):
        files |= _files_of(rows)
        if rows.model is Fact:
            ParkedFact.objects.filter(fact__in=rows).delete()
        _raw(rows)
    forget_unused(files)
    _raw(obj.rows().filter(pk=record_id))
    return True


def needed_by(obj: Object, record_id: int) -> list[tuple[Object, int]]:
    """How many records of each object can't be without this one or its parts: while they are there,
    `forget_record` does nothing."""
    counts: Counter[str] = Counter()
    parts, links = _parts_and_links(obj)
    for other, one in links:
        if one.required and (ids := _linking(other, one, record_id)):
            counts[other.name] += len(ids)
    for other, one in parts:
        for part_id in _linking(other, one, record_id):
            counts.update({found.name: count for found, count in needed_by(other, part_id)})
    return [(registry.get(name), count) for name, count in counts.items()]


def hanging_on(obj: Object, record_id: int) -> list[tuple[Object, int]]:
    """How many records of each object link to this one: what deleting it is stated with."""
    counts: dict[str, int] = {}
    for other, one in links_to(obj):
        counts[other.name] = counts.get(other.name, 0) + len(_linking(other, one, record_id))
    return [(registry.get(name), count) for name, count in counts.items() if count]


def files_on(obj: Object, record_id: int) -> int:
    """How many files go with it."""
    return sum(
        rows.count()
        for rows in rows_of(obj, record_id)
        if any(is_file(one) for one in rows.model._meta.fields)
    )


def _parts_and_links(obj: Object) -> tuple[list[tuple[Object, Field]], list[tuple[Object, Field]]]:
    """The fields by which others are parts of a record, and those that only lead to it."""
    links = list(links_to(obj))
    parts = [(other, one) for other, one in links if other.whole == obj.name and other.part_of == one.name]
    return parts, [pair for pair in links if pair not in parts]


def rows_of(obj: Object, record_id: int, *, facts: bool = False) -> Iterator[QuerySet[Any]]:
    """The rows of every table that belong to a record and are no records themselves."""
    for model in apps.get_models():
        if not issubclass(model, WorkspaceModel) or issubclass(model, Record):
            continue
        if model is Fact and not facts:
            continue
        names = {one.name for one in model._meta.get_fields()}
        for kind, key in PAIRS:
            if {kind, key} <= names:
                yield _all(model).filter(**{kind: obj.name, key: record_id})
    for relation in obj.model_class._meta.get_fields():
        if not isinstance(relation, ForeignObjectRel) or issubclass(relation.related_model, Record):
            continue
        rows = _all(relation.related_model).filter(**{relation.field.attname: record_id})
        if relation.field.null:
            rows.update(**{relation.field.attname: None})
        else:
            yield rows


def links_to(obj: Object) -> Iterator[tuple[Object, Field]]:
    """Fields of any object that may lead to a record of this one."""
    for other in registry.objects():
        for one in other.fields:
            leads = (isinstance(one, Link | Links) and one.to == obj.name) or one.type == "about"
            if leads and not one.readonly:
                yield other, one


def linked_ids(other: Object, one: Field, obj: Object, record_id: int) -> list[int]:
    """Records of an object whose field leads to this one."""
    if one.type == "about":
        return _about(other, one, obj, record_id)
    return _linking(other, one, record_id)


def _linking(other: Object, one: Field, record_id: int) -> list[int]:
    """Records whose link leads there, archived and trashed ones as well."""
    from guanxi.platform.identity.actors import system_actor

    if one.type == "about":
        return []
    by = system_actor(require_workspace_id(), "Guanxi")
    sql = one.condition("is", record_id, alias="r", context=field_context(by), vendor=_vendor())
    kind = " AND r.kind = %s" if other.kind else ""
    rows = fetch(
        f'SELECT r.id FROM "{other.table}" r WHERE r.workspace_id = %s{kind} AND {sql.text} LIMIT {MOST}',
        (by.workspace_id, *([other.kind] if other.kind else []), *sql.params),
    )
    return [row[0] for row in rows]


def _empty_link(other: Object, one: Field, obj: Object, record_id: int, by: Actor) -> None:
    ids = linked_ids(other, one, obj, record_id)

    def without(record: Any) -> dict[str, Any]:
        kept = one.get(record)
        if one.type == "about":
            return {one.name: [pair for pair in kept if tuple(pair) != (obj.name, record_id)]}
        return {one.name: [key for key in kept if key != record_id] if one.multiple else None}

    for start in range(0, len(ids), 1_000):
        wishes = [Wish(key, without, act="tidy") for key in ids[start : start + 1_000]]
        change_many(other, wishes, by=by, data={"emptied": [obj.name, str(record_id)]})


def _about(other: Object, one: Field, obj: Object, record_id: int) -> list[int]:
    """Records that say they are about it: found by the pages on which they stand."""
    from guanxi.platform.records.models import Value

    found = Value.objects.filter(object=other.name, field=one.name, value=f"{obj.name}:{record_id}")
    ids = set(found.values_list("record_id", flat=True))
    return sorted(ids)


def _files_of(rows: QuerySet[Any]) -> set[int]:
    columns = [one.attname for one in rows.model._meta.fields if is_file(one)]
    return {key for name in columns for key in rows.values_list(name, flat=True) if key}


def _all(model: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.all()
    return rows


def _raw(rows: QuerySet[Any]) -> None:
    """Without Django's own look for what refers to it: that has been looked after."""
    rows._raw_delete(rows.db)


def _vendor() -> str:
    from django.db import connection

    return connection.vendor
