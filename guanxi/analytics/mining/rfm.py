"""RFM: how lately, how often and for how much a customer bought (A. M. Hughes 1994), in fifths."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from guanxi.analytics.mining.trust import Trust, doubts

Key = TypeVar("Key", bound=Hashable)
FEWEST = 25  # five in each fifth

# By recency (row, 5 lately … 1 long ago) and frequency (column, 1 … 5).
GRID = {
    5: ("new", "promising", "loyal", "champion", "champion"),
    4: ("promising", "promising", "loyal", "loyal", "champion"),
    3: ("sleepy", "sleepy", "wavering", "loyal", "loyal"),
    2: ("dormant", "dormant", "at_risk", "at_risk", "not_to_lose"),
    1: ("lost", "lost", "at_risk", "not_to_lose", "not_to_lose"),
}
SEGMENTS = (
    "champion",
    "loyal",
    "promising",
    "new",
    "wavering",
    "sleepy",
    "at_risk",
    "not_to_lose",
    "dormant",
    "lost",
)


@dataclass(frozen=True)
class Buyer:
    """What is known of one customer: days since the last order, orders, and their sum in whole units."""

    days: int
    orders: int
    amount: int


@dataclass(frozen=True)
class Scored:
    buyer: Buyer
    recency: int
    frequency: int
    monetary: int
    segment: str

    @property
    def code(self) -> str:
        return f"{self.recency}{self.frequency}{self.monetary}"


@dataclass(frozen=True)
class Rfm(Generic[Key]):
    scored: Mapping[Key, Scored]
    trust: Trust

    def sizes(self) -> dict[str, int]:
        """How many are in each segment, in the order of `SEGMENTS`."""
        counts = dict.fromkeys(SEGMENTS, 0)
        for one in self.scored.values():
            counts[one.segment] += 1
        return counts


def rfm(buyers: Mapping[Key, Buyer]) -> Rfm[Key]:
    """Scores 1 to 5 in each of the three, by the share of customers who are worse. Equals score alike."""
    recency = _fifths([-one.days for one in buyers.values()])
    frequency = _fifths([one.orders for one in buyers.values()])
    monetary = _fifths([one.amount for one in buyers.values()])
    scored = {
        key: Scored(one, r, f, m, GRID[r][f - 1])
        for (key, one), r, f, m in zip(buyers.items(), recency, frequency, monetary, strict=True)
    }
    once = sum(one.orders <= 1 for one in buyers.values())
    trust = Trust(
        len(buyers),
        ("fifths", "one_currency"),
        doubts(thin=len(buyers) < FEWEST, mostly_once=once * 5 > 4 * len(buyers) > 0),
    )
    return Rfm(scored, trust)


def _fifths(values: Sequence[int]) -> list[int]:
    """1 … 5: in which fifth each stands, by how many are below it; so that equals stand together."""
    ordered = sorted(values)
    n = len(ordered)
    known = {value: 1 + 5 * bisect_left(ordered, value) // n for value in set(ordered)}
    return [known[value] for value in values]
