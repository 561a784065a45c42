from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.derived import in_base
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes


class Product(Record):
    object_name: ClassVar[str] = "product"
    tallies: ClassVar[tuple[Tally, ...]] = (Tally("all"),)

    name = models.CharField(max_length=200)
    code = models.CharField(max_length=60, null=True, blank=True)
    category = models.CharField(max_length=200, null=True, blank=True)
    unit = models.CharField(max_length=40, null=True, blank=True)
    price = UnitsField(null=True, blank=True)
    price_currency = models.CharField(max_length=3, default="CNY")
    price_base = UnitsField(null=True, blank=True)
    cost = UnitsField(null=True, blank=True)
    cost_base = UnitsField(null=True, blank=True)
    tax_rate = UnitsField(null=True, blank=True)
    variant_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="variants", db_index=False
    )
    variant = models.CharField(max_length=200, null=True, blank=True)
    status = models.CharField(max_length=20, default="sold")
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_product"
        indexes = record_indexes("product", "code", "category", "price_base", "status")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if "price" in changed:
            self.price_base = in_base(self.price, self.price_currency, self.workspace_id)
        if {"price", "cost"} & changed:
            self.cost_base = in_base(self.cost, self.price_currency, self.workspace_id)

    def verify(self, changed: set[str]) -> None:
        if "variant_of" in changed and self.variant_of_id:
            whole: Any = self.variant_of
            if self.variant_of_id == self.pk or whole.variant_of_id:
                said = _("A variant is of a product that is no variant itself.")
                raise InvalidValues({"variant_of": [FieldError("link", said)]})
        if {"price", "cost"} & changed and self.cost is not None and self.price is None:
            said = _("Say the price first: the cost is in its currency.")
            raise InvalidValues({"cost": [FieldError("missing", said)]})


class BundleItem(Record):
    """What a bundle holds: a product, and how many of it."""

    object_name: ClassVar[str] = "bundle_item"
    derives_from: ClassVar[tuple[str, ...]] = ("product",)

    name = models.CharField(max_length=200, editable=False)
    bundle = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="items", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = UnitsField(default=Decimal(1))

    class Meta(Record.Meta):
        db_table = "sales_bundle_item"
        indexes = part_indexes("bundle_item", "bundle", "product")

    def derive(self, changed: set[str]) -> None:
        if "product" in changed and self.product_id:
            self.name = self.product.name
        super().derive(changed | {"name"})

    def verify(self, changed: set[str]) -> None:
        inside = BundleItem.objects.filter(bundle_id=self.product_id, archived_at=None).exists()
        if self.product_id == self.bundle_id or inside:
            raise InvalidValues({"product": [FieldError("link", _("A bundle holds no other bundle."))]})
