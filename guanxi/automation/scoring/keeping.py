"""Writing scores: the totals into the field, the reasons beside them, a fact for each that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from guanxi.automation.scoring.models import Score, ScoreModel
from guanxi.automation.scoring.weighing import AT_ONCE, Weighed, weigh
from guanxi.platform.events.facts import MAX_DEPTH, Draft, state_facts
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.inserting import array_of
from guanxi.platform.records.places import keep_places
from guanxi.platform.records.recalculating import write_key
from guanxi.platform.records.sql import fetch, run, run_many
from guanxi.platform.tenancy.context import require_workspace_id

STEP = 10  # by night, what merely fades is a fact only when it passes a ten, or the mark that leads the list


def lock(model_id: int) -> ScoreModel | None:
    """The model, if it is on and makes sense; who weighs takes turns, so that nobody writes what is old."""
    found: QuerySet[ScoreModel] = ScoreModel.objects.select_for_update().filter(pk=model_id)
    model = found.first()
    if model is None or model.on_at is None or not registry.has(model.object):
        return None
    return model if model.field in registry.get(model.object).fields_by_name else None


def weigh_records(
    model: ScoreModel, ids: Iterable[int], *, by: Actor, now: datetime, fading: bool = False
) -> int:
    """Weigh records anew and write what has changed, in the caller's transaction; how many totals had.

    model    locked
    fading   nothing happened but that time passed: facts only for what passes a mark
    """
    wanted, changed = sorted(set(ids)), 0
    for start in range(0, len(wanted), AT_ONCE):
        changed += _some(model, wanted[start : start + AT_ONCE], by, now, fading)
    return changed


def _some(model: ScoreModel, ids: Sequence[int], by: Actor, now: datetime, fading: bool) -> int:
    obj = registry.get(model.object)
    found = weigh(obj, model.field, model.rules, ids, now=now)
    known = {one.record_id: one for one in Score.objects.filter(model=model, record_id__in=ids)}
    made, kept, totals = [], [], dict[int, tuple[int | None, int]]()
    for key, weighed in found.items():
        row = known.get(key)
        stood = row.total if row is not None else 0
        # Whatever stands there beyond what we wrote, somebody has given: it stays on top of the rules.
        given = (row.given if row is not None else 0) + (weighed.stands or 0) - stood
        total = weighed.total(given)
        if total != (weighed.stands or 0):
            totals[key] = (weighed.stands, total)
        if row is None:
            if weighed.parts or given:
                made.append(_filled(Score(model=model, record_id=key), weighed, given, total, now))
        elif _differs(row, weighed, given, total):
            kept.append(_filled(row, weighed, given, total, now))
    Score.objects.bulk_create(made)
    Score.objects.bulk_update(kept, ["fit", "engagement", "given", "total", "parts", "at"], batch_size=500)
    _write(obj, model.field, {key: new for key, (_old, new) in totals.items()})
    _state(model, obj, totals, by=by, fading=fading)
    return len(totals)


def take_out(model: ScoreModel) -> None:
    """What the rules gave leaves the field again; what was written there by hand stays."""
    obj = registry.get(model.object)
    while True:
        rows = list(Score.objects.filter(model=model)[:AT_ONCE])
        if not rows:
            return
        _write(obj, model.field, {one.record_id: max(0, min(100, one.given)) for one in rows})
        Score.objects.filter(pk__in=[one.pk for one in rows]).delete()


def _filled(row: Score, weighed: Weighed, given: int, total: int, now: datetime) -> Score:
    row.fit, row.engagement, row.given, row.total = weighed.fit, weighed.engagement, given, total
    row.parts, row.at = weighed.parts, now
    return row


def _differs(row: Score, weighed: Weighed, given: int, total: int) -> bool:
    return (row.fit, row.engagement, row.given, row.total, row.parts) != (
        weighed.fit, weighed.engagement, given, total, weighed.parts,
    )  # fmt: skip


def _write(obj: Object, name: str, totals: dict[int, int]) -> None:
    """The field and nothing else: a score is no edit, so nobody's form is out of date by it."""
    if not totals:
        return
    field, workspace_id = obj[name], require_workspace_id()
    if field.own:
        write_key(obj.table, field.json_key or name, [(k, str(v)) for k, v in totals.items()], workspace_id)
        if field.place:
            keep_places(obj, list(obj.rows().filter(pk__in=totals)), changed=(name,))
    elif connection.vendor == "postgresql":
        run(
            f'UPDATE "{obj.table}" AS t SET "{field.column}" = u.value'
            " FROM unnest(%s::bigint[], %s::int[]) AS u(id, value)"
            " WHERE t.id = u.id AND t.workspace_id = %s",
            (array_of(list(totals)), array_of(list(totals.values())), workspace_id),
        )
    else:
        run_many(
            f'UPDATE "{obj.table}" SET "{field.column}" = %s WHERE id = %s AND workspace_id = %s',
            [(value, key, workspace_id) for key, value in totals.items()],
        )


def _state(
    model: ScoreModel, obj: Object, totals: dict[int, tuple[int | None, int]], *, by: Actor, fading: bool
) -> None:
    told = {
        key: pair for key, pair in totals.items() if not fading or _passes(pair[0] or 0, pair[1], model.leads)
    }
    if not told or by.depth > MAX_DEPTH:
        return
    state_facts(
        [
            Draft(
                obj.name, "scored", key, titles.get(key, ""), {model.field: [old, new]}, {"model": model.pk}
            )
            for titles in (_titles(obj, list(told)),)
            for key, (old, new) in told.items()
        ],
        by=by,
    )


def _titles(obj: Object, ids: list[int]) -> dict[int, str]:
    marks = ", ".join(["%s"] * len(ids))
    column = obj[obj.title].expression("r")
    rows: list[Any] = fetch(
        f'SELECT r.id, {column} FROM "{obj.table}" r WHERE r.workspace_id = %s AND r.id IN ({marks})',
        (require_workspace_id(), *ids),
    )
    return {key: str(title or "")[:300] for key, title in rows}


def _passes(old: int, new: int, leads: int) -> bool:
    return old // STEP != new // STEP or (old > leads) != (new > leads)
