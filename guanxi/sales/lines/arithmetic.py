"""What a line comes to, and what many come to. Pure functions of exact decimals.

Every line is rounded to the smallest coin of the currency, half up and away from zero, and a document is the
sum of its lines as they stand there: who adds up the printed figures gets the printed total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cache

from guanxi.platform.metadata.fields.number import half_up

HUNDRED = Decimal(100)
ZERO = Decimal(0)
_EXACT = Context(prec=60)
"""Enough for a quantity times a price times two rates, each with all digits that their columns hold."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a document says of all its lines.

    currency      ISO 4217
    digits        decimals of its smallest coin: 2, 0 for JPY, 3 for KWD
    tax_included  whether prices have the tax in them, or it comes on top
    discount      in percent, after the discount of each line
    """

    currency: str
    digits: int
    tax_included: bool = False
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Asked:
    """One line as it was typed: how many (negative for returns), at what price, percents, cost of one."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    tax_rate: Decimal = ZERO
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts of a line or of a document, in coins of the currency: gross is always net + tax."""

    net: Decimal = ZERO
    tax: Decimal = ZERO
    gross: Decimal = ZERO
    cost: Decimal = ZERO

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.net + other.net, self.tax + other.tax, self.gross + other.gross, self.cost + other.cost
        )

    @property
    def margin(self) -> Decimal | None:
        """Of the net, in percent with one decimal; None where nothing is charged."""
        return margin(self.net, self.cost)


def work_out(line: Asked, terms: Terms) -> Sums:
    """The amounts of one line. A discount above 100 % is arithmetic, too: what refuses it is the field.

    What was typed counts with four decimals, as it is kept.
    """
    typed = (line.quantity, line.unit_price, line.discount, line.tax_rate, line.cost or ZERO)
    coins = in_coins(terms)(*(_in_units(one) for one in typed))
    return Sums(*(_EXACT.scaleb(Decimal(one), -terms.digits) for one in coins))


Coins = tuple[int, int, int, int]


def in_coins(terms: Terms) -> Callable[[int, int, int, int, int], Coins]:
    """What works out lines of these terms: (quantity, unit price, discount, tax rate, cost of one), each in
    10⁻⁴ as columns hold them, gives (net, tax, gross, cost) in whole coins.

    Whole numbers are as exact as decimals and take a third of the time: a document has hundreds of lines.
    """
    # A quantity times a price is in 10⁻⁸; a percent in 10⁻⁴ is a millionth of the whole.
    coin, percent, included = 10 ** (8 - terms.digits), _in_units(HUNDRED), terms.tax_included
    kept_of_all = 2 * (percent - _in_units(terms.discount))
    whole = coin * percent * percent
    halves, percents = 2 * whole, 2 * percent

    def work_out_coins(quantity: int, price: int, discount: int, rate: int, cost: int) -> Coins:
        # `half_up` written out: a call for each of hundreds of lines costs more than the sum.
        asked = quantity * price * (percent - discount) * kept_of_all
        charged = (asked + whole) // halves if asked >= 0 else -((whole - asked) // halves)
        if not rate:
            tax = 0
        elif included:
            tax = half_up(charged * rate, percent + rate)
        elif charged >= 0:
            tax = (2 * charged * rate + percent) // percents
        else:
            tax = -((percent - 2 * charged * rate) // percents)
        spent = half_up(quantity * cost, coin) if cost else 0
        if included:
            return charged - tax, tax, charged, spent
        return charged, tax, charged + tax, spent

    return work_out_coins


def _in_units(value: Decimal) -> int:
    return int(_EXACT.scaleb(value, 4).to_integral_value())


def add_up(lines: Iterable[Sums]) -> Sums:
    """What a document comes to."""
    with localcontext(_EXACT):
        return sum(lines, Sums())


def taxes(lines: Iterable[tuple[Decimal, Sums]]) -> list[tuple[Decimal, Sums]]:
    """What is charged at each rate of tax, the highest first: (rate, sums) of lines with their rates."""
    found: dict[Decimal, Sums] = {}
    for rate, sums in lines:
        found[rate.normalize()] = found.get(rate.normalize(), Sums()) + sums
    return sorted(found.items(), reverse=True)


def margin(net: Decimal, cost: Decimal) -> Decimal | None:
    """(net − cost) / net in percent with one decimal; None where there is no net."""
    if not net:
        return None
    with localcontext(_EXACT):
        share = (net - cost) / net * HUNDRED
    return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def spread(amount: Decimal, over: Sequence[Decimal], digits: int) -> list[Decimal]:
    """An amount in coins, divided in proportion to weights; the parts always add up to it.

    Coins that are left go to the largest remainders, the earlier first. Weights that add up to nothing share
    equally. Raises ValueError for an amount that is no whole number of coins, for negative weights, and where
    there is nobody to share it.
    """
    if amount != to_coins(amount, digits) or any(one < 0 for one in over) or not over:
        raise ValueError("an amount in coins is spread over weights that are not negative")
    with localcontext(_EXACT):
        coin = Decimal(1).scaleb(-digits)
        weights = list(over) if sum(over) else [Decimal(1)] * len(over)
        exact = [amount * one / sum(weights) for one in weights]
        parts = [one.quantize(coin, rounding=ROUND_DOWN) for one in exact]
        left = int((amount - sum(parts)) / coin)
        order = sorted(range(len(parts)), key=lambda at: (-abs(exact[at] - parts[at]), at))
        for at in order[: abs(left)]:
            parts[at] += coin if left > 0 else -coin
        return parts


def to_coins(value: Decimal, digits: int) -> Decimal:
    """Rounded half away from zero."""
    return value.quantize(_coin(digits), rounding=ROUND_HALF_UP, context=_EXACT)


@cache
def _coin(digits: int) -> Decimal:
    """The smallest coin of a currency with so many decimals."""
    return Decimal(1).scaleb(-digits)
