from __future__ import annotations

from typing import ClassVar

from django.db import models

from guanxi.platform.records.derived import in_base
from guanxi.platform.records.models import Record, UnitsField, part_indexes


class Rival(Record):
    """A competitor for one deal; `company` where the competitor is kept as a company."""

    object_name: ClassVar[str] = "rival"

    name = models.CharField(max_length=200)
    deal = models.ForeignKey("sales.Deal", on_delete=models.PROTECT, related_name="rivals", db_index=False)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    status = models.CharField(max_length=20, default="in")
    strengths = models.TextField(null=True, blank=True)
    weaknesses = models.TextField(null=True, blank=True)
    price = UnitsField(null=True, blank=True)
    price_currency = models.CharField(max_length=3, default="CNY")
    price_base = UnitsField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_rival"
        indexes = part_indexes("rival", "deal", "company")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if "price" in changed:
            self.price_base = in_base(self.price, self.price_currency, self.workspace_id)
