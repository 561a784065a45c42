"""The value of a metric for an actor, over a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.metrics import Metric
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.filters import All, Condition, parse_filter
from guanxi.platform.records.filters.tree import conditions_of
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.questions import Question, Raw
from guanxi.platform.records.summary import summary_question


def measure_question(
    metric: Metric, *, by: Actor, first: date, last: date, mine: bool = False
) -> Question[Decimal]:
    """The count, or the sum in the workspace's currency, from `first` to `last`, both included.

    Over the records that the actor may see; with `mine`, over those the actor owns.
    """
    query = metric_query(metric, first=first, last=last, mine=mine)
    asked = summary_question(query, by=by, sums=_sums(metric))

    def read(raw: Sequence[Raw]) -> Decimal:
        (found,) = asked.read(raw)
        return found.sums[metric.sum] if metric.sum else Decimal(found.count)

    return Question(asked.selects, read)


def may_measure(metric: Metric, *, by: Actor) -> bool:
    """Whether the actor sees all that the number is made of."""
    if not by.may("see", metric.object):
        return False
    obj = registry.get(metric.object)
    names = [one.field.partition(".")[0] for one in conditions_of(parse_filter(metric.filter))]
    return sees(obj, (metric.date, *_sums(metric), *names), by)


def metric_query(metric: Metric, *, first: date, last: date, mine: bool = False) -> ListQuery:
    """The list of the records behind the number."""
    obj = registry.get(metric.object)
    parts = [
        Condition(metric.date, "gte", first.isoformat()),
        Condition(metric.date, "lte", last.isoformat()),
        *([parse_filter(metric.filter)] if metric.filter else []),
        *([Condition("owner", "is", "me")] if mine and obj.owned else []),
    ]
    return ListQuery(obj=obj, columns=(), filter=All(tuple(parts)))


def _sums(metric: Metric) -> tuple[str, ...]:
    return (metric.sum,) if metric.sum else ()
