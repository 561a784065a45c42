"""Through which stages a deal has come, and how long it stood in each: read from its facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from guanxi.platform.events.facts import facts_of
from guanxi.sales.deals.models import Stage


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a stage; `until` None: it stands there now."""

    stage_id: int
    since: datetime
    until: datetime | None
    by: str

    @property
    def days(self) -> int:
        return ((self.until or datetime.now(UTC)) - self.since).days


def stays_of(deal: Any) -> list[Stay]:
    """The stays of a deal, the first one first; an import that brought it late begins there."""
    moves: list[tuple[int, datetime, str]] = []
    for fact in facts_of("deal", deal.pk).order_by("pk"):
        pair = fact.changes.get("stage")
        if pair and pair[1]:
            moves.append((int(pair[1]), fact.at, fact.actor_name))
    ends = [*(at for _stage, at, _by in moves[1:]), None]
    return [Stay(stage, at, until, by) for (stage, at, by), until in zip(moves, ends, strict=True)]


def stage_names(stays: list[Stay]) -> dict[int, str]:
    """What the stages are called, also those that are not in use any more."""
    return dict(Stage.objects.filter(pk__in={one.stage_id for one in stays}).values_list("pk", "name"))
