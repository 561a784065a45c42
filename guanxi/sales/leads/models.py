from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.derived import first_place, in_base
from guanxi.platform.records.models import PooledRecord, UnitsField, pool_index, record_indexes


class Lead(PooledRecord):
    """Somebody who may become a customer.

    company, contact   who it turned out to be; before the conversion, who is known already
    conversion_id      the batch of its conversion, which undoes it; None while it is none
    """

    object_name: ClassVar[str] = "lead"
    tallies: ClassVar[tuple[Tally, ...]] = (Tally("status", by=("status",), sum="amount"),)

    class Status(models.TextChoices):
        NEW = "new"
        ASSIGNED = "assigned"
        CONTACTED = "contacted"
        QUALIFIED = "qualified"
        CONVERTED = "converted"
        DISQUALIFIED = "disqualified"

    name = models.CharField(max_length=200)
    company_name = models.CharField(max_length=200, null=True, blank=True)
    title = models.CharField(max_length=200, null=True, blank=True)
    phones = models.JSONField(default=list)
    emails = models.JSONField(default=list)
    wechat = models.CharField(max_length=100, null=True, blank=True)
    website = models.CharField(max_length=500, null=True, blank=True)
    industry = models.CharField(max_length=200, null=True, blank=True)
    addresses = models.JSONField(default=list)
    country = models.CharField(max_length=200, null=True, blank=True)
    province = models.CharField(max_length=200, null=True, blank=True)
    city = models.CharField(max_length=200, null=True, blank=True)
    district = models.CharField(max_length=200, null=True, blank=True)
    campaign = models.CharField(max_length=200, null=True, blank=True)
    interest = models.CharField(max_length=200, null=True, blank=True)
    product = models.ForeignKey(
        "sales.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    amount = UnitsField(null=True, blank=True)
    amount_currency = models.CharField(max_length=3, default="CNY")
    amount_base = UnitsField(null=True, blank=True)
    score = models.IntegerField(default=0)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    reason = models.CharField(max_length=20, null=True, blank=True)
    reason_note = models.CharField(max_length=500, null=True, blank=True)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        "people.Contact", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    deal = models.ForeignKey(
        "sales.Deal", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    arrived_on = models.DateField(null=True, blank=True)
    converted_on = models.DateField(null=True, blank=True)
    conversion_id = models.BigIntegerField(null=True, editable=False)
    deadline = models.DateField(null=True, blank=True)
    next_step = models.CharField(max_length=300, null=True, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(PooledRecord.Meta):
        db_table = "sales_lead"
        indexes = (
            *record_indexes(
            "lead", "status", "score", "source", "company", "contact", "deal", "product", "amount_base",
            "arrived_on", "converted_on", "last_touch_at", "next_step_on",
            ),
            pool_index("lead"),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        today = timezone.localdate()
        if "addresses" in changed:
            self.country, self.province, self.city, self.district = first_place(self.addresses)
        if "amount" in changed:
            self.amount_base = in_base(self.amount, self.amount_currency, self.workspace_id, today)
        self._follow_owner()
        if "status" in changed and self.status != self.Status.DISQUALIFIED and not self._state.adding:
            self.reason = self.reason_note = None
        if self.status != self.Status.CONVERTED:
            self.converted_on = None
        elif self.converted_on is None:
            self.converted_on = today
        if self.arrived_on is None:
            self.arrived_on = today

    def _follow_owner(self) -> None:
        """Nobody's lead is new, somebody's is assigned; what has gone further stays where it is."""
        if self.status == self.Status.NEW and self.owner_id:
            self.status = self.Status.ASSIGNED
        elif self.status == self.Status.ASSIGNED and not self.owner_id:
            self.status = self.Status.NEW

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        converted = self.status == self.Status.CONVERTED
        if converted != (self.conversion_id is not None) and "status" in changed:
            words = _("Take the conversion back first.")
            if converted:
                words = _("A lead is converted by “Convert”, which makes the customer of it.")
            raise InvalidValues({"status": [FieldError("conversion", words)]})
        if "status" in changed and self.status == self.Status.DISQUALIFIED and not self.reason:
            raise InvalidValues({"reason": [FieldError("required", _("Say why nothing will come of it."))]})

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        if "pool" in changed or "status" not in changed:
            return super().fact_verb(changed, before)
        if before["status"] in (self.Status.CONVERTED, self.Status.DISQUALIFIED):
            return "reopened"
        return "assigned" if self.status in (self.Status.NEW, self.Status.ASSIGNED) else str(self.status)

    def concerns(self) -> list[tuple[str, int]]:
        links = (("company", self.company_id), ("contact", self.contact_id), ("deal", self.deal_id))
        return [(name, found) for name, found in links if found]
