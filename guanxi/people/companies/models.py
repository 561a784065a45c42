from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar, Self

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
    district = models.CharField(max_length=200, null=True, blank=True)
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
            self.country, self.province, self.city, self.district = first_place(self.addresses)
        if {"revenue", "revenue_currency"} & changed:
            self.revenue_base = in_base(self.revenue, self.revenue_currency, self.workspace_id)

    @classmethod
    def verify_together(cls, changed: Collection[tuple[Self, set[str]]]) -> dict[int, InvalidValues]:
        parents = {company.pk: company.parent_id for company, _names in changed}
        moved = [company.pk for company, names in changed if "parent" in names]
        _add_parents_above(parents, {parents[pk] for pk in moved})
        words = _("This company stands above that one: it can’t stand below it, too.")
        refused = InvalidValues({"parent": [FieldError("circle", words)]})
        return {pk: refused for pk in moved if _is_above(pk, parents[pk], parents)}

    def concerns(self) -> list[tuple[str, int]]:
        return [("company", self.parent_id)] if self.parent_id else []


def _add_parents_above(parents: dict[int, int | None], companies: Collection[int | None]) -> None:
    """Add to the known parents those of these companies and of all above them: one query a level."""
    seen: set[int | None] = {None}
    while asked := set(companies) - seen:
        seen |= asked
        missing = Company.objects.filter(pk__in=asked - parents.keys())
        parents.update(missing.values_list("pk", "parent_id"))
        companies = {parents.get(key) for key in asked if key is not None}


def _is_above(company: int, below: int | None, parents: Mapping[int, int | None]) -> bool:
    """Whether the way up from `below` comes to this company. A circle of others that is there is left."""
    seen = set[int]()
    while below is not None and below not in seen:
        if below == company:
            return True
        seen.add(below)
        below = parents.get(below)
    return False
