"""How far deals come that began together, how long they stay, and where they are lost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.summary import summarise
from guanxi.platform.records.tallies import COUNT, counted_ahead
from guanxi.platform.records.titles import titles_of
from guanxi.sales.deals.models import Stage
from guanxi.sales.forecasts.models import SPANS, Stay
from guanxi.sales.targets.periods import Period

FEW = 5  # deals that must have left a stage before it is said to leak


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the funnel.

    reached     deals of the cohort that came so far, also those that skipped it
    went_on     of those, how many reached the next one (or were won); share of `reached`, in percent
    leaked      how many were lost from here
    won         how many of those that came so far were won, in percent of those that are decided
    median, p80 days that half, and four of five, stay no longer than; None where nobody has left
    worst       here the largest share of those who came is lost
    """

    id: int
    label: str
    reached: int
    went_on: int
    conversion: int | None
    leaked: int
    standing: int
    won: int | None
    median: int | None
    p80: int | None
    bar: int
    worst: bool = False


def funnel(pipeline_id: int, period: Period, *, by: Actor) -> list[Step]:
    """The open stages of a pipeline in their order, and the won ones at the end; [] without deals."""
    stages = list(
        Stage.objects.filter(pipeline_id=pipeline_id, kind=Stage.Kind.OPEN).order_by("position", "pk")
    )
    ids = {one.pk for one in stages}
    outcomes: dict[int, dict[str, int]] = defaultdict(dict)
    for stage, outcome, count in _counted("outcome", period, by):
        if stage in ids:
            outcomes[stage][str(outcome)] = count
    if not outcomes:
        return []
    spans: dict[int, dict[int, int]] = defaultdict(dict)
    for stage, span, count in _counted("span", period, by):
        if stage in ids and span:
            spans[stage][int(str(span))] = count
    reached = [sum(outcomes[one.pk].values()) for one in stages]
    won = outcomes[stages[-1].pk].get("won", 0) if stages else 0
    steps = []
    for one, came, after in zip(stages, reached, [*reached[1:], won], strict=True):
        said = outcomes[one.pk]
        decided = sum(said.get(name, 0) for name in ("won", "lost", "leaked"))
        steps.append(
            Step(
                one.pk, one.name, came, after, round(100 * after / came) if came else None,
                said.get("leaked", 0), said.get("here", 0),
                round(100 * said.get("won", 0) / decided) if decided else None,
                _quantile(spans[one.pk], 0.5), _quantile(spans[one.pk], 0.8),
                round(100 * came / max(reached[0], 1)),
            )
        )  # fmt: skip
    worst = max(steps, key=lambda one: one.leaked / max(one.reached, 1))
    return [replace(one, worst=True) if one is worst and one.leaked >= FEW else one for one in steps]


def _counted(name: str, period: Period, by: Actor) -> list[tuple[int, str | None, int]]:
    """(stage, outcome or span, how many) of the deals that began in the period and that the actor sees."""
    obj = registry.get("deal")
    rule = row_rule(obj, by)
    column = f'r."{name}"'
    month = "cohort:month"
    tally = counted_ahead(Stay, [rule.text, column, 'r."stage_id"'], periods=(month,))
    if tally is not None:
        rows = fetch(
            f'SELECT r."stage_id", {column}, {COUNT} FROM {tally.table} WHERE {rule.text}'
            f' AND r."{month}" >= %s AND r."{month}" <= %s GROUP BY r."stage_id", {column}'
            " HAVING sum(r.n) <> 0",
            (*rule.params, f"{period.first:%Y-%m}", f"{period.last:%Y-%m}"),
        )
    else:  # a share speaks of the deals themselves
        rows = fetch(
            f"SELECT s.stage_id, s.{name}, count(*) FROM sales_stay s JOIN sales_deal r ON r.id = s.deal_key"
            f" WHERE s.workspace_id = %s AND {rule.text} AND r.archived_at IS NULL"
            f" AND s.cohort >= %s AND s.cohort <= %s GROUP BY s.stage_id, s.{name}",
            (by.workspace_id, *rule.params, period.first, period.last),
        )
    return [(int(row[0]), row[1], int(row[2])) for row in rows]


def _quantile(spans: dict[int, int], share: float) -> int | None:
    """Days that this share of stays is no longer than: within a class as if evenly spread."""
    total = sum(spans.values())
    if not total:
        return None
    wanted, passed = share * total, 0
    for at, most in enumerate(SPANS):
        count = spans.get(most, 0)
        if count and passed + count >= wanted:
            least = SPANS[at - 1] if at else 0
            return round(least + (most - least) * (wanted - passed) / count)
        passed += count
    return SPANS[-1]


@dataclass(frozen=True, slots=True)
class WinRate:
    """Of the deals that were decided: how many were won, by count and by amount."""

    label: str
    won: int
    lost: int
    amount: Decimal
    lost_amount: Decimal

    @property
    def rate(self) -> float:
        return self.won / max(self.won + self.lost, 1)

    @property
    def rate_by_amount(self) -> float | None:
        whole = self.amount + self.lost_amount
        return float(self.amount / whole) if whole else None


def win_rates(split: str, period: Period | None, *, by: Actor) -> list[WinRate]:
    """won / (won + lost) by `owner` or `product`, of the deals that were closed in the period; best first."""
    obj = registry.get("deal")
    if not sees(obj, (split, "status", "amount", "closed_on"), by):
        return []
    dates = [] if period is None else [
        Condition("closed_on", "gte", period.first.isoformat()),
        Condition("closed_on", "lte", period.last.isoformat()),
    ]  # fmt: skip
    query = ListQuery(obj=obj, columns=(), filter=All((Condition("status", "in", ["won", "lost"]), *dates)))
    found: dict[int | None, dict[str, tuple[int, Decimal]]] = defaultdict(dict)
    for one in summarise(query, by=by, group=(split, "status"), sums=("amount",)):
        found[one.key[0]][one.key[1]] = (one.count, one.sums["amount"])
    to = "member" if split == "owner" else "product"
    refs = titles_of({(to, key) for key in found if key}, by=by)
    rates = []
    for key, sides in found.items():
        won, lost = (sides.get(name, (0, Decimal(0))) for name in ("won", "lost"))
        ref = refs.get((to, key or 0))
        rates.append(WinRate(ref.title if ref else "", won[0], lost[0], won[1], lost[1]))
    return sorted(rates, key=lambda one: (-one.rate, -one.won, one.label))
