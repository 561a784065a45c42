from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.derived import first_place, in_base
from guanxi.platform.records.models import PooledRecord, UnitsField, pool_index, record_indexes


class Company(PooledRecord):
    object_name: ClassVar[str] = "company"
    tallies: ClassVar[tuple[Tally, ...]] = (Tally("all"),)

    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, default="prospect")
    level = models.CharField(max_length=1, null=True, blank=True)
    industry = models.CharField(max_length=200, null=True, blank=True)
    website = models.CharField(max_length=500, null=True, blank=True)
    phones = models.JSONField(default=list)
    emails = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    country = models.CharField(max_length=200, null=True, blank=True)
    province = models.CharField(max_length=200, null=True, blank=True)
    city = models.CharField(max_length=200, null=True, blank=True)
    position = models.CharField(max_length=60, null=True, blank=True)
    employees = models.IntegerField(null=True, blank=True)
    founded = models.IntegerField(null=True, blank=True)
    revenue = UnitsField(null=True, blank=True)
    revenue_currency = models.CharField(max_length=3, default="CNY")
    revenue_base = UnitsField(null=True, blank=True)
    tax_no = models.CharField(max_length=40, null=True, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    score = models.IntegerField(default=0)
    next_step = models.CharField(max_length=300, null=True, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(PooledRecord.Meta):
        db_table = "people_company"
        indexes = (
            *record_indexes(
                "company",
                "role",
                "level",
                "industry",
                "city",
                "employees",
                "revenue_base",
                "score",
                "last_touch_at",
                "next_step_on",
                "parent",
            ),
            pool_index("company"),
        )

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if "addresses" in changed:
            self.country, self.province, self.city = first_place(self.addresses)
        if {"revenue", "revenue_currency"} & changed:
            self.revenue_base = in_base(self.revenue, self.revenue_currency, self.workspace_id)

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if "parent" in changed and self._is_above(self.parent_id):
            words = _("This company stands above that one: it can’t stand below it, too.")
            raise InvalidValues({"parent": [FieldError("circle", words)]})

    def _is_above(self, company_id: int | None) -> bool:
        """Whether the way up from a company comes to this one. A circle of others that is there is left."""
        seen = set[int]()
        while company_id is not None and company_id not in seen:
            if company_id == self.pk:
                return True
            seen.add(company_id)
            company_id = Company.objects.filter(pk=company_id).values_list("parent_id", flat=True).first()
        return False

    def concerns(self) -> list[tuple[str, int]]:
        return [("company", self.parent_id)] if self.parent_id else []
