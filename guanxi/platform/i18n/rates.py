"""Rates of exchange into the workspace's currency: the last one known on a day holds.

An amount is stored in its own currency, and beside it in the workspace's with the rate that was used, so
that totals add up and never move afterwards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

from guanxi.platform.i18n.models import Rate
from guanxi.platform.i18n.money import currency_codes, round_money
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import Workspace


class Converted(NamedTuple):
    """An amount in the workspace's currency, and the rate that made it."""

    amount: Decimal
    rate: Decimal


def set_rate(*, currency: str, date: date, rate: Decimal, source: str = "") -> Rate:
    """Say what a currency is worth from a day on; replaces what was said for that very day.

    Raises ValueError for a currency or a rate that there is not.
    """
    if currency not in currency_codes():
        raise ValueError(f"{currency} is no currency")
    if rate <= 0:
        raise ValueError("a rate is above zero")
    row: Rate
    row, _created = Rate.objects.update_or_create(
        currency=currency,
        date=date,
        defaults={"rate": rate, "source": source},
        create_defaults={"rate": rate, "source": source, "workspace_id": require_workspace_id()},
    )
    return row


def rate_on(currency: str, day: date) -> Decimal | None:
    """What one unit was worth on a day: 1 for the workspace's own currency, None where nothing is known."""
    return _rate_on(currency, day, own_currency())


def convert(amount: Decimal, currency: str, day: date) -> Converted | None:
    """An amount in the workspace's currency at the rate of a day; None where no rate is known."""
    own = own_currency()
    rate = _rate_on(currency, day, own)
    return _converted(amount, rate, own)


MOST = Decimal(9 * 10**14)  # what 63 bits hold of 10⁻⁴


def _converted(amount: Decimal, rate: Decimal | None, own: str) -> Converted | None:
    """None also for what no column holds: a large amount by the rate of a currency in ruins."""
    if rate is None or abs(amount * rate) >= MOST:
        return None
    return Converted(round_money(amount * rate, own), rate)


def _rate_on(currency: str, day: date, own: str) -> Decimal | None:
    if currency == own:
        return Decimal(1)
    known = Rate.objects.filter(currency=currency, date__lte=day).order_by("-date")[:1]
    return next((row.rate for row in known), None)


@dataclass(frozen=True)
class RateBook:
    """All rates of the workspace in memory, for work on many rows: an import, a revaluation."""

    currency: str
    days: Mapping[str, Sequence[date]]
    rates: Mapping[str, Sequence[Decimal]]

    def rate_on(self, currency: str, day: date) -> Decimal | None:
        """Like the function of this name, without a query."""
        if currency == self.currency:
            return Decimal(1)
        known = bisect_right(self.days.get(currency, ()), day)
        return self.rates[currency][known - 1] if known else None

    def convert(self, amount: Decimal, currency: str, day: date) -> Converted | None:
        """Like the function of this name, without a query."""
        rate = self.rate_on(currency, day)
        return _converted(amount, rate, self.currency)


def rate_book() -> RateBook:
    """The rates of the chosen workspace as they are now."""
    days: dict[str, list[date]] = defaultdict(list)
    rates: dict[str, list[Decimal]] = defaultdict(list)
    for currency, day, rate in Rate.objects.order_by("date").values_list("currency", "date", "rate"):
        days[currency].append(day)
        rates[currency].append(rate)
    return RateBook(own_currency(), days, rates)


def own_currency() -> str:
    """The currency of the chosen workspace."""
    # An import asks for every row; a workspace that changes its currency is heard within ten seconds.
    return _currency_of(require_workspace_id(), int(monotonic() // 10))


@lru_cache(maxsize=64)
def _currency_of(workspace_id: int, _moment: int) -> str:
    return str(Workspace.objects.values_list("currency", flat=True).get(pk=workspace_id))
