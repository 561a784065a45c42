"""What those that matter have in common: which traits are more frequent among the chosen than among all, and
who of the others is like them.

Many traits are tried, so the chance (hypergeometric, one-sided) is multiplied by their number
(Bonferroni)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from guanxi.analytics.mining.trust import Trust, doubts

Key = TypeVar("Key", bound=Hashable)
FEWEST, FEWEST_CHOSEN, ONCE_IN = 30, 6, 0.05


@dataclass(frozen=True)
class Trait:
    """`value` in `column`: how many of the chosen and of all have it; lift: by how much more often the chosen
    do; chance: how often a random choice would show as many."""

    column: str
    value: str
    chosen: int
    every: int
    lift: float
    chance: float

    @property
    def sure(self) -> bool:
        return self.chance < ONCE_IN


@dataclass(frozen=True)
class Traits(Generic[Key]):
    """`traits`: the surest first. `alike`: of those not chosen, how much speaks for each (logs of lifts)."""

    traits: tuple[Trait, ...]
    alike: Mapping[Key, float]
    trust: Trust


def find_traits(rows: Mapping[Key, Mapping[str, str]], chosen: Collection[Key]) -> Traits[Key]:
    """From what is known of each (column → value; "" is not known) and who is chosen."""
    mine = [key for key in rows if key in set(chosen)]
    every = Counter((column, value) for row in rows.values() for column, value in row.items() if value)
    own = Counter((column, value) for key in mine for column, value in rows[key].items() if value)
    tried = [one for one in every if every[one] >= 3 and own[one]]
    found = [
        Trait(
            *one,
            own[one],
            every[one],
            (own[one] / len(mine)) / (every[one] / len(rows)),
            min(1.0, _at_least(own[one], len(mine), every[one], len(rows)) * len(tried)),
        )
        for one in tried
    ]
    found.sort(key=lambda one: (one.chance, -one.lift))
    weights = {(one.column, one.value): math.log(one.lift) for one in found if one.sure and one.lift > 1}
    alike = {
        key: sum(weights.get(pair, 0.0) for pair in row.items())
        for key, row in rows.items()
        if key not in set(chosen)
    }
    trust = Trust(
        len(rows),
        ("what_is_common_need_not_be_why",),
        doubts(thin=len(rows) < FEWEST or len(mine) < FEWEST_CHOSEN, may_be_chance_at_all=not weights),
    )
    return Traits(tuple(found), {key: score for key, score in alike.items() if score > 0}, trust)


def _at_least(seen: int, drawn: int, marked: int, size: int) -> float:
    """P(at least `seen` of `drawn` are marked), when `marked` of `size` are."""
    whole = math.comb(size, drawn)
    return sum(
        math.comb(marked, count) * math.comb(size - marked, drawn - count) / whole
        for count in range(seen, min(drawn, marked) + 1)
    )
