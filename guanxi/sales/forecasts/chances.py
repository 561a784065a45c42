"""How often deals are won from a stage, and what their sum may come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.deals.models import Stage

KAPPA = 10  # deals that the probability of the stage counts for
EXACT = 200  # deals up to which the distribution is worked out; beyond that it is as good as normal
STEPS = 1_000
LOW, HIGH = 0.1, 0.9  # four cases of five lie between


@dataclass(frozen=True, slots=True)
class Prospects:
    """The stages of all pipelines by their keys, and the chance of a deal that has reached one."""

    stages: Mapping[int, Stage]
    chance: Mapping[int, float]


def prospects() -> Prospects:
    """As they are now: read once for whatever is worked out of them."""
    stages = list(Stage.objects.all())
    return Prospects({one.pk: one for one in stages}, chances(stages))


def chances(stages: Sequence[Stage]) -> dict[int, float]:
    """Stage → how likely a deal that has reached it is won, between 0 and 1.

    (won from it + κ·p₀) / (decided since it was reached + κ), p₀ what the stage says and κ = 10: with little
    history the stage is believed, with much of it the history. It is a number of the whole workspace.
    """
    rows = fetch(
        "SELECT t.link_1, t.text_1, CAST(sum(t.n) AS bigint) FROM records_tally t"
        " WHERE t.workspace_id = %s AND t.tally = 'sales_stay.reached'"
        " AND t.text_1 IN ('won', 'lost', 'leaked') GROUP BY t.link_1, t.text_1",
        (require_workspace_id(),),
    )
    won, decided = dict[int, int](), dict[int, int]()
    for stage, outcome, count in rows:
        decided[stage] = decided.get(stage, 0) + int(count)
        if outcome == "won":
            won[stage] = int(count)
    return {
        one.pk: (won.get(one.pk, 0) + KAPPA * one.probability / 100) / (decided.get(one.pk, 0) + KAPPA)
        for one in stages
    }


def interval(deals: Sequence[tuple[Decimal, float]]) -> tuple[Decimal, Decimal]:
    """Between what the sum of won deals lies in four cases of five: (amount, probability) of each deal.

    Each deal is won or not, by itself: the sum is Poisson-binomial with amounts. Its distribution is worked
    out deal by deal on a grid of a thousandth of the whole; no dice are thrown.
    """
    whole = sum((amount for amount, _chance in deals), Decimal(0))
    if whole <= 0:
        return Decimal(0), Decimal(0)
    step = whole / STEPS
    mass = [1.0] + [0.0] * (STEPS + len(deals))
    top = 0
    for amount, chance in deals:
        by = int(amount / step + Decimal("0.5"))
        top = min(top + by, len(mass) - 1)
        for at in range(top, -1, -1):
            mass[at] = mass[at] * (1 - chance) + (mass[at - by] * chance if at >= by else 0.0)
    return step * _quantile(mass, LOW), step * _quantile(mass, HIGH)


def wide_interval(mean: float, variance: float, whole: float) -> tuple[Decimal, Decimal]:
    """The same of many deals, whose sum is as good as normal."""
    reach = 1.2816 * sqrt(max(variance, 0.0))
    return _units(max(0.0, mean - reach)), _units(min(whole, mean + reach))


def _units(value: float) -> Decimal:
    return Decimal(round(value))


def _quantile(mass: Sequence[float], share: float) -> int:
    total = 0.0
    for at, one in enumerate(mass):
        total += one
        if total >= share - 1e-9:
            return at
    return len(mass) - 1
