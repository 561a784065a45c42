"""Where each one stands in two dimensions at once, from several measures of different kinds.

Each measure is put on a scale of 0 to 100 between the least and the most that occur (lopsided ones by their
logarithm, the outermost twentieth cut off, so that one giant does not press all others into a corner); a
dimension is the weighted mean of what is known."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from statistics import mean, quantiles
from typing import Generic, TypeVar

from guanxi.analytics.mining.trust import Trust, doubts

Key = TypeVar("Key", bound=Hashable)
Measures = Mapping[str, float | None]
FEWEST = 5


@dataclass(frozen=True)
class Place(Generic[Key]):
    """`strength` and `attraction`: 0 to 100; `known`: the share of the weights that could be measured."""

    key: Key
    strength: float
    attraction: float
    size: float
    known: float

    @property
    def quarter(self) -> str:
        """Which quarter of the map: "win", "deepen", "keep" or "leave"."""
        if self.attraction >= 50:
            return "deepen" if self.strength >= 50 else "win"
        return "keep" if self.strength >= 50 else "leave"


@dataclass(frozen=True)
class Portfolio(Generic[Key]):
    places: tuple[Place[Key], ...]
    trust: Trust

    def of(self, quarter: str) -> tuple[Place[Key], ...]:
        return tuple(one for one in self.places if one.quarter == quarter)


def portfolio(
    measures: Mapping[Key, Measures],
    sizes: Mapping[Key, float],
    *,
    strength: Mapping[str, float],
    attraction: Mapping[str, float],
) -> Portfolio[Key]:
    """Places all of `measures`, the largest of `sizes` first; `strength` and `attraction` are the weights of
    the measures that make them. What is not known (None) counts neither for nor against."""
    scales = {name: _scale([row.get(name) for row in measures.values()]) for name in (*strength, *attraction)}
    whole, places = sum(strength.values()) + sum(attraction.values()), []
    for key, row in measures.items():
        told = {
            name: scale(value)
            for name, scale in scales.items()
            if scale and (value := row.get(name)) is not None
        }
        known = sum({**strength, **attraction}[name] for name in told) / whole if whole else 0.0
        places.append(
            Place(key, _weighed(told, strength), _weighed(told, attraction), sizes.get(key, 0.0), known)
        )
    places.sort(key=lambda one: -one.size)
    half = mean(one.known for one in places) < 0.5 if places else False
    trust = Trust(
        len(places),
        ("compared_with_one_another", "weights_are_ours"),
        doubts(thin=len(places) < FEWEST, half_unknown=half),
    )
    return Portfolio(tuple(places), trust)


class _Scale:
    def __init__(self, values: list[float]) -> None:
        middle = sorted(values)[len(values) // 2]
        self.logs = min(values) >= 0 and max(values) > 10 * max(middle, 1e-9)
        told = sorted(self._read(one) for one in values)
        cuts = quantiles(told, n=20) if len(told) >= 20 else [told[0], told[-1]]
        self.least, self.most = cuts[0], cuts[-1]

    def __call__(self, value: float) -> float:
        if self.most <= self.least:
            return 50.0
        return 100 * min(1.0, max(0.0, (self._read(value) - self.least) / (self.most - self.least)))

    def _read(self, value: float) -> float:
        return math.log1p(max(value, 0.0)) if self.logs else value


def _scale(values: list[float | None]) -> _Scale | None:
    known = [one for one in values if one is not None]
    return _Scale(known) if known else None


def _weighed(told: Mapping[str, float], weights: Mapping[str, float]) -> float:
    some = {name: weight for name, weight in weights.items() if name in told}
    total = sum(some.values())
    return sum(told[name] * weight for name, weight in some.items()) / total if total else 50.0
