"""The value of a metric for an actor, over a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.formulas import FormulaError
from guanxi.platform.metadata.formulas.language import names_in, parse_formula
from guanxi.platform.metadata.metrics import Metric
from guanxi.platform.metadata.metrics import metric as metric_called
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.filters import All, Condition, FilterSyntaxError, parse_filter
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
    if metric.aggregate == "ratio":
        return all(_may_measure_part(name, by) for name in (metric.part, metric.whole))
    try:
        paths = [tuple(one.field.split(".")) for one in conditions_of(parse_filter(metric.filter))]
        paths += [one.path for one in names_in(parse_formula(metric.formula))] if metric.formula else []
    except (FilterSyntaxError, FormulaError):
        return False
    plain = [(name,) for name in (metric.date, *_sums(metric))]
    if metric.concerned:
        if not by.may("see", metric.concerned):
            return False
        plain.append((obj.about,))
    return all(_sees_along(obj, path, by) for path in (*plain, *paths))


def _may_measure_part(name: str, by: Actor) -> bool:
    try:
        return may_measure(metric_called(name), by=by)
    except KeyError:
        return False


def _sees_along(obj: Object, path: tuple[str, ...], by: Actor) -> bool:
    """Whether the actor sees every field of a path of links."""
    name, *rest = path
    if name not in obj.fields_by_name or not by.may("see", obj.name) or not sees(obj, (name,), by):
        return False
    field = obj[name]
    if not rest or not isinstance(field, Link) or not registry.has(field.to):
        return not rest or isinstance(field, Link)  # members and teams are read by all
    return _sees_along(registry.get(field.to), tuple(rest), by)


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
