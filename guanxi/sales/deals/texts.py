"""Pipelines as text: in the files of shapes (`guanxi objects`, `/api/v1/shape`), each with its stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.layouts import TextPart, register_text_part
from guanxi.platform.records.access import Refused
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.sales.deals.models import Pipeline, Stage
from guanxi.sales.deals.stages import retire_stage, stages_of
from guanxi.sales.gates.texts import GATE, gate_as_text, set_gate_as_text

PART = "pipelines"
_STAGE = ("probability", "kind", "category", "rot_days", "needs", "gate")


def pipelines_as_text() -> dict[str, dict[str, Any]]:
    """{"pipeline": {name: {"position", "stages": [{"name", "probability", …}]}}}"""
    stages: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in Stage.objects.filter(archived_at=None).order_by("position", "id"):
        given = {name: value for name in _STAGE if (value := getattr(one, name)) not in (None, "")}
        stages[one.pipeline_id].append({"name": one.name, **given, **gate_as_text(one)})
    rows = Pipeline.objects.filter(archived_at=None).order_by("position", "id")
    found = {one.name: {"position": one.position, "stages": stages[one.pk]} for one in rows}
    return {"pipeline": found} if found else {}


def set_pipeline_as_text(object: str, name: str, values: Mapping[str, Any] | None, by: Actor) -> None:
    """One pipeline of a file; None takes it away. A stage with deals is not taken away.

    Raises Refused, and InvalidValues that names the part.
    """
    if not by.administers:
        raise Refused("pipeline.change")
    row = Pipeline.objects.filter(name=name, archived_at=None).first()
    if values is None:
        if row is not None:
            for one in stages_of(row):
                retire_stage(one, by=by)
            archive_record(row, by=by)
        return
    stages = _read(object, name, values)
    position = values.get("position", row.position if row else Pipeline.objects.count())
    if row is None:
        row = create_record(object="pipeline", values={"name": name, "position": position}, by=by)
    elif row.position != position:
        change_record(row, {"position": position}, by=by)
    if "stages" in values:
        _set_stages(row, stages, by)


def _set_stages(pipeline: Any, wanted: list[Mapping[str, Any]], by: Actor) -> None:
    there = {one.name: one for one in stages_of(pipeline)}
    for one in set(there) - {stage["name"] for stage in wanted}:
        retire_stage(there[one], by=by)
    for position, stage in enumerate(wanted):
        values = {part: stage.get(part) for part in _STAGE if part in stage or stage["name"] in there}
        values = {**values, "probability": stage.get("probability", 0), "kind": stage.get("kind", "open")}
        if known := there.get(stage["name"]):
            change_record(known, {**values, "position": position}, by=by)
        else:
            given = {**values, "name": stage["name"], "pipeline": pipeline.pk, "position": position}
            create_record(object="stage", values=given, by=by)
    made = {one.name: one for one in stages_of(pipeline)}
    for stage in wanted:
        set_gate_as_text(made[stage["name"]], stage, made, by=by)


def _read(object: str, name: str, values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The stages; a file that says none leaves them alone."""
    stages = values.get("stages", [])
    fits = (
        object == "pipeline"
        and not set(values) - {"position", "stages"}
        and isinstance(stages, list)
        and all(
            isinstance(one, dict)
            and isinstance(one.get("name"), str)
            and not set(one) - {"name", *_STAGE, *GATE}
            for one in stages
        )
    )
    if not fits or len({one["name"] for one in stages or ()}) != len(stages or ()):
        words = _("A pipeline has a position and stages; each stage has a name of its own.")
        raise InvalidValues({name: [FieldError("pipeline", words)]})
    return list(stages or ())


register_text_part(TextPart(PART, pipelines_as_text, set_pipeline_as_text))
