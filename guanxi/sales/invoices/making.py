"""Requests for invoices, from what is to be invoiced."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.writing import create_record
from guanxi.sales.contracts.models import Contract
from guanxi.sales.invoices.models import Invoice, InvoiceTitle
from guanxi.sales.orders.actions import copy_line
from guanxi.sales.orders.models import Order, OrderLine


@transaction.atomic
def invoice_order(order: Order, *, by: Actor, amount: Decimal | None = None, **said: Any) -> Invoice:
    """A request for what of an order is not invoiced yet, or for less (`amount`, with tax).

    The whole order keeps its lines; a part of it is one line of that amount. said: kind, billed_to, about.
    """
    rest = order.amount - order.invoiced
    if amount is None and order.invoiced == 0:
        values = {
            "tax_included": order.tax_included, "discount_percent": order.discount_percent, "order": order.pk,
        }  # fmt: skip
        made = _request(order, values, order.currency, by=by, **said)
        for line in OrderLine.objects.filter(order=order, archived_at=None).order_by("position", "id"):
            copy_line(line, to=made, by=by, object="invoice_line")
        made.refresh_from_db()
        return made
    rates = set(OrderLine.objects.filter(order=order, archived_at=None).values_list("tax_rate", flat=True))
    rate = rates.pop() if len(rates) == 1 else None
    title = str(order.number)
    return _of_amount(order, {"order": order.pk}, order.currency, title, amount or rest, rate, by=by, **said)


@transaction.atomic
def invoice_contract(contract: Contract, *, by: Actor, amount: Decimal | None = None, **said: Any) -> Invoice:
    """A request for what of a contract is not invoiced yet, or for less."""
    rest = contract.total - contract.invoiced
    values = {"contract": contract.pk}
    return _of_amount(
        contract, values, contract.amount_currency, contract.name, amount or rest, None, by=by, **said
    )


def _of_amount(
    whole: Any,
    values: dict[str, Any],
    currency: str,
    title: str,
    amount: Decimal,
    tax_rate: Decimal | None,
    *,
    by: Actor,
    **said: Any,
) -> Invoice:
    if amount <= 0:
        words = _("All of it is invoiced already.")
        raise InvalidValues({"amount": [FieldError("range", words)]})
    made = _request(whole, values, currency, by=by, **said)
    line: dict[str, Any] = {"invoice": made.pk, "title": title, "unit_price": amount}
    if tax_rate is not None:
        line["tax_rate"] = tax_rate
    create_record(object="invoice_line", values=line, by=by)
    made.refresh_from_db()
    return made


def _request(whole: Any, values: dict[str, Any], currency: str, *, by: Actor, **said: Any) -> Invoice:
    title = said.pop("billed_to", None)
    if title is None and whole.company_id:
        title = (
            InvoiceTitle.objects.filter(company_id=whole.company_id, archived_at=None)
            .order_by("pk").values_list("pk", flat=True).first()
        )  # fmt: skip
    given = {
        "company": whole.company_id,
        "contract": getattr(whole, "contract_id", None),
        "billed_to": title,
        "currency": currency,
        **values,
        **said,
    }
    made: Invoice = create_record(
        object="invoice", values={name: value for name, value in given.items() if value is not None}, by=by
    )
    return made
