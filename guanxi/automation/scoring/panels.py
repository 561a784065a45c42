from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.automation.scoring.models import Score
from guanxi.automation.scoring.telling import rows_asked, scores_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.panels import Panel, register


def score_panel(record: Any, actor: Actor, rows: Sequence[Score]) -> Mapping[str, Any]:
    """The record's scores with their reasons."""
    return {"scores": scores_of(registry.get(record.object_name), record, rows, by=actor)}


register(
    Panel(
        name="score",
        label=_("Score"),
        place="side",
        order=15,
        template="automation/score.html",
        context=score_panel,
        asks=rows_asked,
        slow=False,
    )
)
