"""Search hears every fact and writes the records they are about anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.facts import actor_after
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.records.computing import following, recalculate
from guanxi.platform.records.jobs import AT_ONCE_HERE, recalculate_records
from guanxi.platform.records.places import keep_places, placed_fields
from guanxi.platform.records.search import forget_all, index_records
from guanxi.platform.records.walking import locked


@consumer("computed", hears=("*",), starts="now")
def compute_what_follows(facts: Sequence[Fact]) -> None:
    """Formulas, lookups and roll-ups of records that follow from what changed elsewhere."""
    last = max(facts, key=lambda fact: fact.depth)
    for name, ids in following(facts).items():
        if len(ids) <= AT_ONCE_HERE:
            recalculate(name, ids, by=actor_after(last, "Guanxi"))
            continue
        for start in range(0, len(ids), AT_ONCE_HERE):
            recalculate_records.enqueue(
                object=name,
                ids=sorted(ids)[start : start + AT_ONCE_HERE],
                cause=last.pk,
                depth=last.depth + 1,
            )


@consumer("places", hears=("*",), starts="now")
def keep_what_is_placed(facts: Sequence[Fact]) -> None:
    """Every verb keeps the places of what it writes. Bulk writers that go round them have them kept here."""
    own = registry.of_workspace()
    for name in {fact.object for fact in facts} if own is not None else ():
        if not registry.has(name) or not placed_fields(obj := registry.get(name)):
            continue
        ids = {fact.record_id for fact in facts if fact.object == name}
        keep_places(obj, list(locked(obj.rows().filter(pk__in=ids).order_by("pk"))))


@consumer("search", hears=("*",), reset=forget_all)
def index_what_changed(facts: Sequence[Fact]) -> None:
    """By the records as they are now: the order of facts does not matter, and neither does a repetition."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for fact in facts:
        if registry.has(fact.object):
            wanted[fact.object].add(fact.record_id)
    for name, ids in wanted.items():
        obj = registry.get(name)
        index_records(obj, list(obj.rows().filter(pk__in=ids)))
