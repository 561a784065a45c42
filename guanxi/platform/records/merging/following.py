"""What stands at a record and follows it when it is merged.

Rows that name a record by (object, record_id) are registered by those who have them:

    follow_merges(Attachment)

Links from other records are found by the registry; nobody has to register them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import models

from guanxi.platform.identity.actors import Actor, Grant, Reach
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Link, Links
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.batches.many import Wish
from guanxi.platform.records.batches.steps import Step, dropped, moved
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import WorkspaceModel

_followers: list[type[WorkspaceModel]] = []
AT_ONCE = 500


def follow_merges(model: type[WorkspaceModel]) -> type[WorkspaceModel]:
    """Register a table whose rows name a record by `object` and `record_id`."""
    if model not in _followers:
        _followers.append(model)
    return model


def move_rows(obj: Object, losers: Sequence[int], winner: int) -> list[Step]:
    """Put the registered rows of the losers to the winner; a row that the winner has already goes.

    Returns the steps that take it back.
    """
    steps: list[Step] = []
    for model in _followers:
        steps += _move(model, obj, losers, winner)
    return steps


def linked_wishes(obj: Object, losers: Collection[int], winner: int) -> Iterator[tuple[Object, list[Wish]]]:
    """For each object whose records link to a loser: what has to change so that they link to the winner."""
    for other in registry.objects():
        wished: dict[int, dict[str, Any]] = {}
        for field in other.fields:
            if field.readonly or not _leads_to(field, obj):
                continue
            for record in _linking(other, field, obj, losers):
                if other.name == obj.name and record.pk in losers:
                    continue
                value = _instead(field, field.get(record), obj, losers, winner, record.pk)
                wished.setdefault(record.pk, {})[field.name] = value
        if wished:
            yield other, [Wish(pk, values) for pk, values in wished.items()]


def doubled(other: Object, wishes: Sequence[Wish]) -> dict[int, int]:
    """Of records that would come to be the same by what tells them apart: each but the oldest → it."""
    apart = other.model_class.apart
    if not apart:
        return {}
    fields = [other[name] for name in apart]
    asked = {one.record_id: one.values for one in wishes if not callable(one.values)}
    rows = {one.pk: one for one in other.rows().filter(pk__in=asked, archived_at=None)}
    marks: dict[tuple[Any, ...], list[int]] = {}
    for pk, row in rows.items():
        mark = tuple(asked[pk].get(one.name, one.get(row)) for one in fields)
        marks.setdefault(mark, []).append(pk)
    found: dict[int, int] = {}
    for mark, coming in marks.items():
        same = {one.column: value for one, value in zip(fields, mark, strict=True)}
        there = other.rows().filter(**same, archived_at=None).values_list("pk", flat=True)
        first, *rest = sorted({*there, *coming})
        found |= {one: first for one in rest if one != first}
    return found


def following(by: Actor) -> Actor:
    """The same actor for what follows by itself: the records of others that link to a loser link to the
    winner, whoever may edit them."""
    everything = Grant(verbs=frozenset({"*"}), see=Reach.ALL, edit=Reach.ALL)
    return replace(by, grants={"*": everything}, administers=True, scopes=None, follows=True)


def _move(model: type[WorkspaceModel], obj: Object, losers: Sequence[int], winner: int) -> list[Step]:
    steps: list[Step] = []
    keys = _keys(model)
    taken = {key: _taken(model, key, obj, winner) for key in keys}
    kept: list[int] = []
    rows = model.objects.filter(object=obj.name, record_id__in=losers).order_by("pk")
    for row in rows:
        marks = {key: tuple(getattr(row, name) for name in key) for key in keys}
        if any(mark in taken[key] for key, mark in marks.items()):
            steps.append(dropped(row))
            row.delete()
            continue
        for key, mark in marks.items():
            taken[key].add(mark)
        steps.append(moved(row, "record_id", getattr(row, "record_id"), winner))  # noqa: B009
        kept.append(row.pk)
    for start in range(0, len(kept), AT_ONCE):
        model.objects.filter(pk__in=kept[start : start + AT_ONCE]).update(record_id=winner)
    return steps


def _keys(model: type[WorkspaceModel]) -> list[tuple[str, ...]]:
    """What else tells the rows of one record apart, by the table's unique constraints."""
    found: list[tuple[str, ...]] = []
    for one in model._meta.constraints:
        if isinstance(one, models.UniqueConstraint):
            parts: list[Any] = [part for part in one.expressions if isinstance(part, models.F)]
            named = one.fields or tuple(part.name for part in parts)
            if "record_id" in named:
                rest = tuple(name for name in named if name not in ("workspace", "object", "record_id"))
                found.append(tuple(model._meta.get_field(name).attname for name in rest))  # type: ignore[union-attr]
    return found


def _taken(
    model: type[WorkspaceModel], key: tuple[str, ...], obj: Object, winner: int
) -> set[tuple[Any, ...]]:
    rows = model.objects.filter(object=obj.name, record_id=winner)
    return set(rows.values_list(*key)) if key else ({()} if rows.exists() else set())


def _leads_to(field: Field, obj: Object) -> bool:
    if field.type == "about":
        return True
    return isinstance(field, Link | Links) and field.to == obj.name


def _linking(other: Object, field: Field, obj: Object, losers: Collection[int]) -> list[Any]:
    """Records whose field names one of the losers, in the archive, too."""
    if isinstance(field, Link) and not field.own:
        return list(other.rows().filter(**{f"{field.column}__in": list(losers)}))
    values = [f"{obj.name}:{one}" if field.type == "about" else str(one) for one in losers]
    marks = ", ".join(["%s"] * len(values))
    found = fetch(
        "SELECT record_id FROM records_value WHERE workspace_id = %s AND object = %s AND field = %s"
        f" AND value IN ({marks})",
        (require_workspace_id(), other.name, field.name, *values),
    )
    return list(other.rows().filter(pk__in={row[0] for row in found}))


def _instead(
    field: Field, value: Any, obj: Object, losers: Collection[int], winner: int, record_id: int
) -> Any:
    """The value with the winner in the place of losers, each once; nothing links to itself."""
    itself = record_id if field.object_name == obj.name else 0
    if isinstance(field, Link):
        return None if winner == itself else winner
    if field.type == "about":
        pairs = [[name, winner if name == obj.name and key in losers else key] for name, key in value]
        return [pair for at, pair in enumerate(pairs) if pair not in pairs[:at]]
    ids = [winner if one in losers else one for one in value]
    return [one for one in dict.fromkeys(ids) if one != itself]
