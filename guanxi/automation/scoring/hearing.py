"""From facts to records that are to be weighed anew: by names, before the database is asked anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from guanxi.automation.scoring.keeping import lock, weigh_records
from guanxi.automation.scoring.models import ScoreHit, ScoreModel
from guanxi.automation.scoring.recipe import reads
from guanxi.automation.scoring.weighing import hits_of, names_counted
from guanxi.automation.workflows.matching import acting
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import require_workspace_id

WHOLE = frozenset({"created", "restored", "merged"})
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Listening:
    """What one model listens for."""

    model_id: int
    object: str
    title: str
    fields: frozenset[str]
    facts: frozenset[str]

    def concerns(self, fact: Fact) -> bool:
        if fact.verb == "scored" or fact.object != self.object:
            return False
        return fact.verb in WHOLE or not self.fields.isdisjoint(fact.changes)


_kept: dict[int, tuple[tuple[int, ...], list[Listening]]] = {}


def hear_facts(facts: Sequence[Fact]) -> None:
    """Facts of one workspace, in order, inside the transaction that moves the consumer's cursor."""
    models = listening()
    if not models:
        return
    now = datetime.now(UTC)
    for one in models:
        heard: dict[int, Fact] = {fact.record_id: fact for fact in facts if one.concerns(fact)}
        hits = hits_of(registry.get(one.object), facts, one.facts) if one.facts else []
        if hits:
            ScoreHit.objects.bulk_create(hits, ignore_conflicts=True)
            by_key = {fact.pk: fact for fact in facts}
            heard |= {hit.record_id: by_key[hit.fact_id] for hit in hits}
        if not heard:
            continue
        model = lock(one.model_id)
        if model is None:
            continue
        cause = max(heard.values(), key=lambda fact: fact.depth)
        weigh_records(model, heard, by=acting(None, one.title, cause=cause), now=now)


def listening() -> list[Listening]:
    """The models of the chosen workspace that are on; read anew when one of them has changed."""
    workspace_id = require_workspace_id()
    editions = tuple(
        ScoreModel.objects.filter(on_at__isnull=False).order_by("edition").values_list("edition", flat=True)
    )
    if not editions:
        return []
    known = _kept.get(workspace_id)
    if known is not None and known[0] == editions:
        return known[1]
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    found = [
        Listening(
            row.pk,
            row.object,
            row.title,
            frozenset({row.field} | reads(registry.get(row.object), row.rules)),
            names_counted(row.rules),
        )
        for row in ScoreModel.objects.filter(on_at__isnull=False).order_by("pk")
        if registry.has(row.object)
    ]
    _kept[workspace_id] = (editions, found)
    return found
