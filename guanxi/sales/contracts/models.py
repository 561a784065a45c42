from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.batches.many import settle_many
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes
from guanxi.sales.documents import Document, in_base_as_of

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor

REMIND_DAYS = 30
AMOUNTS = ("amount", "total", "received", "invoiced")


class Contract(Document):
    """What was agreed with a customer, from when until when.

    amount      as it was signed; total is with its amendments
    runs_until  the day on which it ends, amendments included
    """

    object_name: ClassVar[str] = "contract"
    title_attribute: ClassVar[str] = "name"
    always_open: ClassVar[frozenset[str]] = Document.always_open | {"remind_days", "renewal", "contact"}
    tallies: ClassVar[tuple[Tally, ...]] = (
        Tally("status", by=("status",), sum="total"),
        Tally("month", by=("status", "signed_on:month"), sum="total"),
    )

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, null=True, blank=True)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        "people.Contact", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    deal = models.ForeignKey(
        "sales.Deal", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    renews = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    signed_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    runs_until = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    amount = UnitsField(null=True, blank=True)
    amount_currency = models.CharField(max_length=3, default="CNY")
    amount_base = UnitsField(null=True, blank=True)
    total = UnitsField(default=Decimal(0))
    total_base = UnitsField(null=True, blank=True)
    received = UnitsField(default=Decimal(0))
    received_base = UnitsField(null=True, blank=True)
    invoiced = UnitsField(default=Decimal(0))
    invoiced_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    signer = models.CharField(max_length=100, null=True, blank=True)
    renewal = models.CharField(max_length=20, default="ask")
    remind_days = models.PositiveIntegerField(default=REMIND_DAYS)
    ended_because = models.CharField(max_length=300, null=True, blank=True)
    invoice_freely = models.BooleanField(default=False)
    about = models.TextField(null=True, blank=True)

    class Meta(Document.Meta):
        db_table = "sales_contract"
        indexes = (
            *record_indexes(
                "contract", "number", "company", "deal", "total_base", "signed_on", "runs_until", "status"
            ),
        )

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if {"amount", "ends_on"} & changed or self._state.adding:
            self._with_amendments([])
        if {"renewal", "remind_days"} & changed and self.status in ("active", "expiring"):
            self.status = self.state_on(timezone.localdate())
        if {*AMOUNTS, "signed_on"} & changed:
            self.rate_on = self.signed_on or timezone.localdate()
            in_base_as_of(self, AMOUNTS, self.amount_currency, self.rate_on)

    def _with_amendments(self, found: list[Any]) -> None:
        if not self._state.adding:
            found = list(Amendment.objects.filter(contract_id=self.pk, archived_at=None))
        signed = [one for one in found if one.signed_on]
        self.total = (self.amount or Decimal(0)) + sum(
            (one.change or Decimal(0) for one in signed), Decimal(0)
        )
        until = [one.ends_on for one in sorted(signed, key=lambda one: one.signed_on) if one.ends_on]
        self.runs_until = until[-1] if until else self.ends_on

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            said = _("It ends before it begins.")
            raise InvalidValues({"ends_on": [FieldError("range", said)]})

    def state_on(self, day: Any) -> str:
        """Of a contract that has been signed: active, expiring or expired.

        What ends for good is not told of ahead: there is nothing to renew.
        """
        if self.runs_until is None:
            return "active"
        if self.runs_until < day:
            return "expired"
        near = self.runs_until - timedelta(days=self.remind_days) <= day
        return "expiring" if near and self.renewal != "once" else "active"

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        return "expiring" if "status" in changed and self.status == "expiring" else "changed"

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        if part != "amendment":
            return
        values: dict[int, dict[str, Any]] = {}
        for one in cls.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
            one._with_amendments([])
            values[one.pk] = {
                "total": Amount(one.total, one.amount_currency), "runs_until": one.runs_until
            }  # fmt: skip
            if one.status in ("active", "expiring", "expired"):
                values[one.pk]["status"] = one.state_on(timezone.localdate())
        if values:
            settle_many(registry.get("contract"), values, by=by)

    def concerns(self) -> list[tuple[str, int]]:
        links = (("company", self.company_id), ("contact", self.contact_id), ("deal", self.deal_id))
        return [(name, found) for name, found in links if found]


class Party(Record):
    """Who signs a contract, and as what."""

    object_name: ClassVar[str] = "party"

    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, related_name="parties", db_index=False
    )
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, default="b")
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    signer = models.CharField(max_length=100, null=True, blank=True)
    credit_code = models.CharField(max_length=30, null=True, blank=True)
    address = models.CharField(max_length=300, null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_party"
        indexes = part_indexes("party", "contract", "company")


class Amendment(Record):
    """What was agreed on later: it holds from the day on which it is signed.

    change    what is added to the amount, or taken off it
    ends_on   until when the contract runs now; empty leaves it
    """

    object_name: ClassVar[str] = "amendment"

    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, related_name="amendments", db_index=False
    )
    name = models.CharField(max_length=200)
    signed_on = models.DateField(null=True, blank=True)
    change = UnitsField(null=True, blank=True)
    change_currency = models.CharField(max_length=3, default="CNY")
    change_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_amendment"
        indexes = part_indexes("amendment", "contract", "signed_on")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if {"change", "signed_on"} & changed:
            self.rate_on = self.signed_on or timezone.localdate()
            in_base_as_of(self, ("change",), self.change_currency, self.rate_on)

    def verify(self, changed: set[str]) -> None:
        if self.change and self.change_currency != self.contract.amount_currency:
            words = _("The contract is in %(currency)s.") % {"currency": self.contract.amount_currency}
            raise InvalidValues({"change": [FieldError("currency", words)]})
        if self.contract.status in ("terminated", "void"):
            words = _("The contract has ended.")
            raise InvalidValues({"contract": [FieldError("closed", words)]})
