"""Pure: which rule holds, and what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is reckoned with; `tiers` are (above, rate) in order."""

    id: int
    name: str
    rate: Decimal
    product: int | None = None
    member: int | None = None
    role: str = ""
    first: date | None = None
    last: date | None = None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    cap: Decimal | None = None
    cap_per: str = "month"

    def fits(self, *, product: int | None, member: int, roles: frozenset[str], on: date) -> bool:
        return (
            (self.product is None or self.product == product)
            and (self.member is None or self.member == member)
            and (not self.role or self.role.casefold() in roles)
            and (self.first is None or self.first <= on)
            and (self.last is None or on <= self.last)
        )

    @property
    def weight(self) -> tuple[int, int]:
        """What is said of a member weighs most, then of a role, then of a product; then the newest."""
        said = 4 * (self.member is not None) + 2 * bool(self.role) + (self.product is not None)
        return said, self.id


def rule_for(
    rules: Iterable[Rule], *, product: int | None, member: int, roles: frozenset[str], on: date
) -> Rule | None:
    """The rule that holds, or None."""
    fitting = [one for one in rules if one.fits(product=product, member=member, roles=roles, on=on)]
    return max(fitting, key=lambda one: one.weight, default=None)


def earned(rule: Rule, base: Decimal, *, before: Decimal, digits: int) -> tuple[Decimal, Decimal]:
    """(commission, mean rate in percent) of an amount, where `before` has come in of that month already.

    Each part of it earns the rate of the tier in which it lies, so no sum earns less than a smaller one.
    """
    edges: Sequence[tuple[Decimal, Decimal]] = [(Decimal(0), rule.rate), *sorted(rule.tiers)]
    total = Decimal(0)
    for at, (above, rate) in enumerate(edges):
        until = edges[at + 1][0] if at + 1 < len(edges) else None
        low, high = max(before, above), before + base if until is None else min(before + base, until)
        if high > low:
            total += (high - low) * rate / HUNDRED
    amount = total.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    mean = (total * HUNDRED / base).quantize(Decimal("0.0001")) if base else Decimal(0)
    return amount, mean


def capped(amount: Decimal, *, cap: Decimal | None, given: Decimal) -> Decimal:
    """What of it may still be given, where so much was given in the period already."""
    return amount if cap is None else max(Decimal(0), min(amount, cap - given))


def cap_span(per: str, month: date) -> tuple[date, date]:
    """The first days of the first and the last month of the period that a month belongs to."""
    length = {"quarter": 3, "year": 12}.get(per, 1)
    first = month.replace(day=1, month=(month.month - 1) // length * length + 1)
    return first, first.replace(month=first.month + length - 1)
