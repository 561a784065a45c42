from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone

from guanxi.platform.records.models import Record, UnitsField, part_indexes
from guanxi.sales.documents import Document

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor


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
