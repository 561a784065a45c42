"""Writing what a model says: into its fields in bulk, the reasons beside them, a fact for who changes class.

A chance that moves from 41 to 43 is no event; a customer who enters the danger class is one, and workflows
hear of it. The first time that a model speaks of a whole object nothing has changed class yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from guanxi.analytics.learning.kinds import KINDS
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.trained import Said
from guanxi.platform.events.facts import MAX_DEPTH, Draft, state_facts
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.inserting import as_json
from guanxi.platform.records.places import keep_places
from guanxi.platform.records.recalculating import write_key
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.writing import index_anew
from guanxi.platform.tenancy.context import require_workspace_id

AT_ONCE = 2_000


def lock(model_id: int) -> LearnedModel | None:
    """The model, if it is on, has a version and its object; who writes takes turns."""
    found: QuerySet[LearnedModel] = LearnedModel.objects.select_for_update().filter(pk=model_id)
    model = found.first()
    if model is None or model.on_at is None or model.number is None or model.kind not in KINDS:
        return None
    return model if registry.has(model.object) else None


def version_of(model: LearnedModel) -> ModelVersion:
    """The version that speaks."""
    version: ModelVersion = ModelVersion.objects.get(model=model, number=model.number)
    return version


def keep_said(model: LearnedModel, number: int, said: Iterable[Said], *, by: Actor) -> int:
    """Write what differs from what stands there, in the caller's transaction; how many records it changed.

    model  locked
    """
    wanted, changed = {one.record_id: one for one in said}, 0
    ids = sorted(wanted)
    for start in range(0, len(ids), AT_ONCE):
        changed += _some(model, number, [wanted[one] for one in ids[start : start + AT_ONCE]], by)
    return changed


def take_out(model: LearnedModel, *, after: int = 0) -> int | None:
    """Empty the model's fields, piece by piece; what was said is kept. The last record, None at the end."""
    if not registry.has(model.object):
        return None
    with transaction.atomic():
        said = Estimate.objects.filter(model=model, record_id__gt=after).order_by("record_id")
        ids: list[int] = list(said.values_list("record_id", flat=True)[:AT_ONCE])
        if not ids:
            return None
        _write(model, registry.get(model.object), dict.fromkeys(ids, (None, None, None)))
    return ids[-1]


def names_of(model: LearnedModel) -> list[str]:
    """The fields that the model writes and that are there."""
    obj = registry.get(model.object)
    names = [model.field + one.after for one in KINDS[model.kind].fields(model)]
    return [one for one in names if one in obj.fields_by_name]


def _some(model: LearnedModel, number: int, said: Sequence[Said], by: Actor) -> int:
    obj, kind = registry.get(model.object), KINDS[model.kind]
    rows = Estimate.objects.filter(model=model, record_id__in=[one.record_id for one in said])
    known = {one.record_id: one for one in rows}
    made, kept, moved = [], [], dict[int, tuple[str, str]]()
    fields: dict[int, tuple[Any, Any, Any]] = {}
    for one in said:
        row = known.get(one.record_id)
        if one.value is None:
            fields[one.record_id] = (None, None, None)
            if row is not None and row.tier:
                row.tier = ""
                kept.append(row)
            continue
        fields[one.record_id] = (one.value, one.tier or None, number)
        before = row.tier if row is not None else ""
        if before != one.tier and (before or (model.written_at and one.tier == kind.alarm)):
            moved[one.record_id] = (before, one.tier)
        if row is None:
            row = Estimate(model=model, object=obj.name, record_id=one.record_id)
            made.append(_filled(row, one, number))
        elif (row.value, row.tier, row.number, row.reasons) != (one.value, one.tier, number, one.reasons):
            kept.append(_filled(row, one, number))
    Estimate.objects.bulk_create(made)
    Estimate.objects.bulk_update(kept, ["value", "tier", "number", "reasons", "at"], batch_size=300)
    changed = _write(model, obj, fields)
    _state(model, obj, moved, by)
    return changed


def _filled(row: Estimate, said: Said, number: int) -> Estimate:
    row.value, row.tier, row.reasons, row.number = said.value, said.tier, said.reasons, number
    row.at = datetime.now(UTC)
    return row


def _write(model: LearnedModel, obj: Object, values: dict[int, tuple[Any, Any, Any]]) -> int:
    """The fields and nothing else: what is learned is no edit, so nobody's form is out of date by it."""
    names, workspace_id = names_of(model), require_workspace_id()
    parts = {model.field: 0, f"{model.field}_class": 1, f"{model.field}_version": 2}
    chosen = [(obj[name], parts[name]) for name in names if name in parts]
    stands = _standing(obj, [one for one, _part in chosen], list(values))
    touched: set[int] = set()
    for place, (field, part) in enumerate(chosen):
        differing = [
            (key, as_json(field.to_kept(value[part])) if value[part] is not None else None)
            for key, value in values.items()
            if key in stands and stands[key][place] != value[part]
        ]
        write_key(obj.table, field.json_key or field.name, differing, workspace_id)
        touched |= {key for key, _value in differing}
    looked_up = [one for one, _part in chosen if one.looked_up]
    for one in looked_up if touched else ():
        index_anew(obj, one, list(obj.rows().filter(pk__in=touched)))
    placed = [one.name for one, _part in chosen if one.place]
    if placed and touched:
        keep_places(obj, list(obj.rows().filter(pk__in=touched)), changed=placed)
    return len(touched)


def _standing(obj: Object, fields: Sequence[Any], ids: Sequence[int]) -> dict[int, list[Any]]:
    """What stands in these fields now."""
    if not fields or not ids:
        return {}
    columns, at = list[str](), list[slice]()
    for one in fields:
        wanted = one.selected("r")
        at.append(slice(1 + len(columns), 1 + len(columns) + len(wanted)))
        columns += wanted
    marks = ", ".join(["%s"] * len(ids))
    rows = fetch(
        f'SELECT r.id, {", ".join(columns)} FROM "{obj.table}" r'
        f" WHERE r.workspace_id = %s AND r.id IN ({marks})",
        (require_workspace_id(), *ids),
    )
    return {row[0]: [one.from_row(row[at[place]]) for place, one in enumerate(fields)] for row in rows}


def _state(model: LearnedModel, obj: Object, moved: dict[int, tuple[str, str]], by: Actor) -> None:
    if not moved or by.depth > MAX_DEPTH:
        return
    name = f"{model.field}_class" if f"{model.field}_class" in obj.fields_by_name else model.field
    titles = _titles(obj, list(moved))
    drafts = [
        Draft(obj.name, "scored", key, titles.get(key, ""), {name: [old or None, new]}, {"learned": model.pk})
        for key, (old, new) in moved.items()
    ]
    state_facts(drafts, by=by)


def _titles(obj: Object, ids: list[int]) -> dict[int, str]:
    marks = ", ".join(["%s"] * len(ids))
    column = obj[obj.title].expression("r")
    rows: list[Any] = fetch(
        f'SELECT r.id, {column} FROM "{obj.table}" r WHERE r.workspace_id = %s AND r.id IN ({marks})',
        (require_workspace_id(), *ids),
    )
    return {key: str(title or "")[:300] for key, title in rows}
