"""What an order comes to, and how far it is: from its lines, deliveries, receipts and invoices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.batches.many import settle_many
from guanxi.sales.deliveries.models import Delivery, DeliveryLine
from guanxi.sales.orders.models import Order, OrderLine

DELIVERING = ("confirmed", "part_delivered", "delivered", "returned")
SAID = {"part_delivered": "part", "delivered": "full", "completed": "full"}
ZERO = Decimal(0)


@transaction.atomic
def settle_orders(ids: Collection[int], *, by: Actor) -> None:
    """Amounts and state of delivery anew, from what is there; locks the orders."""
    orders = list(Order.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=ids, archived_at=None):
        lines[line.order_id].append(line)
    shipped = set(Delivery.objects.filter(order_id__in=ids).values_list("order_id", flat=True))
    values = {one.pk: _values_of(one, lines[one.pk], one.pk in shipped) for one in orders}
    if values:
        settle_many(registry.get("order"), values, by=by)


@transaction.atomic
def settle_deliveries(order_ids: Collection[int], *, by: Actor) -> None:
    """How many of each line have gone out, then the orders; raises nothing, what is there is there."""
    gone: dict[int, Decimal] = defaultdict(Decimal)
    rows = DeliveryLine.objects.filter(
        delivery__order_id__in=order_ids, delivery__archived_at=None, archived_at=None
    ).exclude(delivery__status="cancelled")
    for line_id, kind, quantity in rows.values_list("order_line_id", "delivery__kind", "quantity"):
        gone[line_id] += quantity if kind == "out" else -quantity
    lines = OrderLine.objects.filter(order_id__in=order_ids, archived_at=None)
    changed = {
        one.pk: {"delivered": gone[one.pk]} for one in lines if one.delivered != gone.get(one.pk, ZERO)
    }
    if changed:
        settle_many(registry.get("order_line"), changed, by=by)
    settle_orders(order_ids, by=by)


def _values_of(order: Order, lines: list[OrderLine], shipped: bool) -> dict[str, Any]:
    full = sum(((one.quantity or ZERO) * (one.unit_price or ZERO) for one in lines), ZERO)
    sums = {
        "amount": sum((one.gross for one in lines), ZERO),
        "net": sum((one.net for one in lines), ZERO),
        "tax": sum((one.tax for one in lines), ZERO),
        "before_discount": full.quantize(Decimal("0.0001")),
    }
    values: dict[str, Any] = {name: Amount(value, order.currency) for name, value in sums.items()}
    # An order that came from elsewhere has no deliveries here: what it says of itself holds.
    values["delivery"] = _delivered(lines) if shipped else SAID.get(order.status, "none")
    if shipped and order.status in DELIVERING:
        values |= _state(order, values["delivery"])
    return values


def _delivered(lines: list[OrderLine]) -> str:
    goods = [one for one in lines if (one.quantity or ZERO) > 0]
    if not goods or not any(one.delivered > 0 for one in goods):
        return "none"
    return "full" if all(one.delivered >= one.quantity for one in goods) else "part"


def _state(order: Order, delivery: str) -> dict[str, Any]:
    deliveries = Delivery.objects.filter(order=order, archived_at=None).exclude(status="cancelled")
    if delivery == "none":
        came_back = deliveries.filter(kind="back").exists()
        return {"status": "returned" if came_back else "confirmed", "delivered_on": None}
    if delivery == "part":
        return {"status": "part_delivered", "delivered_on": None}
    last = deliveries.filter(kind="out").aggregate(last=Max("shipped_on"))["last"]
    return {"status": "delivered", "delivered_on": last}
