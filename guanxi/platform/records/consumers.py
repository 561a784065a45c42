"""Search hears every fact and writes the records they are about anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.records.search import forget_all, index_records


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
