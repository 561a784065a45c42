"""What a receipt can be allocated to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import reached_ids
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.invoices.models import Invoice
from guanxi.sales.receipts.models import Receipt


@dataclass(frozen=True, slots=True)
class Target:
    """Something of which money is still to come, in its own currency."""

    object: str
    id: int
    title: str
    due_on: date | None
    amount: Decimal
    open: Decimal
    currency: str


def open_targets(receipt: Receipt, *, by: Actor, any_currency: bool = False) -> list[Target]:
    """Open payment plans and invoices of the receipt's company that the actor sees, the oldest first."""
    plans = Instalment.objects.filter(company_id=receipt.company_id, archived_at=None, open__gt=Decimal(0))
    bills = Invoice.objects.filter(
        company_id=receipt.company_id, archived_at=None, open__gt=Decimal(0), status__in=("issued", "mailed")
    )
    if not any_currency:
        plans = plans.filter(amount_currency=receipt.amount_currency)
        bills = bills.filter(currency=receipt.amount_currency)
    own = {"order": receipt.order_id, "contract": receipt.contract_id}
    found = [
        Target("instalment", one.pk, one.name, one.due_on, one.amount, one.open, one.amount_currency)
        for one in sorted(plans, key=lambda one: (not _of(one, own), one.due_on, one.pk))
    ]
    found += [
        Target(
            "invoice", one.pk, one.invoice_no or one.number or "", one.due_on or one.issued_on, one.amount,
            one.open, one.currency,
        )
        for one in sorted(bills, key=lambda one: (not _of(one, own), one.due_on or one.issued_on, one.pk))
    ]  # fmt: skip
    seen = {
        name: reached_ids(registry.get(name), [one.id for one in found if one.object == name], by)
        for name in ("instalment", "invoice")
    }
    return [one for one in found if one.id in seen[one.object]]


def _of(one: Instalment | Invoice, own: dict[str, int | None]) -> bool:
    """Whether it is of the order or contract that the receipt names: those come first."""
    return any(found and getattr(one, f"{name}_id") == found for name, found in own.items())
