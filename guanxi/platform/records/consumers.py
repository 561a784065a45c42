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
from guanxi.platform.records.search import forget_all, index_records


@consumer("computed", hears=("*",), starts="now")
def compute_what_follows(facts: Sequence[Fact]) -> None:
    """Formulas, lookups and roll-ups of records that follow from what changed elsewhere."""
    last = max(facts, key=lambda fact: fact.depth)
    for name, ids in following(facts).items():
        if len(ids) <= AT_ONCE_HERE:
            recalculate(name, ids, by=actor_after(last, "computed"))
            continue
        for start in range(0, len(ids), AT_ONCE_HERE):
            recalculate_records.enqueue(
                object=name,
                ids=sorted(ids)[start : start + AT_ONCE_HERE],
                cause=last.pk,
                depth=last.depth + 1,
            )


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
