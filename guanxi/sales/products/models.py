from __future__ import annotations

from typing import ClassVar

from django.db import models

from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.derived import in_base
from guanxi.platform.records.models import Record, UnitsField, record_indexes


class Product(Record):
    object_name: ClassVar[str] = "product"
    tallies: ClassVar[tuple[Tally, ...]] = (Tally("all"),)

    name = models.CharField(max_length=200)
    code = models.CharField(max_length=60, null=True, blank=True)  # noqa: DJ001
    category = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    unit = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001
    price = UnitsField(null=True, blank=True)
    price_currency = models.CharField(max_length=3, default="CNY")
    price_base = UnitsField(null=True, blank=True)
    status = models.CharField(max_length=20, default="sold")
    about = models.TextField(null=True, blank=True)  # noqa: DJ001

    class Meta(Record.Meta):
        db_table = "sales_product"
        indexes = record_indexes("product", "code", "category", "price_base", "status")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if "price" in changed:
            self.price_base = in_base(self.price, self.price_currency, self.workspace_id)
