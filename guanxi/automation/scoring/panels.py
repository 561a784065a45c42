from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.automation.scoring.telling import models_on, scores_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.panels import Panel, register


def score_panel(record: Any, actor: Actor) -> Mapping[str, Any]:
    """The record's scores with their reasons."""
    obj = registry.get(record.object_name)
    return {"scores": scores_of(obj, record, by=actor)}


def has_score(record: Any, actor: Actor) -> bool:
    name = record.object_name
    models = [one for one in models_on() if one.object == name]
    if not models:
        return False
    seen = as_seen(registry.get(name), actor)
    return any(one.field in seen.fields_by_name for one in models)


register(
    Panel(
        name="score",
        label=_("Score"),
        place="side",
        order=15,
        template="automation/score.html",
        context=score_panel,
        visible=has_score,
        slow=False,
    )
)
