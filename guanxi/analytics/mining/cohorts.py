"""Cohorts: of those who came in one period, how many came again in each later one; and net revenue
retention."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from guanxi.analytics.mining.trust import Trust, doubts

Key = TypeVar("Key", bound=Hashable)
FEWEST = 20


@dataclass(frozen=True)
class Cohort:
    """Those whose first period is `period`; `active[k]` of them were there again k periods later."""

    period: int
    active: tuple[int, ...]

    @property
    def size(self) -> int:
        return self.active[0]

    def retention(self, k: int) -> float:
        return self.active[k] / self.size


@dataclass(frozen=True)
class Cohorts:
    rows: tuple[Cohort, ...]
    trust: Trust

    def mean_retention(self, k: int) -> float | None:
        """Weighted by size, over the cohorts that are old enough; None where none is."""
        old = [row for row in self.rows if len(row.active) > k]
        size = sum(row.size for row in old)
        return sum(row.active[k] for row in old) / size if size else None


def cohorts(visits: Iterable[tuple[Key, int]], *, last: int | None = None) -> Cohorts:
    """`visits`: who was there in which period (periods are running numbers, such as year·12 + month).

    `last` is the last whole period; without it, the last one seen.
    """
    seen = set(visits)
    first: dict[Key, int] = {}
    for key, period in seen:
        first[key] = min(period, first.get(key, period))
    end = last if last is not None else max((period for _key, period in seen), default=0)
    counts: dict[tuple[int, int], int] = {}
    for key, period in seen:
        place = (first[key], period - first[key])
        counts[place] = counts.get(place, 0) + 1
    begun = sorted({period for period in first.values() if period <= end})
    rows = tuple(
        Cohort(period, tuple(counts.get((period, k), 0) for k in range(end - period + 1))) for period in begun
    )
    small = sum(row.size < FEWEST for row in rows)
    trust = Trust(
        len(first),
        ("first_seen_is_first",),
        doubts(thin=len(first) < FEWEST or len(rows) < 2, small_cohorts=small * 2 > len(rows)),
    )
    return Cohorts(rows, trust)


@dataclass(frozen=True)
class Retained:
    """What became of the revenue of those who bought before: start + expansion − contraction − lost = end."""

    start: int
    expansion: int
    contraction: int
    lost: int
    trust: Trust

    @property
    def net(self) -> float | None:
        """Net revenue retention: (start + expansion − contraction − lost) / start."""
        if not self.start:
            return None
        return (self.start + self.expansion - self.contraction - self.lost) / self.start


def net_retention(before: Mapping[Key, int], now: Mapping[Key, int]) -> Retained:
    """From the revenue of each customer in two equal periods; customers who are new do not count."""
    expansion = contraction = lost = 0
    old = {key: value for key, value in before.items() if value > 0}
    for key, value in old.items():
        after = now.get(key, 0)
        if after <= 0:
            lost += value
        elif after >= value:
            expansion += after - value
        else:
            contraction += value - after
    trust = Trust(len(old), ("equal_periods",), doubts(thin=len(old) < FEWEST))
    return Retained(sum(old.values()), expansion, contraction, lost, trust)
