"""Who is like the chosen: for each word of each column, how much more often the chosen have it (the logarithm
of the lift, with Laplace's correction so that few cases say little), summed as naive Bayes does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Weights = dict[str, dict[str, float]]
RARE = 3


@dataclass(frozen=True)
class Alike:
    """How much speaks for it, and what: (column, word, points), the strongest first."""

    points: float
    reasons: tuple[tuple[str, str, float], ...]


def weights_of(rows: Mapping[Key, Mapping[str, str]], chosen: Collection[Key]) -> Weights:
    """By column and word: ln(share among the chosen / share among all); "" is not known and says nothing."""
    mine = [key for key in rows if key in set(chosen)]
    every = Counter((column, word) for row in rows.values() for column, word in row.items() if word)
    own = Counter((column, word) for key in mine for column, word in rows[key].items() if word)
    found: Weights = {}
    for (column, word), count in every.items():
        if count < RARE and not own[column, word]:
            continue
        share = (count + 1) / (len(rows) + 2)
        # The correction leans on the share of all, so that a single chosen one says what is special of it.
        of_mine = (own[column, word] + share) / (len(mine) + 1)
        found.setdefault(column, {})[word] = math.log(of_mine / share)
    return found


def alike(row: Mapping[str, str], weights: Weights, *, most: int = 4) -> Alike:
    """How much a row is like the chosen."""
    parts = [(column, word, weights.get(column, {}).get(word, 0.0)) for column, word in row.items() if word]
    strongest = sorted((one for one in parts if one[2]), key=lambda one: -abs(one[2]))
    return Alike(sum(one[2] for one in parts), tuple(strongest[:most]))
