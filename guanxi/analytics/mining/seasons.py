"""Seasons and cycles of a series: the index of each month, a robust split (STL), and whether a cycle is real.

Index: mean of value over centred average. STL: R. B. Cleveland and others 1990. Cycle: the peak of the
periodogram with Fisher's exact test (1929) for the largest of many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanxi.analytics.mining.trust import Trust, doubts

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Seasonality:
    """`index`: by place in the period, 1 is an ordinary one. `strength`: 0 no season … 1 nothing but
    season."""

    index: tuple[float, ...]
    strength: float
    trust: Trust


@dataclass(frozen=True)
class Parts:
    """trend + season + rest = the series."""

    trend: Numbers
    season: Numbers
    rest: Numbers


@dataclass(frozen=True)
class Cycle:
    """The strongest cycle. `chance`: how often noise alone would show one as strong."""

    length: float
    chance: float
    repeats: float
    trust: Trust

    @property
    def real(self) -> bool:
        return self.trust.sound


def seasonal_index(values: Sequence[float], period: int) -> Seasonality:
    """From at least two whole periods; the trust says thin below three."""
    x = np.asarray(values, dtype=np.float64)
    if len(x) < 2 * period or x.min() < 0 or not x.any():
        return Seasonality((1.0,) * period, 0.0, Trust(len(x), (), ("thin",)))
    weights = np.ones(period + 1 - period % 2)
    if period % 2 == 0:
        weights[0] = weights[-1] = 0.5
    centred = np.convolve(x, weights / period, mode="valid")
    first = period // 2
    ratio = x[first : first + len(centred)] / np.where(centred > 0, centred, np.nan)
    places = (np.arange(len(ratio)) + first) % period
    index = np.array([_mean(ratio[places == place]) for place in range(period)])
    index = index / index.mean() if index.mean() else np.ones(period)
    parts = stl(values, period)
    spread = float(np.var(parts.season + parts.rest))
    strength = max(0.0, 1 - float(np.var(parts.rest)) / spread) if spread else 0.0
    trust = Trust(
        len(x),
        ("season_is_stable",),
        doubts(thin=len(x) < 3 * period, weak_season=strength < 0.4, gaps=bool((x == 0).mean() > 0.25)),
    )
    return Seasonality(tuple(float(one) for one in index), strength, trust)


def stl(values: Sequence[float], period: int, *, rounds: int = 2, robust_rounds: int = 2) -> Parts:
    """Trend, season and rest, by local regression that outliers cannot pull."""
    x = np.asarray(values, dtype=np.float64)
    n = len(x)
    if n < 2 * period:
        raise ValueError("two whole periods are needed")
    trend_span = _odd(1.5 * period / (1 - 1.5 / (10 * n // period + 7)))
    low_span, season_span = _odd(period), 7
    trend, season, weight = np.zeros(n), np.zeros(n), np.ones(n)
    for outer in range(robust_rounds + 1):
        for _inner in range(rounds):
            raw = _by_place(x - trend, period, season_span, weight)
            smooth = _average(_average(_average(raw, period), period), 3)
            season = raw[period:-period] - _loess(smooth, low_span, np.ones(n))
            trend = _loess(x - season, trend_span, weight)
        if outer < robust_rounds:
            rest = np.abs(x - trend - season)
            far = 6 * float(np.median(rest))
            weight = np.clip(1 - (rest / far) ** 2, 0, 1) ** 2 if far else np.ones(n)
    return Parts(trend, season, x - trend - season)


def find_cycle(values: Sequence[float], *, shortest: int = 2) -> Cycle:
    """The strongest cycle after a straight line is taken out. It needs three repeats and a chance below 1
    %."""
    x = np.asarray(values, dtype=np.float64)
    n = len(x)
    if n < 12 or not np.ptp(x):
        return Cycle(0.0, 1.0, 0.0, Trust(n, (), ("thin",)))
    time = np.arange(n)
    flat = x - np.polyval(np.polyfit(time, x, 1), time)
    power = np.abs(np.fft.rfft(flat))[1 : (n - 1) // 2 + 1] ** 2
    lengths = n / np.arange(1, len(power) + 1)
    kept = power[lengths >= shortest]
    best = int(np.argmax(kept))
    share, length = float(kept[best] / power.sum()), float(lengths[best])
    chance, repeats = _fisher(share, len(power)), n / length
    trust = Trust(
        n,
        ("straight_trend",),
        doubts(thin=repeats < 3, may_be_chance=chance >= 0.01, never_repeats=_echo(flat, length) < 0.2),
    )
    return Cycle(length, chance, repeats, trust)


def _fisher(share: float, m: int) -> float:
    """P(the largest of m periodogram values has at least this share), if all is noise."""
    if share >= 1:
        return 0.0
    if share * m < 3:  # the sum below loses its digits there, and the answer is plain
        return 1.0
    total = 0.0
    for k in range(1, min(m, int(1 / share)) + 1):
        log = math.lgamma(m + 1) - math.lgamma(k + 1) - math.lgamma(m - k + 1)
        rest = 1 - k * share
        if rest <= 0:
            break
        total += (-1) ** (k - 1) * math.exp(log + (m - 1) * math.log(rest))
    return min(1.0, max(0.0, total))


def _echo(flat: Numbers, length: float) -> float:
    """How alike the series is to itself one cycle earlier (autocorrelation)."""
    lag = round(length)
    if lag >= len(flat):
        return 0.0
    return float(flat[lag:] @ flat[:-lag] / (flat @ flat))


def _mean(values: Numbers) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else 1.0


def _odd(value: float) -> int:
    whole = math.ceil(value)
    return whole if whole % 2 else whole + 1


def _average(values: Numbers, span: int) -> Numbers:
    return np.convolve(values, np.ones(span) / span, mode="valid")


def _by_place(x: Numbers, period: int, span: int, weight: Numbers) -> Numbers:
    """Each place of the period smoothed over the years, with one year more at either end."""
    long = np.empty(len(x) + 2 * period)
    for place in range(period):
        own, w = x[place::period], weight[place::period]
        long[place::period] = _loess(own, span, w, np.arange(-1, len(own) + 1))
    return long


def _loess(y: Numbers, span: int, weight: Numbers, at: NDArray[np.int64] | None = None) -> Numbers:
    """Local straight lines with tricube weights over the `span` nearest points."""
    n = len(y)
    places = np.arange(n, dtype=np.float64)
    targets = (places if at is None else at)[:, None].astype(np.float64)
    distance = np.abs(targets - places[None, :])
    near = min(span, n)
    reach = np.partition(distance, near - 1, axis=1)[:, near - 1][:, None]
    if span > n:
        reach = reach + (span - n) // 2
    w = np.clip(1 - (distance / np.maximum(reach * 1.0001, 1e-9)) ** 3, 0, 1) ** 3 * weight[None, :]
    w = np.where(w.sum(axis=1, keepdims=True) > 1e-12, w, (distance <= reach).astype(np.float64))
    total = w.sum(axis=1)
    mean_x, mean_y = (w @ places) / total, (w @ y) / total
    offset = places[None, :] - mean_x[:, None]
    spread = (w * offset**2).sum(axis=1)
    slope = np.where(spread > 1e-9, (w * offset * y[None, :]).sum(axis=1) / np.maximum(spread, 1e-9), 0.0)
    return np.asarray(mean_y + slope * (targets[:, 0] - mean_x), dtype=np.float64)
