"""The star on record pages: hear of what happens to this record."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.collaboration.notifications import since as since
from guanxi.collaboration.notifications.queries import follows
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.panels import Panel, register


def follow_of(record: Any, actor: Actor) -> dict[str, Any]:
    """Where the button sends."""
    return {"follow_url": record_url(registry.get(record.object_name), record.pk, "following")}


register(
    Panel(
        name="follow",
        label=_("Follow"),
        place="facts",
        order=90,
        template="collaboration/follow.html",
        context=follow_of,
        tally=lambda record, actor: follows(record.object_name, record.pk, by=actor),
        visible=lambda record, actor: actor.member_id is not None and record.owner_id != actor.member_id,
    )
)
