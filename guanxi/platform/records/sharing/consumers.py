"""Rules that share hear every fact of a record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.records.sharing.rules import renew_shares, rules_of


@consumer("sharing", hears=("*",), starts="now")
def share_by_rules(facts: Sequence[Fact]) -> None:
    """By the records as they are now: order and repetition do not matter."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for fact in facts:
        if registry.has(fact.object):
            wanted[fact.object].add(fact.record_id)
    for rule in rules_of(wanted.keys()) if wanted else ():
        renew_shares(rule, registry.get(rule.object), sorted(wanted[rule.object]))
