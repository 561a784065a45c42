"""What a customer will still bring.

Without a contract: BG/NBD for how often (Fader, Hardie and Lee 2005) and Gamma–Gamma for how much (Fader and
Hardie 2013). With a contract: shifted-beta-geometric (Fader and Hardie 2007)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanxi.analytics.mining.trust import Trust, doubts

Numbers = NDArray[np.float64]
FEWEST = 100
FEWEST_TERMS = 30


@dataclass(frozen=True)
class BgNbd:
    """Rates of buying are Gamma(r, alpha); the chance of leaving after an order is Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    trust: Trust

    def alive(self, repeats: Any, last: Any, age: Any) -> Numbers:
        """P(still a customer): `repeats` orders after the first, the last at `last`, known for `age`."""
        x, t, total = (np.asarray(one, dtype=np.float64) for one in (repeats, last, age))
        odds = (self.a / (self.b + np.maximum(x, 1) - 1)) * ((self.alpha + total) / (self.alpha + t)) ** (
            self.r + x
        )
        return np.asarray(1 / (1 + np.where(x > 0, odds, 0.0)), dtype=np.float64)

    def expected(self, ahead: float, repeats: Any, last: Any, age: Any) -> Numbers:
        """Orders to be expected in the coming `ahead` (same unit of time)."""
        from scipy.special import hyp2f1

        x, total = np.asarray(repeats, dtype=np.float64), np.asarray(age, dtype=np.float64)
        a, b, r, alpha = self.a, self.b, self.r, self.alpha
        shrink = ((alpha + total) / (alpha + total + ahead)) ** (r + x)
        curve = hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + total + ahead))
        grown = (a + b + x - 1) / (a - 1) * (1 - shrink * curve)
        return np.asarray(grown * self.alive(repeats, last, age), dtype=np.float64)


@dataclass(frozen=True)
class GammaGamma:
    """Values of orders around a customer's own mean, means spread over customers."""

    p: float
    q: float
    gamma: float
    trust: Trust

    def mean_value(self, repeats: Any, mean: Any) -> Numbers:
        """The value of an order to be expected: between the customer's own mean and everybody's."""
        x, m = np.asarray(repeats, dtype=np.float64), np.asarray(mean, dtype=np.float64)
        return np.asarray(self.p * (self.gamma + x * m) / (self.p * x + self.q - 1), dtype=np.float64)


@dataclass(frozen=True)
class Contracts:
    """Shifted-beta-geometric: every customer has a chance of leaving at renewal, spread as Beta(a, b)."""

    a: float
    b: float
    log_likelihood: float
    trust: Trust

    def retention(self, period: int) -> float:
        """The share that renews at the end of period `period` (from 1): (b + t − 1)/(a + b + t − 1)."""
        return (self.b + period - 1) / (self.a + self.b + period - 1)

    def surviving(self, periods: int) -> Numbers:
        renewed = [self.retention(period) for period in range(1, periods + 1)]
        return np.asarray(np.cumprod(renewed), dtype=np.float64)

    def value(self, margin: float, *, periods: int = 60, discount: float = 0.0) -> float:
        """Σ margin · S(t) / (1 + d)^t, of a customer who begins now."""
        time = np.arange(1, periods + 1)
        return float(margin * (self.surviving(periods) / (1 + discount) ** time).sum())


def fit_bg_nbd(repeats: Any, last: Any, age: Any, *, penalty: float = 0.0) -> BgNbd:
    """By maximum likelihood; `penalty` pulls the parameters together where there is little to learn from."""
    from scipy.optimize import minimize
    from scipy.special import betaln, gammaln

    x, t, total = (np.asarray(one, dtype=np.float64) for one in (repeats, last, age))
    # Equal histories are computed once: thousands of customers bought once and never again.
    rows, counts = np.unique(np.column_stack([x, t, total]), axis=0, return_counts=True)
    x, t, total = rows.T
    again = x > 0
    unit = max(float(total.mean()), 1e-9)
    t, total = t / unit, total / unit

    def cost(logs: Numbers) -> float:
        r, alpha, a, b = np.exp(logs)
        base = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + total)
        leaves = np.where(
            again,
            betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t),
            -np.inf,
        )
        value = float((counts * (base + np.logaddexp(stays, leaves))).sum())
        return -value / float(counts.sum()) + penalty * float((np.exp(logs) ** 2).sum())

    best = minimize(cost, np.zeros(4), method="L-BFGS-B", bounds=[(-12, 12)] * 4)
    best = minimize(
        cost, best.x, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 2000}
    )
    r, alpha, a, b = (float(value) for value in np.exp(best.x))
    size, repeated = int(counts.sum()), int(counts[again].sum())
    trust = Trust(
        size,
        ("no_contract", "buying_is_random", "independent"),
        doubts(
            thin=size < FEWEST or repeated < 30,
            no_fit=not best.success,
            nobody_leaves=a < 1e-4 or b > 1e4,
        ),
    )
    likelihood = -float(best.fun) * size - float((counts * x).sum() * np.log(unit))
    return BgNbd(r, alpha * unit, a, b, likelihood, trust)


