"""The verbs of an order, and the ways in which one is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.automation.approvals.documents import require_no_process
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.writing import create_record
from guanxi.sales import documents
from guanxi.sales.copies.actions import copy_record
from guanxi.sales.deliveries.models import GOING
from guanxi.sales.documents import locked, move_state, refuse_state
from guanxi.sales.orders.models import Order, OrderLine

OPEN = ("draft", "changed")
ZERO = Decimal(0)


@transaction.atomic
def order_deal(deal: Any, *, by: Actor) -> Order:
    """A draft of what a won deal is about, with its lines; raises InvalidValues for a second one."""
    if deal.status != "won":
        _refuse(_("Win the deal first: an order is what was agreed on."))
    _hold(deal)
    _refuse_second(deal=deal.pk)
    order: Order = create_record(
        object="order",
        values={
            "company": deal.company_id,
            "contact": deal.contact_id,
            "deal": deal.pk,
            "currency": deal.amount_currency,
        },
        by=by,
    )
    lines = list(deal.lines.filter(archived_at=None).order_by("position", "id"))
    for line in lines:
        copy_line(line, to=order, by=by)
    if not lines and deal.amount:
        values = {"title": deal.name, "product": deal.product_id, "unit_price": deal.amount}
        create_record(object="order_line", values={"order": order.pk, **values}, by=by)
    order.refresh_from_db()
    return order


@transaction.atomic
def order_quote(quote: Any, *, by: Actor) -> Order:
    """A draft with the terms and lines of a quote that the customer has accepted.

    Raises InvalidValues for a second one of the quote or its deal.
    """
    if quote.status != "accepted":
        _refuse(_("The customer has not accepted this quote yet."))
    _hold(quote)
    _refuse_second(quote=quote.pk)
    if quote.deal_id:
        _hold(quote.deal)
        _refuse_second(deal=quote.deal_id)
    values = {
        name: found
        for name in ("company", "contact", "deal")
        if (found := getattr(quote, f"{name}_id")) is not None
    }
    values |= {
        "quote": quote.pk, "currency": quote.currency, "tax_included": quote.tax_included,
        "discount_percent": quote.discount_percent, "source": str(quote.number or quote)[:200],
    }  # fmt: skip
    order: Order = create_record(object="order", values=values, by=by)
    for line in quote.lines.filter(archived_at=None).order_by("position", "id"):
        copy_line(line, to=order, by=by)
    order.refresh_from_db()
    return order


def order_of_quote(quote: Any, *, by: Actor) -> Any:
    """`order_quote` for doors that answer with the record that they were asked of."""
    order_quote(quote, by=by)
    return locked(quote, by=by)


def _refuse(words: str) -> None:
    raise InvalidValues({"status": [FieldError("state", words)]})


def _hold(made_of: Any) -> None:
    """Until the end of the transaction: of two who make an order of it at once, one is told."""
    type(made_of).objects.select_for_update().filter(pk=made_of.pk).first()


def _refuse_second(**of: int) -> None:
    there = Order.objects.filter(**of, archived_at=None).exclude(status="cancelled").first()
    if there is not None:
        said = _("This has the order %(number)s already.") % {"number": there}
        raise InvalidValues({next(iter(of)): [FieldError("taken", said)]})


def order_of_deal(deal: Any, *, by: Actor) -> Any:
    """`order_deal` for doors that answer with the record that they were asked of."""
    order_deal(deal, by=by)
    return locked(deal, by=by)


COPIED = (
    "title", "product", "quantity", "unit", "list_price", "unit_price", "discount_percent", "tax_rate",
    "cost", "position", "details",
)  # fmt: skip


def copy_line(line: Any, *, to: Any, by: Actor, object: str = "order_line") -> Any:
    """The same line in another document; what it came to follows anew from that document's terms."""
    values = {
        name: getattr(line, f"{name}_id" if name == "product" else name)
        for name in COPIED
        if getattr(line, f"{name}_id" if name == "product" else name) is not None
    }
    whole = object.removesuffix("_line")
    return create_record(object=object, values={whole: to.pk, **values}, by=by)


def submit(order: Order, *, by: Actor) -> Any:
    return documents.submit(order, by=by, of=OPEN, check=_has_lines)


def withdraw(order: Order, *, by: Actor) -> Any:
    return documents.withdraw(order, by=by)


def approve(order: Order, *, by: Actor) -> Any:
    return documents.approve(order, by=by, to="confirmed", check=_has_lines)


def reject(order: Order, *, by: Actor, sent_back: Any = None) -> Any:
    return documents.reject(order, by=by, sent_back=sent_back)


def confirm(order: Order, *, by: Actor) -> Any:
    """Without anybody's approval, where no process asks for one; confirmed again it stays as it is."""
    current = locked(order, by=by)
    if current.status == "confirmed":
        return current
    return move_state(
        current, by=by, verb="confirm", stated="confirmed", of=OPEN, to="confirmed", check=_freely
    )


