from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.analytics.insights.reading import usable
from guanxi.analytics.learning.customers import best_kind
from guanxi.analytics.learning.models import Estimate
from guanxi.analytics.learning.telling import rows_asked, told_of
from guanxi.analytics.roles import Sale
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.panels import Panel, register


def learned_panel(record: Any, actor: Actor, rows: Sequence[Estimate]) -> Mapping[str, Any]:
    """What was learned of the record, with reasons that this reader may know."""
    return {"learned": told_of(registry.get(record.object_name), rows, by=actor)}


def alikes_link(record: Any, actor: Actor) -> Mapping[str, Any]:
    """The page of who is like this one."""
    return {"alikes_url": f"/analytics/insights/alikes/?record={record.pk}"}


def sees_alikes(record: Any, actor: Actor) -> bool:
    """Only of those who buy, and for who sees sales."""
    sale = best_kind(record.object_name)
    return sale is not None and sale in usable(Sale, actor)


register(
    Panel(
        name="alikes",
        label=_("Look-alikes"),
        place="side",
        order=18,
        template="analytics/learning/alikes.html",
        context=alikes_link,
        visible=sees_alikes,
        slow=False,
    )
)
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
