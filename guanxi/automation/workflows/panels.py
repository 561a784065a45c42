from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.automation.workflows.actions import buttons_for
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import reaches
from guanxi.platform.records.panels import Panel, register


def buttons_of(record: Any, actor: Actor) -> Mapping[str, Any]:
    """The workflows that can be started here by hand."""
    obj = registry.get(record.object_name)
    return {"buttons": buttons_for(obj) if reaches(obj, record, actor, access="edit") else []}


register(
    Panel(
        name="workflows",
        label=_("Workflows"),
        place="side",
        order=70,
        template="automation/buttons.html",
        context=buttons_of,
        slow=False,
    )
)
