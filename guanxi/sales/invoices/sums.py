"""What an invoice comes to, what of it is settled, and what of an order or a contract is invoiced."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.batches.many import settle_many
from guanxi.sales.contracts.models import Contract
from guanxi.sales.invoices.models import ISSUED, Invoice, InvoiceLine
from guanxi.sales.lines.models import sums_of
from guanxi.sales.orders.models import Order

ZERO = Decimal(0)


@transaction.atomic
def settle_invoices(ids: Collection[int], *, by: Actor) -> None:
    """Their amounts anew from their lines; locks them."""
    invoices = list(Invoice.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    sums = sums_of(InvoiceLine, [one.pk for one in invoices])
    values = {
        one.pk: {
            "amount": Amount(sums[one.pk].gross, one.currency),
            "net": Amount(sums[one.pk].net, one.currency),
            "tax": Amount(sums[one.pk].tax, one.currency),
        }
        for one in invoices
    }
    if values:
        settle_many(registry.get("invoice"), values, by=by)


@transaction.atomic
def settle_invoiced(invoices: Iterable[Invoice], *, by: Actor) -> None:
    """What of their orders and contracts is invoiced, anew."""
    invoices = list(invoices)
    for model, name in ((Order, "order"), (Contract, "contract")):
        ids = sorted({found for one in invoices if (found := getattr(one, f"{name}_id"))})
        values: dict[int, dict[str, Any]] = {}
        for whole in model.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
            currency = currency_of(whole)
            values[whole.pk] = {"invoiced": Amount(issued_of(name, whole.pk), currency)}
        if values:
            settle_many(registry.get(name), values, by=by)


def issued_of(name: str, whole_id: int, *, besides: int = 0) -> Decimal:
    """What is issued of an order or a contract, red-letter invoices taken off."""
    rows = Invoice.objects.filter(**{f"{name}_id": whole_id}, status__in=ISSUED, archived_at=None)
    found: Decimal | None = rows.exclude(pk=besides).aggregate(sum=Sum("amount"))["sum"]
    return found or ZERO


def currency_of(whole: Any) -> str:
    """The currency of an order or a contract."""
    return str(getattr(whole, "currency", None) or whole.amount_currency)
