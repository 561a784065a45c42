from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_digits
from guanxi.platform.i18n.rates import rate_on
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.documents import Document, in_base_as_of, refuse_state
from guanxi.sales.invoices.models import ISSUED
from guanxi.sales.lines.arithmetic import to_coins

if TYPE_CHECKING:
    from datetime import date

    from guanxi.platform.identity.actors import Actor

AMOUNTS = ("amount", "allocated", "matched", "open")
COUNTED = ("confirmed", "allocated")
"""States in which the money is there."""
TARGETS = ("instalment", "order", "contract", "invoice")


class Receipt(Document):
    """Money from a customer.

    allocated   what of it is allocated to payment plans, orders and contracts
    matched     what of it is allocated to invoices
    open        what is not allocated to anything that was expected; nothing once it is reversed
    reference   what the bank calls it
    """

    object_name: ClassVar[str] = "receipt"
    tallies: ClassVar[tuple[Tally, ...]] = (
        Tally("status", by=("status",), sum="amount"),
        Tally("month", by=("status", "received_on:month"), sum="amount"),
    )

    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "sales.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    received_on = models.DateField(null=True, blank=True)
    reversed_on = models.DateField(null=True, blank=True)
    method = models.CharField(max_length=20, null=True, blank=True)
    account = models.CharField(max_length=100, null=True, blank=True)
    payer = models.CharField(max_length=200, null=True, blank=True)
    reference = models.CharField(max_length=100, null=True, blank=True)
    reason = models.CharField(max_length=300, null=True, blank=True)
    amount = UnitsField(default=Decimal(0))
    amount_currency = models.CharField(max_length=3, default="CNY")
    amount_base = UnitsField(null=True, blank=True)
    allocated = UnitsField(default=Decimal(0))
    allocated_base = UnitsField(null=True, blank=True)
    matched = UnitsField(default=Decimal(0))
    matched_base = UnitsField(null=True, blank=True)
    open = UnitsField(default=Decimal(0))
    open_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Document.Meta):
        db_table = "sales_receipt"
        indexes = (
            *record_indexes(
                "receipt", "number", "order", "contract", "amount_base", "received_on", "reference"
            ),
            models.Index(
                "workspace", "company", "received_on", "id", "owner", "team", "status", "amount",
                name="receipt_account", condition=models.Q(archived_at__isnull=True),
            ),
            models.Index(
                "workspace", "status", "received_on", "owner", "team", "amount_base", "amount",
                name="receipt_state", condition=models.Q(archived_at__isnull=True),
            ),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        self.received_on = self.received_on or timezone.localdate()
        self.open = Decimal(0) if self.status == "reversed" else self.amount - self.allocated
        if {*AMOUNTS, "received_on", "status"} & changed:
            self.rate_on = self.received_on
            in_base_as_of(self, AMOUNTS, self.amount_currency, self.received_on)

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        if self.amount <= 0:
            raise InvalidValues({"amount": [FieldError("range", _("Say how much came in."))]})

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        from guanxi.sales.receipts.sums import settle_receipts

        settle_receipts(ids, by=by)

    def concerns(self) -> list[tuple[str, int]]:
        links = (("company", self.company_id), ("order", self.order_id), ("contract", self.contract_id))
        return [(name, found) for name, found in links if found]


class Allocation(Record):
    """What of a receipt is for one payment plan, order, contract or invoice.

    amount    in the currency of the receipt; settled is the same in that of what it is for, at the rates of
              the day on which the money came
    """

    object_name: ClassVar[str] = "allocation"
    derives_from: ClassVar[tuple[str, ...]] = ("receipt", "instalment", "order", "contract", "invoice")

    receipt = models.ForeignKey(
        "sales.Receipt", on_delete=models.PROTECT, related_name="allocations", db_index=False
    )
    name = models.CharField(max_length=200, default="", blank=True)
    instalment = models.ForeignKey(
        "sales.Instalment", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "sales.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    invoice = models.ForeignKey(
        "sales.Invoice", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    amount = UnitsField(default=Decimal(0))
    amount_currency = models.CharField(max_length=3, default="CNY")
    amount_base = UnitsField(null=True, blank=True)
    settled = UnitsField(default=Decimal(0))
    settled_currency = models.CharField(max_length=3, default="CNY")
    settled_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_allocation"
        indexes = part_indexes("allocation", "receipt", "instalment", "order", "contract", "invoice")

    @property
    def target(self) -> Any:
        """What it is for."""
        return self.instalment or self.order or self.contract or self.invoice

    def derive(self, changed: set[str]) -> None:
        self.name = str(self.target or "")[:200]
        super().derive(changed | {"name"})
        if self.receipt_id and self.target is not None and {"amount", "receipt", *TARGETS} & changed:
            self.amount_currency = self.receipt.amount_currency
            day = self.receipt.received_on or timezone.localdate()
            self.rate_on = day
            self.settled_currency = currency_of_target(self.target)
            self.settled = in_currency(
                self.amount, self.amount_currency, self.settled_currency, day, self.workspace_id
            )
            in_base_as_of(self, ("amount",), self.amount_currency, day)
            in_base_as_of(self, ("settled",), self.settled_currency, day)

    def verify(self, changed: set[str]) -> None:
        given = [one for one in TARGETS if getattr(self, f"{one}_id")]
        if len(given) != 1:
            said = _("Say what it is for: one payment plan, order, contract or invoice.")
            raise InvalidValues({"instalment": [FieldError("required", said)]})
        if not self._state.adding and changed & {"receipt", *TARGETS}:
            said = _("Take this one away, and allocate anew.")
            raise InvalidValues({given[0]: [FieldError("closed", said)]})
        if self.receipt.status not in COUNTED:
            raise InvalidValues({"receipt": [FieldError("state", _("Confirm the receipt first."))]})
        if self.amount <= 0:
            raise InvalidValues({"amount": [FieldError("range", _("Say how much of it."))]})
        self._require_owed(given[0])

    def verify_restoring(self) -> None:
        self.verify({"amount"})

    def _require_owed(self, name: str) -> None:
        """Raises InvalidValues where nothing is paid for it, or somebody else pays."""
        target = self.target
        if target.archived_at is not None or not _takes_money(name, target):
            refuse_state(target)
        if target.company_id and target.company_id != self.receipt.company_id:
            said = _("“%(name)s” is of another customer: %(company)s. Who has paid stands under Payer.")
            words = said % {"name": target, "company": target.company}
            raise InvalidValues({name: [FieldError("other", words)]})


def _takes_money(name: str, target: Any) -> bool:
    if name == "invoice":
        return target.status in ISSUED and not target.corrects_id
    return target.status not in ("cancelled", "void")


def currency_of_target(target: Any) -> str:
    return str(getattr(target, "currency", None) or target.amount_currency)


def in_currency(amount: Decimal, of: str, to: str, day: date, workspace_id: int) -> Decimal:
    """An amount in another currency by the rates of a day; raises InvalidValues where one is not known."""
    if of == to:
        return amount
    with in_workspace(workspace_id):
        rates = {code: rate_on(code, day) for code in (of, to)}
    for code, rate in rates.items():
        if rate is None:
            said = _("%(currency)s has no rate on %(day)s. Give one under Settings › Exchange rates.")
            words = said % {"currency": code, "day": day}
            raise InvalidValues({"amount": [FieldError("rate", words)]})
    return to_coins(amount * (rates[of] or 1) / (rates[to] or 1), currency_digits(to))
