"""Baskets: what is bought together (Agrawal and Srikant 1994), found depth first over sets of baskets (Zaki
2000).

A set of baskets is one whole number with a bit for each basket: two sets meet by `&`, and are counted by
`bit_count`. Support and confidence are compared as whole numbers. Quotients of floating-point numbers lose
rules that stand exactly on the line: on the Groceries data 4 of 410."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from guanxi.analytics.mining.trust import Trust, doubts

FEWEST = 200
FEWEST_TOGETHER = 5


@dataclass(frozen=True)
class Rule:
    """Whoever has all of `have` also takes `then`. The counts are of baskets: with both, with each, and in
    all."""

    have: tuple[str, ...]
    then: str
    both: int
    having: int
    taking: int
    baskets: int

    @property
    def support(self) -> float:
        return self.both / self.baskets

    @property
    def confidence(self) -> float:
        return self.both / self.having

    @property
    def lift(self) -> float:
        """How many times as likely as without knowing: confidence / P(then)."""
        return self.both * self.baskets / (self.having * self.taking)

    @property
    def leverage(self) -> float:
        """The share of baskets beyond chance: P(both) − P(have)·P(then)."""
        return float(Fraction(self.both, self.baskets) - Fraction(self.having * self.taking, self.baskets**2))


@dataclass(frozen=True)
class Baskets:
    """Rules, the highest lift first."""

    rules: tuple[Rule, ...]
    itemsets: int
    trust: Trust


def association_rules(
    baskets: Iterable[Iterable[str]], *, support: str, confidence: str, longest: int = 10
) -> Baskets:
    """Rules with one item on the right that reach `support` and `confidence` (as text: "0.001" is exact)."""
    count, items = _sets_of_baskets(baskets)
    least = -(-Fraction(support) * count // 1)  # the smallest whole number that reaches it
    found = _frequent(items, max(int(least), 1), longest)
    sure = Fraction(confidence)
    rules = []
    for itemset, both in found.items():
        if len(itemset) < 2:
            continue
        for then in itemset:
            having = found[itemset - {then}]
            if both * sure.denominator >= sure.numerator * having:
                taking = found[frozenset((then,))]
                rules.append(Rule(tuple(sorted(itemset - {then})), then, both, having, taking, count))
    rules.sort(key=lambda rule: (-rule.lift, -rule.both, rule.have, rule.then))
    trust = Trust(
        count,
        ("baskets_are_alike",),
        doubts(
            thin=count < FEWEST, rare_pairs=bool(rules) and min(rule.both for rule in rules) < FEWEST_TOGETHER
        ),
    )
    return Baskets(tuple(rules), len(found), trust)


def _sets_of_baskets(baskets: Iterable[Iterable[str]]) -> tuple[int, dict[str, int]]:
    places: dict[str, list[int]] = {}
    count = 0
    for number, basket in enumerate(baskets):
        count = number + 1
        for item in set(basket):
            places.setdefault(item, []).append(number)
    return count, {item: _bits(numbers, count) for item, numbers in places.items()}


def _bits(numbers: Sequence[int], count: int) -> int:
    row = bytearray(count // 8 + 1)
    for number in numbers:
        row[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(row, "little")


def _frequent(items: dict[str, int], least: int, longest: int) -> dict[frozenset[str], int]:
    """Every set of items that is in at least `least` baskets, with their number."""
    found: dict[frozenset[str], int] = {}
    single = [(item, held) for item, held in items.items() if held.bit_count() >= least]
    single.sort(key=lambda one: (one[1].bit_count(), one[0]))  # rare ones first: the tree stays narrow

    def grow(base: frozenset[str], candidates: list[tuple[str, int]]) -> None:
        for place, (item, held) in enumerate(candidates):
            together = base | {item}
            found[together] = held.bit_count()
            if len(together) < longest:
                deeper = []
                for other, other_held in candidates[place + 1 :]:
                    common = held & other_held
                    if common.bit_count() >= least:
                        deeper.append((other, common))
                if deeper:
                    grow(together, deeper)

    grow(frozenset(), single)
    return found
