"""What was forecast when, and how near it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.time import add_months
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sql import fetch
from guanxi.sales.forecasts.models import Forecast
from guanxi.sales.forecasts.queries import won_in
from guanxi.sales.targets.models import FIRM, MEMBER
from guanxi.sales.targets.periods import Period

MOST = 60
MONTHS = 12
READ = ("closed", "commit", "best_case", "total", "low", "high", "called", "reason", "month", "taken_on")


@dataclass(frozen=True, slots=True)
class Past:
    """One month that is over: what was said as it began, and what came.

    inside   whether it came to lie in the interval that was given; None where none was
    """

    month: date
    said: Decimal
    actual: Decimal
    inside: bool | None

    @property
    def accuracy(self) -> Decimal | None:
        """1 − |F − A| / A, and nothing below zero; None where nothing came."""
        if not self.actual:
            return None
        return max(Decimal(0), 1 - abs(self.said - self.actual) / self.actual)


def kept_of(period: Period, *, by: Actor) -> list[Any]:
    """What was kept of the months of a period, the latest first, of those that the actor sees."""
    return _kept(period.first, period.last, by)


def past_of(today: date, *, by: Actor) -> list[Past]:
    """The twelve months before this one: of the firm where the actor sees all of it, else the actor's own."""
    rows = by.rows("deal")
    first, last = add_months(today.replace(day=1), -MONTHS), today.replace(day=1) - timedelta(days=1)
    firm = rows.every and by.rows("forecast").every
    said: dict[date, Any] = {}
    for one in _kept(first, last, by, firm=firm):  # the latest first: the earliest of its month stays
        mine = one.scope == FIRM if firm else one.scope == MEMBER and one.owner_id == by.member_id
        if mine and (one.taken_on - one.month).days < 31:
            said[one.month] = one
    if not said:
        return []
    won: dict[date, Decimal] = {}
    for cell in won_in(Period(first, MONTHS), by=by):
        if firm or cell.owner == by.member_id:
            month = date(int(cell.month[:4]), int(cell.month[5:7]), 1)
            won[month] = won.get(month, Decimal(0)) + cell.amount
    found = []
    for month, one in sorted(said.items()):
        actual = won.get(month, Decimal(0))
        inside = None if one.low is None else one.low <= actual <= one.high
        found.append(Past(month, one.called if one.called is not None else one.weighted, actual, inside))
    return found


def _kept(first: date, last: date, by: Actor, *, firm: bool = False) -> list[Any]:
    obj = registry.get("forecast")
    if not by.may("see", obj.name) or not sees(obj, READ, by):
        return []
    rule = row_rule(obj, by)
    most = MOST * 10 if firm else MOST
    ids = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {rule.text} AND r.archived_at IS NULL'
        f" AND r.month >= %s AND r.month <= %s{' AND r.scope = %s' if firm else ''}"
        f" ORDER BY r.taken_on DESC, r.scope, r.id LIMIT {most}",
        (*rule.params, first, last, *((FIRM,) if firm else ())),
    )
    found = Forecast.objects.in_bulk([row[0] for row in ids])
    return [found[row[0]] for row in ids]
