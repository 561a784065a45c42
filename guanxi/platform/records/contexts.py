"""From an actor to what fields need to know."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Context
from guanxi.platform.tenancy.models import Workspace


def field_context(actor: Actor, *, now: datetime | None = None) -> Context:
    """Who asks, where and when: the side of a value that is not in the value."""
    return Context(
        workspace_id=actor.workspace_id,
        now=now or datetime.now(UTC),
        zone=ZoneInfo(actor.timezone),
        member_id=actor.member_id,
        team_id=actor.team_id,
        below_ids=actor.below_ids,
        country=actor.country or workspace_country(actor.workspace_id),
        currency=actor.currency,
    )


@lru_cache(maxsize=4096)
def workspace_country(workspace_id: int) -> str:
    """Chosen at set-up; a change of it takes effect when processes start anew."""
    return Workspace.objects.values_list("country", flat=True).get(pk=workspace_id)
