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
class Groups:
    """`of[i]`: the group of row i, largest first. `silhouette`: 1 far apart … 0 no groups at all."""

    of: NDArray[np.int64]
    groups: tuple[Group, ...]
    silhouette: float
    trust: Trust


def find_groups(table: Mapping[str, Sequence[float]], *, most: int = 7) -> Groups:
    """Groups of the rows of `table` (columns of numbers), two to `most` of them."""
    names = list(table)
    raw = np.column_stack([np.asarray(table[name], dtype=np.float64) for name in names])
    n = len(raw)
    if n < FEWEST:
        return Groups(np.zeros(n, dtype=np.int64), (), 0.0, Trust(n, (), ("thin",)))
    scaled = _comparable(raw)
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
    return Groups(labels, groups, silhouette, trust)


def _comparable(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lopsided columns on a logarithmic scale; all with mean 0 and spread 1."""
    columns = []
    for column in raw.T:
        spread = column.std() or 1.0
        lopsided = abs(float((((column - column.mean()) / spread) ** 3).mean())) > 1
        values = np.log1p(column) if lopsided and column.min() >= 0 else column
        columns.append((values - values.mean()) / (values.std() or 1.0))
    return np.column_stack(columns)


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
