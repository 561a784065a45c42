"""Whether one series runs ahead of another, and by how much.

Two series that both grow go together without having to do with each other. So the steps from one time to
the next are compared, not the levels; and because many distances are tried, the chance is multiplied by their
number (Bonferroni)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from guanxi.analytics.mining.trust import Trust, doubts

FEWEST = 24
ONCE_IN = 0.05


@dataclass(frozen=True)
class Lagged:
    """`lag`: by how many steps the first runs ahead of the second. `link`: the correlation there, −1 to 1.
    `chance`: how often series that have nothing to do with each other would show one as strong. `pairs`: how
    many pairs of steps were compared."""

    lag: int
    link: float
    chance: float
    pairs: int
    trust: Trust

    @property
    def real(self) -> bool:
        return self.trust.sound


def runs_ahead(first: Sequence[float], second: Sequence[float], *, furthest: int = 8) -> Lagged:
    """The distance at which the steps of `first` go best with the later steps of `second`."""
    from scipy.special import betainc

    a, b = (np.diff(np.asarray(one, dtype=np.float64)) for one in (first, second))
    furthest = min(furthest, len(a) - FEWEST)
    best = (0, 0.0, 1.0, len(a))
    for lag in range(furthest + 1):
        x, y = a[: len(a) - lag], b[lag:]
        if not (np.ptp(x) and np.ptp(y)):
            continue
        link, n = float(np.corrcoef(x, y)[0, 1]), len(x)
        free = n - 2
        chance = float(betainc(free / 2, 0.5, min(1.0, max(0.0, 1 - link**2))))
        if chance < best[2]:
            best = (lag, link, chance, n)
    lag, link, chance, pairs = best
    chance = min(1.0, chance * (max(furthest, 0) + 1))
    trust = Trust(
        len(first),
        ("steps_not_levels", "no_cause_is_shown"),
        doubts(thin=len(first) <= FEWEST, may_be_chance=chance >= ONCE_IN),
    )
    return Lagged(lag, link, chance, pairs, trust)


def goes_with(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """The rank correlation (Spearman 1904) of two measures of the same cases, and how often chance alone
    would show one as strong."""
    from scipy.stats import spearmanr

    if len(first) < 3 or not np.ptp(first) or not np.ptp(second):
        return 0.0, 1.0
    found = spearmanr(first, second)
    return float(found.statistic), float(found.pvalue)
