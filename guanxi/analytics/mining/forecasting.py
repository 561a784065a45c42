"""What comes next in a series: exponential smoothing with seasons, the airline model, and whether either is
any better than repeating the last year.

`holt_winters` starts as C. Holt (1957) and P. Winters (1960) are commonly computed: level and trend by a
straight line through the centred averages of the first two years, the weights by least squares of one-step
errors. `airline` is the seasonal ARIMA (0,1,1)(0,1,1) of Box and Jenkins (1970), by its exact likelihood:
what is left after both differences is a moving average, so its covariance is a narrow band."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanxi.analytics.mining.trust import Trust, doubts

Numbers = NDArray[np.float64]
NORMAL_90 = 1.6448536269514722


@dataclass(frozen=True)
class HoltWinters:
    alpha: float
    beta: float
    gamma: float
    sse: float
    level: float
    trend: float
    season: tuple[float, ...]
    multiplicative: bool

    def forecast(self, steps: int) -> Numbers:
        line = self.level + self.trend * np.arange(1, steps + 1)
        season = np.resize(np.array(self.season), steps)
        return np.asarray(line * season if self.multiplicative else line + season, dtype=np.float64)


@dataclass(frozen=True)
class Airline:
    """On logarithms. `ma1` and `sma1` with the sign of (1 + ma1·B)(1 + sma1·B^s)."""

    ma1: float
    sma1: float
    sigma2: float
    log_likelihood: float
    period: int
    logs: Numbers

    @property
    def aic(self) -> float:
        return 6 - 2 * self.log_likelihood

    def forecast(self, steps: int) -> tuple[Numbers, Numbers, Numbers]:
        """The middle, and the bounds between which 9 of 10 should fall."""
        ahead, spread = _ahead(self, steps)
        return np.exp(ahead), np.exp(ahead - NORMAL_90 * spread), np.exp(ahead + NORMAL_90 * spread)


@dataclass(frozen=True)
class Forecast:
    """What the better of the methods says. `error` and `naive_error`: mean absolute error in the
    back-test."""

    method: str
    middle: Numbers
    low: Numbers
    high: Numbers
    error: float
    naive_error: float
    trust: Trust


def holt_winters(values: Sequence[float], period: int, *, multiplicative: bool = True) -> HoltWinters:
    """Smooths `values` (at least two whole periods; above nought when multiplicative)."""
    from scipy.optimize import minimize

    x = [float(value) for value in values]
    if len(x) < 2 * period:
        raise ValueError("two whole periods are needed")
    level, trend, season = _start(np.array(x[: 2 * period]), period, multiplicative)

    def cost(weights: Numbers) -> float:
        return _smooth(x, weights, level, trend, season, multiplicative)[0]

    best = minimize(cost, np.array([0.3, 0.1, 0.1]), method="L-BFGS-B", bounds=[(0, 1)] * 3)
    sse, last_level, last_trend, last_season = _smooth(x, best.x, level, trend, season, multiplicative)
    alpha, beta, gamma = (float(weight) for weight in best.x)
    return HoltWinters(alpha, beta, gamma, sse, last_level, last_trend, tuple(last_season), multiplicative)


def airline(values: Sequence[float], period: int) -> Airline:
    """Fits the airline model to the logarithms of `values` (all above nought, more than two periods)."""
    from scipy.optimize import minimize

    logs = np.log(np.asarray(values, dtype=np.float64))
    once = logs[1:] - logs[:-1]
    w = once[period:] - once[:-period]
    if len(w) < period + 2:
        raise ValueError("more than two whole periods are needed")

    def cost(weights: Numbers) -> float:
        return -_likelihood(w, weights[0], weights[1], period)[0]

    best = minimize(cost, np.array([-0.3, -0.3]), method="L-BFGS-B", bounds=[(-0.999, 0.999)] * 2)
    likelihood, sigma2 = _likelihood(w, best.x[0], best.x[1], period)
    return Airline(float(best.x[0]), float(best.x[1]), sigma2, likelihood, period, logs)


def naive(values: Sequence[float], period: int, steps: int) -> Numbers:
    """The last period again: what every forecast has to beat."""
    return np.resize(np.asarray(values[-period:], dtype=np.float64), steps)


def back_test(
    values: Sequence[float],
    period: int,
    method: Callable[[Sequence[float], int], Numbers],
    *,
    steps: int,
    folds: int,
) -> float:
    """The mean absolute error of `method(past, steps)`, each fold a period's step further back; nothing is
    seen before its time."""
    errors = []
    for fold in range(folds):
        end = len(values) - fold * steps
        past, truth = values[: end - steps], np.asarray(values[end - steps : end], dtype=np.float64)
        errors.append(float(np.mean(np.abs(method(past, steps) - truth))))
    return float(np.mean(errors))


def forecast(values: Sequence[float], period: int, steps: int) -> Forecast:
    """The method with the smallest back-test error among Holt–Winters, the airline model and repeating.

    With fewer than three periods nothing can be tested: the last period is repeated, and the trust says thin.
    """
    positive = min(values, default=0) > 0
    whole = len(values) // period
    methods: dict[str, Callable[[Sequence[float], int], Numbers]] = {
        "naive": lambda past, count: naive(past, period, count)
    }
    if whole >= 3:
        methods["holt_winters"] = lambda past, count: holt_winters(
            past, period, multiplicative=positive
        ).forecast(count)
    if whole >= 4 and positive:
        methods["airline"] = lambda past, count: airline(past, period).forecast(count)[0]
    if whole < 2:
        again = np.full(steps, float(np.mean(values)) if len(values) else 0.0)
        nothing = math.inf
        return Forecast("naive", again, again, again, nothing, nothing, Trust(len(values), (), ("thin",)))
    span = min(steps, period)
    folds = max(1, min(3, (len(values) - 2 * period) // span))
    errors = {
        name: back_test(values, period, method, steps=span, folds=folds)
        for name, method in methods.items()
        if len(values) - folds * span >= (2 if name != "airline" else 3) * period
    }
    if not errors:
        errors = {"naive": math.inf}
    best = min(errors, key=lambda name: errors[name])
    middle = methods[best](values, steps)
    if best == "airline":
        _middle, low, high = airline(values, period).forecast(steps)
    else:
        # Nine of ten of normal errors lie within 2.06 mean absolute ones.
        reach = 2.06 * errors[best] if math.isfinite(errors[best]) else 0.0
        low, high = middle - reach, middle + reach
    plain = errors.get("naive", math.inf)
    trust = Trust(
        len(values),
        ("goes_on_as_before",),
        doubts(thin=whole < 3, no_better_than_naive=best == "naive", few_folds=folds < 2),
    )
    return Forecast(best, middle, low, high, errors[best], plain, trust)


def _start(x: Numbers, period: int, multiplicative: bool) -> tuple[float, float, list[float]]:
    """Level, trend and seasons from the first two periods."""
    half = period // 2
    weights = np.ones(period + 1 if period % 2 == 0 else period)
    if period % 2 == 0:
        weights[0] = weights[-1] = 0.5
    centred = np.convolve(x, weights / period, mode="valid")
    first = half
    cut = x[first : first + len(centred)]
    ratio = cut / centred if multiplicative else cut - centred
    sums, counts = np.zeros(period), np.zeros(period)
    for place, value in enumerate(ratio):
        sums[(first + place) % period] += value
        counts[(first + place) % period] += 1
    season = sums / np.maximum(counts, 1)
    season = season / season.mean() if multiplicative else season - season.mean()
    slope, intercept = np.polyfit(np.arange(1, len(centred) + 1), centred, 1)
    return float(intercept), float(slope), [float(value) for value in season]


def _smooth(
    x: list[float], weights: Any, level: float, trend: float, season: list[float], multiplicative: bool
) -> tuple[float, float, float, list[float]]:
    alpha, beta, gamma = (float(weight) for weight in weights)
    period, sse = len(season), 0.0
    season = list(season)
    for place in range(period, len(x)):
        value, at = x[place], place % period
        former, usual = level, season[at]
        line = former + trend
        sse += (value - (line * usual if multiplicative else line + usual)) ** 2
        rest = (value / usual if usual else value) if multiplicative else value - usual
        level = alpha * rest + (1 - alpha) * line
        trend = beta * (level - former) + (1 - beta) * trend
        now = (value / level if level else usual) if multiplicative else value - level
        season[at] = gamma * now + (1 - gamma) * usual
    turn = len(x) % period
    return sse, level, trend, season[turn:] + season[:turn]


def _autocovariance(ma1: float, sma1: float, period: int) -> Numbers:
    """Of (1 + ma1·B)(1 + sma1·B^s) with noise of variance 1, at the lags 0 … s + 1."""
    weights = np.zeros(period + 2)
    weights[0], weights[1], weights[period] = 1.0, ma1, sma1
    weights[period + 1] = ma1 * sma1
    return np.array([float(weights[: len(weights) - lag] @ weights[lag:]) for lag in range(period + 2)])


def _likelihood(w: Numbers, ma1: float, sma1: float, period: int) -> tuple[float, float]:
    """The logarithm of the exact likelihood at its best variance, and that variance."""
    from scipy.linalg import cholesky_banded, solve_triangular

    gamma, n = _autocovariance(ma1, sma1, period), len(w)
    band = np.zeros((min(len(gamma), n), n))
    for lag in range(len(band)):
        band[lag, : n - lag] = gamma[lag]
    lower = cholesky_banded(band, lower=True, check_finite=False)
    full = np.zeros((n, n))
    for lag in range(len(lower)):
        full[np.arange(lag, n), np.arange(n - lag)] = lower[lag, : n - lag]
    e = solve_triangular(full, w, lower=True, check_finite=False)
    sigma2 = float(e @ e) / n
    log_det = 2 * float(np.log(lower[0]).sum())
    return -0.5 * (n * math.log(2 * math.pi * sigma2) + log_det + n), sigma2


def _ahead(model: Airline, steps: int) -> tuple[Numbers, Numbers]:
    """The logarithms that are to be expected, and how far off they may be (standard deviation)."""
    from scipy.linalg import solveh_banded, toeplitz

    period, logs = model.period, model.logs
    once = logs[1:] - logs[:-1]
    w = once[period:] - once[:-period]
    gamma, n = _autocovariance(model.ma1, model.sma1, period), len(w)
    padded = np.zeros(n + steps)
    padded[: min(len(gamma), n + steps)] = gamma[: n + steps]
    band = np.zeros((min(len(gamma), n), n))
    for lag in range(len(band)):
        band[lag, : n - lag] = gamma[lag]
    later = toeplitz(padded)[n:, :]
    across = later[:, :n]
    solved = solveh_banded(band, np.column_stack([w, across.T]), lower=True, check_finite=False)
    mean = across @ solved[:, 0]
    spread = model.sigma2 * (later[:, n:] - across @ solved[:, 1:])
    # Sum both differences up again; what is known of the past moves nothing in the spread.
    whole, sums = list(logs), np.eye(steps)
    for place in range(steps):
        whole.append(mean[place] + whole[-1] + whole[-period] - whole[-period - 1])
        for back, sign in ((1, 1.0), (period, 1.0), (period + 1, -1.0)):
            if place - back >= 0:
                sums[place] += sign * sums[place - back]
    variance = np.einsum("ij,jk,ik->i", sums, spread, sums)
    return np.array(whole[-steps:]), np.sqrt(np.maximum(variance, 0))
