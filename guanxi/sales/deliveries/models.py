from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.records.models import Record, UnitsField, part_indexes
from guanxi.sales.documents import Document, refuse_state, state_words

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor


GOING = ("confirmed", "part_delivered", "returned", "delivered")
"""States of an order of which something goes out."""


class Delivery(Document):
    """Goods on their way to the customer (`kind` out) or back."""

    object_name: ClassVar[str] = "delivery"
    open_in: ClassVar[tuple[str, ...]] = ("shipped",)

    order = models.ForeignKey(
        "sales.Order", on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    kind = models.CharField(max_length=10, default="out")
    status = models.CharField(max_length=20, default="shipped")
    shipped_on = models.DateField(null=True, blank=True)
    carrier = models.CharField(max_length=100, null=True, blank=True)
    tracking = models.CharField(max_length=100, null=True, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    signed_by = models.CharField(max_length=100, null=True, blank=True)
    reason = models.CharField(max_length=300, null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Document.Meta):
        db_table = "sales_delivery"
        indexes = part_indexes("delivery", "order", "number", "status", "shipped_on", "tracking")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        self.shipped_on = self.shipped_on or timezone.localdate()

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if self._state.adding:
            # Not held: it has its number by now, and whoever holds the order may be waiting for one.
            _require_going(self, self.order)
        elif {"order", "kind"} & changed and self.lines.filter(archived_at=None).exists():
            said = _("Something is in it. Cancel it, and make another one.")
            raise InvalidValues({next(iter({"order", "kind"} & changed)): [FieldError("closed", said)]})

    def verify_archiving(self) -> None:
        if self.status != "cancelled" and self.lines.filter(archived_at=None).exists():
            raise InvalidValues({"status": [FieldError("in_use", _("Something is in it. Cancel it first."))]})

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        return "signed" if "signed_on" in changed and self.signed_on else "changed"

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        from guanxi.sales.orders.sums import settle_deliveries

        orders = set(cls.objects.filter(pk__in=ids).values_list("order_id", flat=True))
        settle_deliveries(sorted(orders), by=by)

    def concerns(self) -> list[tuple[str, int]]:
        return [("order", self.order_id)] if self.order_id else []


class DeliveryLine(Record):
    """How many of an order's line are in the parcel."""

    object_name: ClassVar[str] = "delivery_line"
    title_attribute: ClassVar[str] = "title"
    derives_from: ClassVar[tuple[str, ...]] = ("order_line",)

    delivery = models.ForeignKey(
        "sales.Delivery", on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    order_line = models.ForeignKey(
        "sales.OrderLine", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    title = models.CharField(max_length=200, default="", blank=True)
    quantity = UnitsField(default=Decimal(1))

    class Meta(Record.Meta):
        db_table = "sales_delivery_line"
        indexes = part_indexes("delivery_line", "delivery", "order_line")

    def derive(self, changed: set[str]) -> None:
        if self.order_line_id:
            self.title = self.order_line.title
        super().derive(changed | {"title"})

    def verify(self, changed: set[str]) -> None:
        """What goes out is what was ordered, and what comes back has gone out; holds the order."""
        delivery, line = self.delivery, self.order_line
        if line.order_id != delivery.order_id:
            said = _("“%(name)s” is of another order.") % {"name": line}
            raise InvalidValues({"order_line": [FieldError("other", said)]})
        self._require_open()
        if self.quantity <= 0:
            raise InvalidValues({"quantity": [FieldError("range", _("Say how many."))]})
        out, back = self._others()
        rest = line.quantity - out + back if delivery.kind == "out" else out - back
        if self.quantity > rest:
            words = _("%(name)s: there are %(rest)s, not %(asked)s.")
            said = words % {"name": line, "rest": plain(rest), "asked": plain(self.quantity)}
            raise InvalidValues({"quantity": [FieldError("range", said)]})

    def verify_change(self, changed: set[str], before: Mapping[str, Any], *, by: Actor) -> None:
        if before["delivery_id"] != self.delivery_id or before["order_line_id"] != self.order_line_id:
            said = _("Take this one away, and add another one.")
            raise InvalidValues({"order_line": [FieldError("closed", said)]})

    def verify_archiving(self) -> None:
        self._require_open()
        out, back = self._others()
        if self.delivery.kind == "out" and back > out:
            said = _("“%(name)s” has come back already.") % {"name": self.title}
            raise InvalidValues({"quantity": [FieldError("in_use", said)]})

    def verify_restoring(self) -> None:
        self.verify({"quantity"})

    def _require_open(self) -> None:
        orders: Any = type(self.delivery.order).objects
        _require_going(self.delivery, orders.select_for_update().get(pk=self.delivery.order_id))
        if self.delivery.status not in Delivery.open_in:
            said = _("This is “%(state)s” and can't be changed. Withdraw it first.")
            words = said % {"state": state_words(self.delivery)}
            raise InvalidValues({"delivery": [FieldError("closed", words)]})

    def _others(self) -> tuple[Decimal, Decimal]:
        """How many of the order's line have gone out and come back, this row left out."""
        rows = DeliveryLine.objects.filter(
            order_line_id=self.order_line_id, archived_at=None, delivery__archived_at=None
        ).exclude(delivery__status="cancelled")
        found = dict(
            rows.exclude(pk=self.pk).order_by().values_list("delivery__kind").annotate(Sum("quantity"))
        )
        return found.get("out") or Decimal(0), found.get("back") or Decimal(0)


def came_back_of(delivery: Delivery) -> bool:
    """Whether more of its lines has come back than others have brought, if it does not count."""
    return any(back > out for out, back in (one._others() for one in delivery.lines.filter(archived_at=None)))


def _require_going(delivery: Delivery, order: Any) -> None:
    """Raises InvalidValues where nothing of the order goes out, or comes back, now."""
    if order.status not in (GOING if delivery.kind == "out" else (*GOING, "completed")):
        refuse_state(order)
