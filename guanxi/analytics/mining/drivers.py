"""Why a sum changed: price, volume and mix, who came and went, and how much of the change each part is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from guanxi.analytics.mining.trust import Trust, doubts

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Contribution(Generic[Key]):
    """What one part adds to the change: `change` in units; `points` as a share of the former total."""

    key: Key
    before: int
    after: int
    points: float | None

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Split:
    """price + volume + mix = after − before, exactly. Whole units."""

    before: int
    after: int
    price: int
    volume: int
    mix: int
    trust: Trust

    @property
    def change(self) -> int:
        return self.after - self.before


def growth(after: int | float, before: int | float) -> float | None:
    """(after − before) / |before|; None on a base of nought or less, where only the difference says
    something."""
    return (after - before) / abs(before) if before > 0 else None


def contributions(before: Mapping[Key, int], after: Mapping[Key, int]) -> tuple[Contribution[Key], ...]:
    """Every part's share in the change of the whole, the strongest first: ΔX_i / X_before."""
    total = sum(before.values())
    rows = [
        Contribution(
            key,
            before.get(key, 0),
            after.get(key, 0),
            (after.get(key, 0) - before.get(key, 0)) / total if total > 0 else None,
        )
        for key in {**before, **after}
    ]
    return tuple(sorted(rows, key=lambda row: -abs(row.change)))


def price_volume_mix(
    before: Mapping[Key, tuple[Fraction | int, int]], after: Mapping[Key, tuple[Fraction | int, int]]
) -> Split:
    """From (quantity, amount) of each product in two periods.

    Price: Σ (p₁ − p₀)·q₁ over what was sold in both; volume: (Q₁ − Q₀)·p̄₀; mix is the rest, and holds what
    is new and what is gone, which has no price to compare with."""
    sum_before = sum(amount for _quantity, amount in before.values())
    sum_after = sum(amount for _quantity, amount in after.values())
    units_before = sum((Fraction(quantity) for quantity, _amount in before.values()), Fraction(0))
    units_after = sum((Fraction(quantity) for quantity, _amount in after.values()), Fraction(0))
    price = Fraction(0)
    both = [key for key in after if key in before and before[key][0] and after[key][0]]
    for key in both:
        old, new = before[key], after[key]
        price += (Fraction(new[1]) / Fraction(new[0]) - Fraction(old[1]) / Fraction(old[0])) * new[0]
    volume = (units_after - units_before) * sum_before / units_before if units_before else Fraction(0)
    whole_price, whole_volume = round(price), round(volume)
    compared = sum(after[key][1] for key in both)
    return Split(
        sum_before,
        sum_after,
        whole_price,
        whole_volume,
        sum_after - sum_before - whole_price - whole_volume,
        Trust(
            len({**before, **after}),
            ("units_compare",),
            doubts(thin=not before or not after, little_in_both=2 * compared < sum_after),
        ),
    )
