"""Which stages a deal has reached, kept from its facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.sales.deals.models import Deal, Stage
from guanxi.sales.forecasts.models import SPANS, Stay

MOVES = {"stage", "owner", "team", "opened_on"}
LIFE = {"created", "archived", "restored", "deleted", "merged"}


@consumer("sales.stays", hears=("deal.*",))
def keep_stays(facts: Sequence[Fact]) -> None:
    """The stays of the deals that these facts are about, made anew: whatever comes twice is kept once."""
    ids = {one.record_id for one in facts if one.verb in LIFE or MOVES & set(one.changes)}
    if ids:
        renew_stays(ids)


def renew_stays(ids: Iterable[int]) -> None:
    """Make the rows of these deals from their facts."""
    ids = list(ids)
    deals = {one.pk: one for one in Deal.objects.filter(pk__in=ids, archived_at=None)}
    moves: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    told = Fact.objects.filter(object="deal", record_id__in=list(deals)).order_by("pk")
    for record_id, changes, at in told.values_list("record_id", "changes", "at"):
        pair = changes.get("stage")
        if pair and pair[1]:
            moves[record_id].append((int(pair[1]), at))
    stages: dict[int, list[Stage]] = defaultdict(list)
    for one in Stage.objects.filter(kind=Stage.Kind.OPEN).order_by("position", "pk"):
        stages[one.pipeline_id].append(one)
    Stay.objects.filter(deal_key__in=ids).delete()
    Stay.objects.bulk_create(
        [row for pk, deal in deals.items() for row in _stays(deal, moves[pk], stages[deal.pipeline_id])]
    )


def _stays(deal: Any, moves: list[tuple[int, datetime]], stages: list[Stage]) -> list[Stay]:
    """One row for each open stage up to the furthest that the deal has reached."""
    places = {one.pk: at for at, one in enumerate(stages)}
    visited = [places[stage] for stage, _at in moves if stage in places]
    furthest = len(stages) - 1 if deal.status == "won" else max(visited, default=0)
    ends = [*(at for _stage, at in moves[1:]), None][: len(moves)]  # a deal may have no history
    days: dict[int, int] = defaultdict(int)
    left: set[int] = set()
    for (stage, since), until in zip(moves, ends, strict=True):
        if until is not None:
            days[stage] += (until - since).days
            left.add(stage)
    last = visited[-1] if visited else 0
    now = datetime.now(UTC)
    cohort = deal.opened_on or date(now.year, now.month, 1)
    return [
        Stay(
            deal_key=deal.pk,
            stage=stage,
            cohort=cohort,
            outcome=_outcome(deal.status, at == last),
            span=_span(days[stage.pk]) if stage.pk in left and stage.pk != deal.stage_id else None,
            owner_id=deal.owner_id,
            team_id=deal.team_id,
            created_at=now,
            updated_at=now,
        )
        for at, stage in enumerate(stages[: furthest + 1])
    ]


def _outcome(status: str, last: bool) -> str:
    if status == "won":
        return "won"
    if status == "lost":
        return "leaked" if last else "lost"
    return "here" if last else "open"


def _span(days: int) -> str:
    return str(next((one for one in SPANS if days <= one), SPANS[-1]))
