"""How long things last while some are still lasting: Kaplan and Meier 1958, Greenwood 1926, log-rank 1966."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanxi.analytics.mining.trust import Trust, doubts

FEWEST = 30


@dataclass(frozen=True)
class Survival:
    """`share[i]` are still there after `times[i]`; `low` and `high` hold the truth in 19 of 20 cases."""

    times: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    trust: Trust

    def at(self, time: float) -> float:
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return float(self.share[place]) if place >= 0 else 1.0

    @property
    def median(self) -> float | None:
        """When half are gone; None while more than half are there to the end."""
        below = np.nonzero(self.share <= 0.5)[0]
        return float(self.times[below[0]]) if len(below) else None


def kaplan_meier(durations: Sequence[float], ended: Sequence[bool]) -> Survival:
    """`durations`: how long each has lasted; `ended`: whether it is over (else it only was last seen
    then)."""
    times, ends, at_risk = _table(np.asarray(durations, dtype=np.float64), np.asarray(ended, dtype=bool))
    share = np.asarray(np.cumprod(1 - ends / at_risk), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(ends / (at_risk * (at_risk - ends)))
        # On the scale of log(−log), so that the bounds stay between 0 and 1.
        spread = 1.959963984540054 * np.sqrt(variance) / np.abs(np.log(share))
        low, high = share ** np.exp(spread), share ** np.exp(-spread)
    low, high = (np.where(np.isfinite(one), one, share).astype(np.float64) for one in (low, high))
    over = int(ends.sum())
    trust = Trust(
        len(durations),
        ("leaving_is_not_hidden",),
        doubts(
            thin=len(durations) < FEWEST or over < 5,
            few_at_the_end=bool(len(at_risk)) and int(at_risk[-1]) < 5,
        ),
    )
    return Survival(times, share, low, high, at_risk, trust)


def log_rank(groups: Mapping[str, tuple[Sequence[float], Sequence[bool]]]) -> tuple[float, float]:
    """Chi-square of the difference between the groups, and how often chance alone would show it."""
    from scipy.special import gammaincc

    parts = [(np.asarray(d, dtype=np.float64), np.asarray(e, dtype=bool)) for d, e in groups.values()]
    moments = np.unique(np.concatenate([d[e] for d, e in parts]))
    risk = np.array([[(d >= t).sum() for t in moments] for d, _e in parts], dtype=np.float64)
    ends = np.array([[((d == t) & e).sum() for t in moments] for d, e in parts], dtype=np.float64)
    n, over = risk.sum(axis=0), ends.sum(axis=0)
    expected = risk * over / n
    gap = (ends - expected).sum(axis=1)[:-1]
    factor = np.where(n > 1, over * (n - over) / np.maximum(n - 1, 1), 0.0)
    share = risk / n
    covariance = np.array(
        [
            [float((factor * share[i] * ((i == j) - share[j])).sum()) for j in range(len(gap))]
            for i in range(len(gap))
        ]
    )
    value = float(gap @ np.linalg.solve(covariance, gap))
    chance = float(gammaincc(len(gap) / 2, value / 2))
    return value, chance if math.isfinite(chance) else 1.0


def _table(
    durations: NDArray[np.float64], ended: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """At each time: how many ended, and how many had lasted until then."""
    times = np.unique(durations)
    ends = np.array([int(((durations == time) & ended).sum()) for time in times], dtype=np.int64)
    gone = np.searchsorted(np.sort(durations), times, side="left")
    return times, ends, (len(durations) - gone).astype(np.int64)
