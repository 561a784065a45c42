"""Groups that are there: k-means on comparable scales, the number chosen by silhouette (Rousseeuw 1987), each
group told by what is unusual about it. What is found must be plainer than in the same columns
shuffled: where there are no groups, a cut through the cloud looks like some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanxi.analytics.mining.trust import Trust, doubts

FEWEST = 60
LOOKED_AT = 1500


@dataclass(frozen=True)
class Trait:
    """A column in which a group stands apart: its middle there, everybody's, and by how many spreads it
    differs."""

    column: str
    middle: float
    overall: float
    apart: float


@dataclass(frozen=True)
class Group:
    size: int
    traits: tuple[Trait, ...]


@dataclass(frozen=True)
class Scale:
    """How one column is made comparable: (value − mean) / spread, of its logarithm where it is lopsided."""

    column: str
    log: bool
    mean: float
    spread: float


@dataclass(frozen=True)
class Groups:
    """`of[i]`: the group of row i, largest first. `silhouette`: 1 far apart … 0 no groups at all. `middles`:
    of each group, on the `scales`."""

    of: NDArray[np.int64]
    groups: tuple[Group, ...]
    silhouette: float
    trust: Trust
    scales: tuple[Scale, ...] = ()
    middles: tuple[tuple[float, ...], ...] = ()


def find_groups(table: Mapping[str, Sequence[float]], *, most: int = 7) -> Groups:
    """Groups of the rows of `table` (columns of numbers), two to `most` of them."""
    names = list(table)
    raw = np.column_stack([np.asarray(table[name], dtype=np.float64) for name in names])
    n = len(raw)
    if n < FEWEST:
        return Groups(np.zeros(n, dtype=np.int64), (), 0.0, Trust(n, (), ("thin",)))
    scales = tuple(_scale(name, column) for name, column in zip(names, raw.T, strict=True))
    scaled = _comparable(raw, scales)
    labels, silhouette = _best(scaled, most)
    order = np.argsort(-np.bincount(labels), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    labels = place[labels].astype(np.int64)
    groups = tuple(_told(raw, scaled, labels == number, names) for number in range(len(order)))
    trust = Trust(
        n,
        ("round_groups", "comparable_scales"),
        doubts(
            no_groups=silhouette < _of_nothing(scaled, most) + 0.06,
            tiny_group=min(group.size for group in groups) < max(5, n // 100),
        ),
    )
    middles = tuple(
        tuple(float(one) for one in scaled[labels == number].mean(axis=0)) for number in range(len(order))
    )
    return Groups(labels, groups, silhouette, trust, scales, middles)


def nearest(
    table: Mapping[str, Sequence[float]],
    scales: Sequence[Scale],
    middles: Sequence[Sequence[float]],
) -> NDArray[np.int64]:
    """The group of each row: that of the nearest middle."""
    raw = np.column_stack([np.asarray(table[one.column], dtype=np.float64) for one in scales])
    scaled = _comparable(raw, scales)
    apart = ((scaled[:, None, :] - np.asarray(middles)[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(apart.argmin(axis=1), dtype=np.int64)


def _scale(name: str, column: NDArray[np.float64]) -> Scale:
    """Lopsided columns on a logarithmic scale; all with mean 0 and spread 1."""
    spread = column.std() or 1.0
    lopsided = abs(float((((column - column.mean()) / spread) ** 3).mean())) > 1 and column.min() >= 0
    values = np.log1p(column) if lopsided else column
    return Scale(name, bool(lopsided), float(values.mean()), float(values.std()) or 1.0)


def _comparable(raw: NDArray[np.float64], scales: Sequence[Scale]) -> NDArray[np.float64]:
    return np.column_stack(
        [
            ((np.log1p(np.maximum(column, 0)) if one.log else column) - one.mean) / one.spread
            for one, column in zip(scales, raw.T, strict=True)
        ]
    )


def _best(scaled: NDArray[np.float64], most: int) -> tuple[NDArray[np.int64], float]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
    from threadpoolctl import threadpool_limits

    looked = np.random.default_rng(7).permutation(len(scaled))[:LOOKED_AT]
    best: tuple[float, Any] = (-1.0, None)
    with threadpool_limits(limits=1):
        for k in range(2, min(most, len(scaled) // 20) + 1):
            model = KMeans(n_clusters=k, n_init=4, random_state=7).fit(scaled[looked])
            if len(set(model.labels_)) < 2:
                continue
            score = float(silhouette_score(scaled[looked], model.labels_))
            if score > best[0] + 0.01:  # more groups must be worth their words
                best = (score, model)
        if best[1] is None:
            return np.zeros(len(scaled), dtype=np.int64), 0.0
        return np.asarray(best[1].predict(scaled), dtype=np.int64), best[0]


def _of_nothing(scaled: NDArray[np.float64], most: int) -> float:
    """What the silhouette would be without groups: every column in an order of its own."""
    mixed = np.random.default_rng(11)
    looked = scaled[mixed.permutation(len(scaled))[:LOOKED_AT]]
    return _best(np.column_stack([mixed.permutation(column) for column in looked.T]), most)[1]


def _told(
    raw: NDArray[np.float64], scaled: NDArray[np.float64], held: NDArray[np.bool_], names: list[str]
) -> Group:
    apart = scaled[held].mean(axis=0)
    strongest = sorted(range(len(names)), key=lambda place: -abs(apart[place]))[:3]
    traits = tuple(
        Trait(
            names[place],
            float(np.median(raw[held, place])),
            float(np.median(raw[:, place])),
            float(apart[place]),
        )
        for place in strongest
        if abs(apart[place]) >= 0.3
    )
    return Group(int(held.sum()), traits)