def amend(order: Order, *, by: Actor) -> Any:
    """Open again for changes; it has to be confirmed anew."""
    return move_state(order, by=by, verb="amend", stated="amended", of=("confirmed",), to="changed")


def complete(order: Order, *, by: Actor) -> Any:
    return move_state(order, by=by, verb="complete", stated="completed", of=("delivered",), to="completed")


def cancel(order: Order, *, by: Actor) -> Any:
    """Raises InvalidValues once something is delivered, invoiced or paid."""

    def untouched(current: Order) -> None:
        if current.delivery != "none" or current.received or current.invoiced:
            said = _("Something of it is delivered, invoiced or paid. Take that back first.")
            raise InvalidValues({"status": [FieldError("in_use", said)]})

    return move_state(
        order, by=by, verb="cancel", stated="cancelled",
        of=("draft", "changed", "in_approval", "confirmed"), to="cancelled", check=untouched,
    )  # fmt: skip


def copy_order(order: Order, *, by: Actor) -> Any:
    """The same once more: a draft for the same customer with the same lines, of no deal or quote."""
    return copy_record(order, by=by)


def rest_of(order: Order) -> list[tuple[OrderLine, Decimal]]:
    """The lines of which something is to be delivered still, and how much."""
    lines = OrderLine.objects.filter(order=order, archived_at=None).order_by("position", "id")
    return [(one, one.quantity - one.delivered) for one in lines if one.quantity > one.delivered]


def delivered_of(order: Order) -> list[tuple[OrderLine, Decimal]]:
    """The lines of which the customer has something."""
    lines = OrderLine.objects.filter(order=order, archived_at=None).order_by("position", "id")
    return [(one, one.delivered) for one in lines if one.delivered > 0]


def deliver_rest(order: Order, *, by: Actor) -> Any:
    """All that is still to be delivered, in one parcel; returns the order."""
    deliver(order, {line.pk: quantity for line, quantity in rest_of(order)}, by=by)
    return locked(order, by=by)


def take_all_back(order: Order, *, by: Actor) -> Any:
    """All that was delivered comes back; returns the order."""
    deliver(order, {line.pk: quantity for line, quantity in delivered_of(order)}, kind="back", by=by)
    return locked(order, by=by)


@transaction.atomic
def deliver(
    order: Order,
    quantities: Mapping[int, Decimal],
    *,
    by: Actor,
    kind: str = "out",
    shipped_on: date | str | None = None,
    **said: Any,
) -> Any:
    """A delivery (or, `kind` back, a return) of these quantities of the order's lines; returns it.

    shipped_on   the day, also as it was typed; left out, today
    said         carrier, tracking, reason, about
    Raises InvalidValues for nothing at all, for a day that is none, and for more than there is to deliver or
    to bring back.
    """
    current = locked(order, by=by)
    if current.status not in (GOING if kind == "out" else (*GOING, "completed")):
        refuse_state(current)
    most = {line.pk: (line, rest) for line, rest in (rest_of if kind == "out" else delivered_of)(current)}
    wanted = {key: quantity for key, quantity in quantities.items() if quantity}
    if not wanted:
        raise InvalidValues({"quantity": [FieldError("required", _("Say how many of what."))]})
    for key, quantity in wanted.items():
        line, rest = most.get(key, (None, ZERO))
        if quantity < 0 or quantity > rest:
            words = _("%(name)s: there are %(rest)s, not %(asked)s.")
            said_so = words % {"name": line or key, "rest": _plain(rest), "asked": _plain(quantity)}
            raise InvalidValues({"quantity": [FieldError("range", said_so)]})
    values = {
        "order": current.pk,
        "kind": kind,
        "shipped_on": shipped_on or timezone.localdate(),
        **{name: value for name, value in said.items() if value},
    }
    delivery = create_record(object="delivery", values=values, by=by)
    for key, quantity in wanted.items():
        line_values = {"delivery": delivery.pk, "order_line": key, "quantity": quantity}
        create_record(object="delivery_line", values=line_values, by=by)
    return delivery


def invoice_rest(order: Order, *, by: Actor) -> Any:
    """A request for an invoice of all that is not invoiced; returns the order."""
    from guanxi.sales.invoices.making import invoice_order

    invoice_order(order, by=by)
    return locked(order, by=by)


def plan_at_once(order: Order, *, by: Actor) -> Any:
    """One payment of all of it, today; returns the order."""
    from guanxi.sales.instalments.actions import plan_payments

    plan_payments(order, [(Decimal(100), timezone.localdate())], by=by)
    return locked(order, by=by)


def _has_lines(order: Order) -> None:
    if not OrderLine.objects.filter(order=order, archived_at=None).exists():
        raise InvalidValues({"amount": [FieldError("required", _("Say what is ordered: add a line."))]})


def _freely(order: Order) -> None:
    require_no_process(order)
    _has_lines(order)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
