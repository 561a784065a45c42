"""How the log and its consumers stand, for `guanxi facts` and `guanxi doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Coalesce

from guanxi.platform.events.consuming import CONSUMERS
from guanxi.platform.events.models import Cursor, Fact, FactHead, ParkedFact, RelayState
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.transactions import reading


@dataclass(frozen=True, slots=True)
class ConsumerStatus:
    """lag: positions of its workspaces not yet passed; waits: parked facts that wait for a person."""

    name: str
    lag: int
    parked: int
    waits: int
    failing: int
    error: str


@dataclass(frozen=True, slots=True)
class LogStatus:
    position: int
    unstamped: int
    consumers: tuple[ConsumerStatus, ...]


def log_status() -> LogStatus:
    """One look over all workspaces; costs a few queries."""
    with everywhere("how the log stands"), reading():
        heads = dict(FactHead.objects.values_list("workspace_id", "position"))
        return LogStatus(
            position=RelayState.objects.aggregate(at=Coalesce(Max("position"), 0))["at"],
            unstamped=Fact.objects.filter(position__isnull=True).count(),
            consumers=tuple(_status(name, heads) for name in sorted(CONSUMERS)),
        )


def _status(name: str, heads: dict[int, int]) -> ConsumerStatus:
    cursors = Cursor.objects.filter(consumer=name)
    at = dict(cursors.values_list("workspace_id", "position"))
    parked = ParkedFact.objects.filter(consumer=name).aggregate(
        all=Count("pk"), waits=Count("pk", filter=Q(next_try_at=None))
    )
    held = cursors.filter(failures__gt=0)
    return ConsumerStatus(
        name=name,
        lag=sum(_behind(workspace_id, at.get(workspace_id, 0), head) for workspace_id, head in heads.items()),
        parked=parked["all"],
        waits=parked["waits"],
        failing=held.aggregate(all=Coalesce(Sum("failures"), 0))["all"],
        error=held.values_list("error", flat=True).first() or "",
    )


def _behind(workspace_id: int, at: int, head: int) -> int:
    if at >= head:
        return 0
    count: int = Fact.objects.filter(workspace_id=workspace_id, position__gt=at, position__lte=head).count()
    return count
