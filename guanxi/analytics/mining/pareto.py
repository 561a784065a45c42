"""28, or Pareto: how few bring how much, and who moved between the classes A, B and C.

Shares are compared as products of whole numbers (V. Pareto 1896; C. Gini 1912; ABC after H. F. Dickie 1951),
so that a customer who stands exactly on the line is not lost to rounding."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from guanxi.analytics.mining.trust import Trust, doubts

Key = TypeVar("Key", bound=Hashable)
FEWEST = 10


@dataclass(frozen=True)
class Row(Generic[Key]):
    """One of those compared: its place (from 1), its value, its share, the share of all up to it, and its
    class."""

    key: Key
    rank: int
    value: int
    share: float
    reached: float
    grade: str


@dataclass(frozen=True)
class Mover(Generic[Key]):
    """Who is in another class than before. `climbed`: places won, below nought lost; None: new, or gone."""

    key: Key
    before: str
    after: str
    climbed: int | None


@dataclass(frozen=True)
class Pareto(Generic[Key]):
    """`vital`: the fewest who together reach the line of A. `top_fifth`: the share of the first 20 %."""

    rows: tuple[Row[Key], ...]
    total: int
    vital: int
    top_fifth: float
    gini: float
    concentration: float  # Herfindahl–Hirschman: the sum of squared shares
    trust: Trust

    def of_grade(self, grade: str) -> tuple[Row[Key], ...]:
        return tuple(row for row in self.rows if row.grade == grade)

    @property
    def vital_share(self) -> float:
        return self.rows[self.vital - 1].reached if self.vital else 0.0


def pareto(values: Mapping[Key, int], *, line: str = "0.8", second: str = "0.95") -> Pareto[Key]:
    """Who brings how much of `values` (whole numbers, such as cents). Those with nothing or less are left
    out.

    `line` and `second` are the shares at which A and B end, as text so that they are exact.
    """
    kept = sorted(((value, key) for key, value in values.items() if value > 0), key=lambda one: -one[0])
    total = sum(value for value, _key in kept)
    first_line, second_line = Fraction(line), Fraction(second)
    rows: list[Row[Key]] = []
    before = vital = 0
    for rank, (value, key) in enumerate(kept, start=1):
        # in A who is needed to reach the line: whoever starts below it
        grade = "A" if before < first_line * total else "B" if before < second_line * total else "C"
        before += value
        vital += grade == "A"
        rows.append(Row(key, rank, value, value / total, before / total, grade))
    return Pareto(
        rows=tuple(rows),
        total=total,
        vital=vital,
        top_fifth=_top_share(kept, total),
        gini=gini([value for value, _key in kept]),
        concentration=sum(row.share**2 for row in rows),
        trust=Trust(
            len(kept),
            ("positive_only",),
            doubts(
                thin=len(kept) < FEWEST,
                one_dominates=bool(rows) and len(rows) >= FEWEST and rows[0].share > 0.5,
                left_out_much=_left_out(values, total),
            ),
        ),
    )


def movement(now: Pareto[Key], before: Pareto[Key]) -> tuple[Mover[Key], ...]:
    """Who changed class since `before`, the largest first; "" stands for not being there at all."""
    old = {row.key: row for row in before.rows}
    new = {row.key: row for row in now.rows}
    moved = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, has = old.get(key), new.get(key)
        grades = (was.grade if was else "", has.grade if has else "")
        if grades[0] != grades[1]:
            moved.append(Mover(key, *grades, was.rank - has.rank if was and has else None))
    return tuple(moved)


def gini(values: list[int]) -> float:
    """0: all have the same; near 1: one has all. (2 Σ i·v_(i) / (n Σ v)) − (n+1)/n, v ascending."""
    total, n = sum(values), len(values)
    if not total:
        return 0.0
    weighed = sum(rank * value for rank, value in enumerate(sorted(values), start=1))
    return float(Fraction(2 * weighed, n * total) - Fraction(n + 1, n))


def _top_share(kept: list[tuple[int, Key]], total: int) -> float:
    if not total:
        return 0.0
    first = -(-len(kept) // 5)
    return sum(value for value, _key in kept[:first]) / total


def _left_out(values: Mapping[Key, int], total: int) -> bool:
    """Whether what is below nought (returns) is more than a tenth of what is above it."""
    below = -sum(value for value in values.values() if value < 0)
    return below * 10 > total > 0
