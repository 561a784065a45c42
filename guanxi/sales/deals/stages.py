"""The order and the end of stages; adding and changing them are the engine's verbs."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.access import Refused
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.sales.deals.models import Pipeline, Stage


@transaction.atomic
def add_stage(pipeline: Pipeline, *, values: dict[str, Any], by: Actor) -> Any:
    """A stage at the end of those that are open. Raises Refused, InvalidValues."""
    _require_administrator(by)
    stages = stages_of(pipeline)
    place = (
        sum(one.kind == Stage.Kind.OPEN for one in stages)
        if values.get("kind", "open") == "open"
        else len(stages)
    )
    for position, one in enumerate(stages[place:], start=place + 1):
        change_record(one, {"position": position}, by=by)
    return create_record(object="stage", values={**values, "pipeline": pipeline.pk, "position": place}, by=by)


@transaction.atomic
def move_stage(stage: Stage, *, step: int, by: Actor) -> None:
    """One place earlier (-1) or later (1) in its pipeline; at the ends nothing happens."""
    _require_administrator(by)
    stages = stages_of(stage.pipeline)
    at = next(index for index, one in enumerate(stages) if one.pk == stage.pk)
    to = max(0, min(len(stages) - 1, at + step))
    stages.insert(to, stages.pop(at))
    for position, one in enumerate(stages):
        if one.position != position:
            change_record(one, {"position": position}, by=by)


@transaction.atomic
def retire_stage(stage: Stage, *, by: Actor) -> Any:
    """Take a stage out of its pipeline. Raises InvalidValues while deals stand in it."""
    _require_administrator(by)
    return archive_record(stage, by=by)


def stages_of(pipeline: Pipeline) -> list[Stage]:
    """The stages of a pipeline in their order."""
    return list(Stage.objects.filter(pipeline=pipeline, archived_at=None).order_by("position", "id"))


def _require_administrator(by: Actor) -> None:
    if not by.administers:
        raise Refused("pipeline.change")