def fit_gamma_gamma(repeats: Any, mean: Any) -> GammaGamma:
    """From customers who came again and whose mean value is above nought. Warns where many orders go with
    high values: the model takes them as independent."""
    from scipy.optimize import minimize
    from scipy.special import gammaln

    x, m = np.asarray(repeats, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    keep = (x > 0) & (m > 0)
    x, m = x[keep], m[keep]
    if len(x) < 3:
        return GammaGamma(1.0, 2.0, 1.0, Trust(len(x), (), ("thin",)))
    unit = float(np.median(m))
    m = m / unit

    def cost(logs: Numbers) -> float:
        p, q, gamma = np.exp(logs)
        value = (
            gammaln(p * x + q)
            - gammaln(p * x)
            - gammaln(q)
            + q * np.log(gamma)
            + (p * x - 1) * np.log(m)
            + p * x * np.log(x)
            - (p * x + q) * np.log(gamma + m * x)
        )
        return -float(value.mean())

    best = minimize(cost, np.array([1.0, 1.0, 0.0]), method="L-BFGS-B", bounds=[(-8, 8)] * 3)
    p, q, gamma = (float(value) for value in np.exp(best.x))
    linked = abs(float(np.corrcoef(x, m)[0, 1])) if np.ptp(x) and np.ptp(m) else 0.0
    trust = Trust(
        len(x),
        ("values_independent_of_orders",),
        doubts(thin=len(x) < FEWEST, values_go_with_orders=linked > 0.3),
    )
    return GammaGamma(p, q, gamma * unit, trust)


def lifetime_value(
    orders: BgNbd,
    values: GammaGamma,
    repeats: Any,
    last: Any,
    age: Any,
    mean: Any,
    *,
    periods: int,
    step: float,
    margin: float = 1.0,
    discount: float = 0.0,
) -> Numbers:
    """Σ margin · E[value] · (E[orders to t] − E[orders to t − 1]) / (1 + d)^t over `periods` of `step`
    each."""
    worth = values.mean_value(repeats, mean)
    total, before = np.zeros_like(worth), np.zeros_like(worth)
    for period in range(1, periods + 1):
        until = orders.expected(period * step, repeats, last, age)
        total += margin * worth * (until - before) / (1 + discount) ** period
        before = until
    return total


def fit_contracts(surviving: Sequence[int]) -> Contracts:
    """From how many of one cohort were there at the start and after each period: [1000, 869, 743, …]."""
    lost = {period: before - after for period, (before, after) in enumerate(pairwise(surviving), 1)}
    return _contracts(lost, {len(surviving) - 1: surviving[-1]})


def fit_renewals(periods: Sequence[int], left: Sequence[bool]) -> Contracts | Trust:
    """From customers who began at different times: the period in which each is (from 1), and whether it was
    the last; who has not left has renewed all periods before. Only the trust, where there are too few."""
    if len(periods) < FEWEST_TERMS or sum(left) < 5:
        return Trust(len(periods), (), ("thin",))
    pairs = list(zip(periods, left, strict=True))
    return _contracts(
        Counter(period for period, over in pairs if over),
        Counter(period - 1 for period, over in pairs if not over),
    )


def _contracts(lost: Mapping[int, int], staying: Mapping[int, int]) -> Contracts:
    """`lost`: how many left at the end of each period; `staying`: how many have renewed so often and are
    there."""
    from scipy.optimize import minimize
    from scipy.special import betaln

    gone, stay = (np.array(sorted(one.items()), dtype=np.float64).reshape(-1, 2) for one in (lost, staying))
    size = int(gone[:, 1].sum() + stay[:, 1].sum())

    def cost(logs: Numbers) -> float:
        a, b = np.exp(logs)
        leaves = betaln(a + 1, b + gone[:, 0] - 1) - betaln(a, b)
        stays = betaln(a, b + stay[:, 0]) - betaln(a, b)
        return -float((gone[:, 1] * leaves).sum() + (stay[:, 1] * stays).sum()) / size

    best = minimize(cost, np.zeros(2), method="L-BFGS-B", bounds=[(-8, 8)] * 2)
    a, b = (float(value) for value in np.exp(best.x))
    trust = Trust(
        size,
        ("renewals", "one_cohort"),
        doubts(thin=size < FEWEST_TERMS or len(gone) < 3, no_fit=not best.success),
    )
    return Contracts(a, b, -float(best.fun) * size, trust)


@dataclass(frozen=True)
class Worth:
    """By customer: what they will bring in all, the chance that they still are one, sales in a year, and what
    each will bring. Money in the unit of the histories."""

    value: dict[int, float]
    alive: dict[int, float]
    orders: dict[int, float]
    mean: dict[int, float]
    trust: Trust


def worth_of(
    histories: Sequence[tuple[int, int, int, int, float]], *, margin: float, discount: float, years: int
) -> Worth | Trust:
    """From (customer, repeats, days to the last, days known, mean of the repeats); only the trust, where
    there is too little to learn from. `margin` and `discount` a year are shares."""
    keys = [row[0] for row in histories]
    columns = [np.asarray([row[place] for row in histories], dtype=np.float64) for place in range(1, 5)]
    if len(keys) < FEWEST or int((columns[0] > 0).sum()) < 30:
        return Trust(len(keys), (), ("thin",))
    repeats, last, age, mean = columns
    orders, values = (
        fit_bg_nbd(repeats, last, age, penalty=0.001),
        fit_gamma_gamma(repeats, np.maximum(mean, 0)),
    )
    total = lifetime_value(
        orders, values, repeats, last, age, np.maximum(mean, 0),
        periods=years, step=365, margin=margin, discount=discount,
    )  # fmt: skip
    each = values.mean_value(repeats, np.maximum(mean, 0))
    told = (total, orders.alive(repeats, last, age), orders.expected(365, repeats, last, age), each)
    value, alive, to_come, worth = (
        dict(zip(keys, (float(figure) for figure in one), strict=True)) for one in told
    )
    trust = Trust(
        len(keys),
        tuple(dict.fromkeys((*orders.trust.assumes, *values.trust.assumes))),
        tuple(dict.fromkeys((*orders.trust.doubts, *values.trust.doubts))),
    )
    return Worth(value, alive, to_come, worth, trust)
