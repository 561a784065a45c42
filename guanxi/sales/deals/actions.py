"""The verbs of a deal. All of them change the stage; what follows from that is in the model's `derive`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.writing import change_record
from guanxi.sales.copies.actions import copy_record
from guanxi.sales.deals.models import Deal, Stage


def move_deal(deal: Deal, *, by: Actor, stage: Any = None, **reason: Any) -> Any:
    """To another stage (its id); into a lost one only with `lost_reason`."""
    if not stage:
        raise InvalidValues({"stage": [FieldError("required", _("Say to which stage."))]})
    return change_record(deal, {"stage": stage, **reason}, by=by)


def win_deal(deal: Deal, *, by: Actor, **values: Any) -> Any:
    """To the won stage of its pipeline, today unless `closed_on` says when."""
    return change_record(deal, {**values, "stage": _first_stage(deal, Stage.Kind.WON)}, by=by)


def lose_deal(deal: Deal, *, by: Actor, **values: Any) -> Any:
    """To the lost stage of its pipeline, with `lost_reason`."""
    return change_record(deal, {**values, "stage": _first_stage(deal, Stage.Kind.LOST)}, by=by)


def reopen_deal(deal: Deal, *, by: Actor, stage: Any = None) -> Any:
    """Back to that stage, or to the first open one: the one that it is closed in opens nothing."""
    if not stage or str(stage) == str(deal.stage_id):
        stage = _first_stage(deal, Stage.Kind.OPEN)
    return change_record(deal, {"stage": stage}, by=by)


def copy_deal(deal: Deal, *, by: Actor) -> Any:
    """A new deal at the beginning of the same pipeline: with its terms, lines and decision chain."""
    return copy_record(deal, by=by, values={"stage": _first_stage(deal, Stage.Kind.OPEN)})


def _first_stage(deal: Deal, kind: Stage.Kind) -> int:
    """The first stage of that kind in the deal's pipeline."""
    stages = Stage.objects.filter(pipeline_id=deal.pipeline_id, kind=kind, archived_at=None).order_by(
        "position"
    )
    found: int | None = stages.values_list("pk", flat=True).first()
    if found is None:
        raise InvalidValues(
            {"stage": [FieldError("missing", _("This pipeline has no such stage. Add one under Settings."))]}
        )
    return found
