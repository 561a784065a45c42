from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_digits, format_money
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record, UnitsField, record_indexes
from guanxi.sales.documents import in_base_as_of

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor

REMIND_DAYS = 7
ESCALATED_AFTER = 30  # days past due
AMOUNTS = ("amount", "received", "open")
CLOSED = ("paid", "void")


class Instalment(Record):
    """One payment that is expected. What has come in follows from receipts, its state from that and the day.

    open   what of it is still to come; nothing once it is void
    """

    object_name: ClassVar[str] = "instalment"
    derives_from: ClassVar[tuple[str, ...]] = ("order", "contract")
    tallies: ClassVar[tuple[Tally, ...]] = (
        Tally("status", by=("status",), sum="open"),
        Tally("month", by=("status", "due_on:month"), sum="amount"),
    )

    name = models.CharField(max_length=200)
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "sales.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    period = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=20, default="planned")
    due_on = models.DateField()
    paid_on = models.DateField(null=True, blank=True)
    method = models.CharField(max_length=20, null=True, blank=True)
    remind_days = models.PositiveIntegerField(default=REMIND_DAYS)
    amount = UnitsField(default=Decimal(0))
    amount_currency = models.CharField(max_length=3, default="CNY")
    amount_base = UnitsField(null=True, blank=True)
    received = UnitsField(default=Decimal(0))
    received_base = UnitsField(null=True, blank=True)
    open = UnitsField(default=Decimal(0))
    open_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_instalment"
        indexes = (
            *record_indexes("instalment", "order", "contract", "amount_base", "open_base", "due_on"),
            models.Index(
                "workspace", "company", "due_on", "id", "owner", "team", "open", "open_base",
                name="instalment_account", condition=models.Q(archived_at__isnull=True),
            ),
            models.Index(
                "workspace", "status", "due_on", "owner", "team", "open_base", "open",
                name="instalment_state", condition=models.Q(archived_at__isnull=True),
            ),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        whole = self.order or self.contract
        if self.company_id is None and whole is not None:
            self.company_id = whole.company_id
        if not self.name:
            self.name = f"{whole or ''} · {self.period}".strip(" ·")
        super().derive(changed | {"name"})
        if {"amount", "received", "status", "due_on", "remind_days"} & changed:
            self.open = Decimal(0) if self.status == "void" else max(self.amount - self.received, Decimal(0))
            if self.status != "void":
                self.status = self.state_on(timezone.localdate())
            self.paid_on = (self.paid_on or timezone.localdate()) if self.status == "paid" else None
        if {*AMOUNTS, "status"} & changed:
            self.rate_on = self.rate_on or timezone.localdate()
            in_base_as_of(self, AMOUNTS, self.amount_currency, self.rate_on)

    def state_on(self, day: date) -> str:
        """What it is on a day: planned, due, part_paid, paid, overdue, escalated."""
        coin = Decimal(1).scaleb(-currency_digits(self.amount_currency))
        if self.amount and self.amount - self.received < coin:
            return "paid"
        late = (day - self.due_on).days if isinstance(self.due_on, date) else 0
        if late > ESCALATED_AFTER:
            return "escalated"
        if late > 0:
            return "overdue"
        if self.received:
            return "part_paid"
        near = isinstance(self.due_on, date) and self.due_on - timedelta(days=self.remind_days) <= day
        return "due" if near else "planned"

    def verify(self, changed: set[str]) -> None:
        errors: dict[str, list[FieldError]] = {}
        if self.amount <= 0:
            errors["amount"] = [FieldError("range", _("Say how much is to come."))]
        elif self.amount < self.received:
            said = _("%(amount)s of it have come in already.")
            words = said % {"amount": format_money(self.received, self.amount_currency)}
            errors["amount"] = [FieldError("range", words)]
        if not (self.order_id or self.contract_id or self.company_id):
            errors["company"] = [FieldError("required", _("Say from whom, or for which order or contract."))]
        if {"amount", "order", "contract"} & changed and not errors:
            errors |= self._beyond()
        if errors:
            raise InvalidValues(errors)

    def _beyond(self) -> dict[str, list[FieldError]]:
        """Whether more is planned than the order or the contract comes to."""
        for name, total in (("order", "amount"), ("contract", "total")):
            whole: Any = getattr(self, name)
            if whole is None:
                continue
            currency = getattr(whole, "currency", None) or whole.amount_currency
            if currency != self.amount_currency:
                said = _("“%(name)s” is in %(currency)s.") % {"name": whole, "currency": currency}
                return {"amount": [FieldError("currency", said)]}
            type(whole).objects.select_for_update().get(pk=whole.pk)  # two can't pass at once
            others = Instalment.objects.filter(**{name: whole}, archived_at=None).exclude(status="void")
            planned = others.exclude(pk=self.pk).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
            most = getattr(whole, total)
            if planned + self.amount > most:
                said = _("With it %(asked)s of %(amount)s would be planned.") % {
                    "asked": format_money(planned + self.amount, currency),
                    "amount": format_money(most, currency),
                }
                return {"amount": [FieldError("range", said)]}
        return {}

    def verify_restoring(self) -> None:
        if self.status != "void" and (errors := self._beyond()):
            raise InvalidValues(errors)

    def verify_change(self, changed: set[str], before: Mapping[str, Any], *, by: Actor) -> None:
        moved = {"order", "contract", "company"} & changed
        if self.received and any(before[f"{one}_id"] != getattr(self, f"{one}_id") for one in moved):
            said = _("%(amount)s of it have come in already.")
            words = said % {"amount": format_money(self.received, self.amount_currency)}
            raise InvalidValues({next(iter(moved)): [FieldError("in_use", words)]})

    def verify_archiving(self) -> None:
        if self.received:
            said = _("%(amount)s of it have come in already.")
            words = said % {"amount": format_money(self.received, self.amount_currency)}
            raise InvalidValues({"received": [FieldError("in_use", words)]})

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        stated = {"paid", "overdue", "escalated", "part_paid", "due"}
        return self.status if "status" in changed and self.status in stated else "changed"

    def concerns(self) -> list[tuple[str, int]]:
        links = (("order", self.order_id), ("contract", self.contract_id), ("company", self.company_id))
        return [(name, found) for name, found in links if found]
