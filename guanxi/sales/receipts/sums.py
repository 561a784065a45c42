"""What of a receipt is allocated, and what of plans, orders, contracts and invoices is paid by receipts.

Every door ends here, in the transaction that has written the allocations: what does not add up is refused,
and nothing of it stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import format_money
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.batches.many import settle_many
from guanxi.sales.contracts.models import Contract
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.invoices.models import Invoice
from guanxi.sales.orders.models import Order
from guanxi.sales.receipts.models import COUNTED, TARGETS, Allocation, Receipt, currency_of_target

ZERO = Decimal(0)
Sums = Mapping[int, Decimal]


@transaction.atomic
def settle_receipts(ids: Collection[int], *, by: Actor) -> None:
    """These receipts, and what they are or were allocated to; raises InvalidValues beyond what is there."""
    receipts = list(Receipt.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    touched = list(
        Allocation.objects.filter(receipt_id__in=ids).values_list(*(f"{one}_id" for one in TARGETS))
    )
    instalments, orders, contracts, invoices = (
        sorted({row[at] for row in touched if row[at]}) for at in range(len(TARGETS))
    )
    _settle_receipts(receipts, by)
    orders, contracts = _settle_instalments(instalments, orders, contracts, by)
    _settle_wholes(Order, "order", orders, by)
    _settle_wholes(Contract, "contract", contracts, by)
    _settle_invoices(invoices, by)


def counted() -> QuerySet[Allocation]:
    """The allocations that count: those of receipts whose money is there."""
    rows: QuerySet[Allocation] = Allocation.objects.filter(
        archived_at=None, receipt__archived_at=None, receipt__status__in=COUNTED
    )
    return rows.order_by()


def _settle_receipts(receipts: list[Receipt], by: Actor) -> None:
    expected: dict[int, Decimal] = defaultdict(Decimal)
    matched: dict[int, Decimal] = defaultdict(Decimal)
    rows = counted().filter(receipt_id__in=[one.pk for one in receipts])
    for receipt_id, invoice_id, amount in rows.values_list("receipt_id", "invoice_id", "amount"):
        (matched if invoice_id else expected)[receipt_id] += amount
    values: dict[int, dict[str, Any]] = {}
    for one in receipts:
        for found in (expected[one.pk], matched[one.pk]):
            if found > one.amount:
                _refuse(
                    _("Of %(most)s there can't be %(asked)s allocated."),
                    found,
                    one.amount,
                    one.amount_currency,
                )
        values[one.pk] = {
            "allocated": Amount(expected[one.pk], one.amount_currency),
            "matched": Amount(matched[one.pk], one.amount_currency),
        }
        if one.status in COUNTED:
            done = max(expected[one.pk], matched[one.pk]) == one.amount
            values[one.pk]["status"] = "allocated" if done else "confirmed"
    if values:
        settle_many(registry.get("receipt"), values, by=by)


def _settle_instalments(
    ids: list[int], orders: list[int], contracts: list[int], by: Actor
) -> tuple[list[int], list[int]]:
    """The plans; returns the orders and contracts with those of the plans."""
    held = list(Instalment.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    sums = _summed("instalment", ids)  # once they are held: two receipts can't pass at once
    values: dict[int, dict[str, Any]] = {}
    found_orders, found_contracts = set(orders), set(contracts)
    for one in held:
        paid = sums.get(one.pk, ZERO)
        if paid > one.amount or (paid and one.status == "void"):
            most = ZERO if one.status == "void" else one.amount
            _refuse(_("Only %(most)s are expected, not %(asked)s."), paid, most, one.amount_currency)
        values[one.pk] = {"received": Amount(paid, one.amount_currency)}
        if one.order_id:
            found_orders.add(one.order_id)
        if one.contract_id:
            found_contracts.add(one.contract_id)
    if values:
        settle_many(registry.get("instalment"), values, by=by)
    return sorted(found_orders), sorted(found_contracts)


def _settle_wholes(model: Any, name: str, ids: list[int], by: Actor) -> None:
    """What has come in for orders or contracts: allocated to them, or to their payment plans."""
    if not ids:
        return
    held = list(model.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    sums: dict[int, Decimal] = defaultdict(Decimal)
    rows = counted().filter(Q(**{f"{name}_id__in": ids}) | Q(**{f"instalment__{name}_id__in": ids}))
    for own, of_plan, settled in rows.values_list(f"{name}_id", f"instalment__{name}_id", "settled"):
        sums[own or of_plan] += settled
    for one in held:
        most = one.amount if name == "order" else one.total
        if name == "contract" and one.amount is None:
            continue  # a framework: nobody has said how much it will be
        # What has come in before it was made less stays, and may be taken back.
        if sums[one.pk] > max(most, one.received):
            _refuse(
                _("Only %(most)s are expected, not %(asked)s."), sums[one.pk], most, currency_of_target(one)
            )
    values = {one.pk: {"received": Amount(sums[one.pk], currency_of_target(one))} for one in held}
    settle_many(registry.get(name), values, by=by)


def _settle_invoices(ids: list[int], by: Actor) -> None:
    held = list(Invoice.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    sums = _summed("invoice", ids)
    values: dict[int, dict[str, Any]] = {}
    for one in held:
        paid, most = sums.get(one.pk, ZERO), one.amount - one.corrected
        if paid > most:
            _refuse(_("Only %(most)s of the invoice are open, not %(asked)s."), paid, most, one.currency)
        values[one.pk] = {"settled": Amount(paid, one.currency)}
        if one.status in ("issued", "mailed", "settled"):
            full = paid == most and paid > 0
            back = "mailed" if one.mailed_on else "issued"
            values[one.pk] |= {
                "status": "settled" if full else back, "settled_on": timezone.localdate() if full else None
            }  # fmt: skip
    if values:
        settle_many(registry.get("invoice"), values, by=by)


def _summed(name: str, ids: Collection[int]) -> Sums:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    rows = counted().filter(**{f"{name}_id__in": ids}).values_list(f"{name}_id", "settled")
    for key, settled in rows:
        sums[key] += settled
    return sums


def _refuse(words: str, asked: Decimal, most: Decimal, currency: str) -> None:
    said = words % {"asked": format_money(asked, currency), "most": format_money(most, currency)}
    raise InvalidValues({"amount": [FieldError("range", said)]})
