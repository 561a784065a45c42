"""Rates of exchange as an administrator gives them, and what waits for them: amounts that no sum has yet.

A rate holds from its day on. What has been converted keeps the rate that it had; only amounts for which no
rate was known are priced when one comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.models import Rate
from guanxi.platform.i18n.money import currency_codes
from guanxi.platform.i18n.rates import own_currency, rate_book, set_rate
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Money
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """Amounts in a currency that have no rate on their day: how many, and the first of those days."""

    currency: str
    count: int
    since: date | None


def give_rate(*, currency: str, day: date, rate: Any, by: Actor) -> Rate:
    """What one unit of a currency is worth in the workspace's own, from a day on.

    `rate` is a number above zero. Raises InvalidValues, and Refused for who does not administer it all.
    """
    if not by.administers:
        raise Refused("rate.give")
    code = currency.strip().upper()
    if code not in currency_codes() or code == own_currency():
        raise InvalidValues({"currency": [FieldError("currency", _("Choose another currency."))]})
    with transaction.atomic():
        row = set_rate(currency=code, date=day, rate=_number(rate), source=by.name[:40])
        state_fact(
            "rate",
            "given",
            row.pk,
            by=by,
            title=f"{code} {day}",
            data={"rate": str(row.rate)},
        )
        price_amounts.enqueue(currency=code)
    return row


def withdraw_rate(rate_id: int, *, by: Actor) -> Rate:
    """Take back a rate that was wrong; what was converted by it stays as it is. Raises Refused, NotFound."""
    if not by.administers:
        raise Refused("rate.give")
    row: Rate | None = Rate.objects.filter(pk=rate_id).first()
    if row is None:
        raise NotFound(f"rate {rate_id}")
    with transaction.atomic():
        state_fact("rate", "withdrawn", rate_id, by=by, title=f"{row.currency} {row.date}")
        Rate.objects.filter(pk=rate_id).delete()
    return row


def waiting_amounts() -> list[Waiting]:
    """The currencies in which amounts wait for a rate, most of them first."""
    counts: dict[str, int] = {}
    days: dict[str, date] = {}
    for obj, field in _money_fields():
        day = "rate_on" if hasattr(obj.model_class, "rate_on") else ""
        rows = _unpriced(obj, field).values(field.currency_column).annotate(count=Count("id"))
        if day:
            rows = rows.annotate(since=Min(day))
        for row in rows:
            code = row[field.currency_column]
            counts[code] = counts.get(code, 0) + row["count"]
            if since := row.get("since"):
                days[code] = min(since, days.get(code, since))
    order = sorted(counts, key=lambda code: -counts[code])
    return [Waiting(code, counts[code], days.get(code)) for code in order]


@task()
def price_amounts(currency: str) -> int:
    """Convert what waited for a rate of this currency; returns how many amounts that were."""
    with reading():
        book = rate_book()
    done = 0
    for obj, field in _money_fields():
        after = 0
        while True:
            with transaction.atomic():
                rows = list(
                    _unpriced(obj, field)
                    .filter(**{field.currency_column: currency, "pk__gt": after})
                    .order_by("pk")[:AT_ONCE]
                )
                for row in rows:
                    on = getattr(row, "rate_on", None) or timezone.localdate()
                    if found := book.convert(getattr(row, field.name), currency, on):
                        obj.model_class.objects.filter(pk=row.pk).update(**{field.column: found.amount})
                        done += 1
            if not rows:
                break
            after = rows[-1].pk
    return done


def _money_fields() -> Iterator[tuple[Object, Money]]:
    """Those with columns of their own; what a workspace added is reckoned where it is read."""
    for obj in registry.objects():
        columns = {one.name for one in obj.model_class._meta.concrete_fields}
        for field in obj.fields:
            if isinstance(field, Money) and field.name in columns:
                yield obj, field


def _unpriced(obj: Object, field: Money) -> Any:
    return obj.model_class.objects.filter(**{f"{field.name}__isnull": False, f"{field.column}__isnull": True})


def _number(text: Any) -> Decimal:
    try:
        found = Decimal(str(text).strip().replace(",", ""))
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or not 0 < found < 10**13:
        raise InvalidValues({"rate": [FieldError("rate", _("A rate is a number above zero."))]})
    return found
