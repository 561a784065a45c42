"""Whether the world is still the one that was learned from.

Two signs: those of whom a model speaks have changed (population stability index of its chances, now against
the first time that the version wrote; 0.25 is another world), and what it said of those that were decided
since does not come true (said and came differ by more than ten points, among at least fifty).
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from django.db import transaction

from guanxi.analytics.learning.cases import live_pieces
from guanxi.analytics.learning.kinds import KINDS
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.mining.scores import drift
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.overlay import renew_version

MOVED, OFF = 0.25, 0.1
FEWEST_SPOKEN, FEWEST_DECIDED = 50, 50


@transaction.atomic
def watch(model_id: int, *, by: Actor) -> None:
    """Look, keep what is seen, and tell the administrators when it begins to drift: once, until it ends."""
    model: LearnedModel | None = LearnedModel.objects.select_for_update().filter(pk=model_id).first()
    if model is None or model.on_at is None or model.number is None or not KINDS[model.kind].chance:
        return
    version: ModelVersion = ModelVersion.objects.get(model=model, number=model.number)
    moved = _moved(model, version)
    decided, said, came = _decided(model, by)
    seen = {
        "at": datetime.now(UTC).isoformat(),
        "moved": None if moved is None else round(moved, 4),
        "decided": decided,
        "said": said,
        "came": came,
    }
    off = decided >= FEWEST_DECIDED and abs((said or 0) - (came or 0)) > OFF
    drifts = off or (moved is not None and moved >= MOVED)
    told = drifts and model.warned_at is None
    model.watch = seen
    model.warned_at = (model.warned_at or datetime.now(UTC)) if drifts else None
    model.save(update_fields=["watch", "warned_at"])
    if told:
        renew_version(by.workspace_id)
        members = Member.objects.filter(role__administers=True, left_at=None)
        data = {**seen, "members": list(members.values_list("pk", flat=True))}
        state_fact("learned_model", "drifted", model.pk, by=by, title=str(model), data=data)


def _moved(model: LearnedModel, version: ModelVersion) -> float | None:
    """The stability index; None while too few are spoken of."""
    if version.spread is None:
        return None
    values = Estimate.objects.filter(model=model, number=version.number).exclude(tier="")
    now = [float(one) / 100 for one in values.values_list("value", flat=True)]
    if len(now) < FEWEST_SPOKEN:
        return None
    return drift(np.asarray(version.spread, dtype=np.float64), np.asarray(now, dtype=np.float64))


def _decided(model: LearnedModel, by: Actor) -> tuple[int, float | None, float | None]:
    """How many were decided after this version had spoken of them, what it had said, and what came."""
    rows = Estimate.objects.filter(model=model, number=model.number, tier="")
    said = {key: float(value) / 100 for key, value in rows.values_list("record_id", "value")}
    if not said or not model.came:
        return 0, None, None
    came: list[bool] = []
    told: list[float] = []
    for piece in live_pieces(model, (), by=by, ids=sorted(said)):
        for key, won, lost in zip(piece.ids, piece.came, piece.gone, strict=True):
            if won or lost:
                came.append(won)
                told.append(said[key])
    if not came:
        return 0, None, None
    return len(came), round(sum(told) / len(told), 4), round(sum(came) / len(came), 4)
