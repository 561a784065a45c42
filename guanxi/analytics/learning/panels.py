from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.analytics.learning.models import Estimate
from guanxi.analytics.learning.telling import rows_asked, told_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.panels import Panel, register


def learned_panel(record: Any, actor: Actor, rows: Sequence[Estimate]) -> Mapping[str, Any]:
    """What was learned of the record, with reasons that this reader may know."""
    return {"learned": told_of(registry.get(record.object_name), rows, by=actor)}


register(
    Panel(
        name="learned",
        label=_("Learned"),
        place="side",
        order=16,
        template="analytics/learning/panel.html",
        context=learned_panel,
        asks=rows_asked,
        everywhere=True,
        slow=False,
    )
)
