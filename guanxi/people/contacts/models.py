from __future__ import annotations

from typing import ClassVar

from django.db import models

from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.derived import first_place
from guanxi.platform.records.models import PooledRecord, owner_indexes, pool_index, record_indexes


class Contact(PooledRecord):
    object_name: ClassVar[str] = "contact"
    tallies: ClassVar[tuple[Tally, ...]] = (Tally("all"),)

    name = models.CharField(max_length=200)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    title = models.CharField(max_length=200, null=True, blank=True)
    department = models.CharField(max_length=200, null=True, blank=True)
    phones = models.JSONField(default=list)
    emails = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    country = models.CharField(max_length=200, null=True, blank=True)
    province = models.CharField(max_length=200, null=True, blank=True)
    city = models.CharField(max_length=200, null=True, blank=True)
    district = models.CharField(max_length=200, null=True, blank=True)
    wechat = models.CharField(max_length=100, null=True, blank=True)
    birthday = models.DateField(null=True, blank=True)
    decision_role = models.CharField(max_length=20, null=True, blank=True)
    preferred_channel = models.CharField(max_length=20, null=True, blank=True)
    preferred_time = models.CharField(max_length=100, null=True, blank=True)
    language = models.CharField(max_length=10, null=True, blank=True)
    next_step = models.CharField(max_length=300, null=True, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(PooledRecord.Meta):
        db_table = "people_contact"
        indexes = (
            *record_indexes(
                "contact",
                "company",
                "title",
                "department",
                "city",
                "decision_role",
                "last_touch_at",
                "next_step_on",
            ),
            *owner_indexes("contact", "sort_key", "created_at"),
            pool_index("contact"),
        )

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if "addresses" in changed:
            self.country, self.province, self.city, self.district = first_place(self.addresses)

    def concerns(self) -> list[tuple[str, int]]:
        return [("company", self.company_id)] if self.company_id else []
