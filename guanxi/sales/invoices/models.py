from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_digits
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes
from guanxi.sales.documents import Document, in_base_as_of, state_words
from guanxi.sales.invoices.numbers import TAX_NUMBER
from guanxi.sales.lines.arithmetic import Terms
from guanxi.sales.lines.models import Line, Priced

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor

AMOUNTS = ("amount", "net", "tax", "settled", "corrected", "open")
ISSUED = ("issued", "mailed", "settled", "red")
"""States in which it counts: also one that was corrected, for its red-letter invoice counts, too."""
TERMS = frozenset({"currency", "tax_included", "discount_percent", "issued_on"})
"""What all lines are reckoned by, and the day of the rate."""
NEED_TAX_NUMBER = ("special", "e_special")


class InvoiceTitle(Record):
    """To whom a company's invoices are made out: what stands on a Chinese invoice of the buyer."""

    object_name: ClassVar[str] = "invoice_title"

    company = models.ForeignKey("people.Company", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    tax_no = models.CharField(max_length=30, null=True, blank=True)
    bank = models.CharField(max_length=200, null=True, blank=True)
    account = models.CharField(max_length=60, null=True, blank=True)
    address = models.CharField(max_length=300, null=True, blank=True)
    phone = models.CharField(max_length=60, null=True, blank=True)
    send_to = models.CharField(max_length=300, null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_invoice_title"
        indexes = part_indexes("invoice_title", "company", "tax_no")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if self.tax_no:
            self.tax_no = "".join(self.tax_no.split()).replace("-", "").upper()

    def verify(self, changed: set[str]) -> None:
        if self.tax_no and not TAX_NUMBER.fullmatch(self.tax_no):
            said = _("“%(value)s” is no tax number: it has 15 to 20 letters and digits.")
            raise InvalidValues({"tax_no": [FieldError("tax_no", said % {"value": self.tax_no})]})


class Invoice(Document, Priced):
    """What a customer is charged, asked for by a sales person and issued by whoever keeps the books.

    number       of the request; invoice_no is the one that stands on the paper, given when it is issued
    corrects     the invoice that a red-letter one takes back, in whole or in part; its amounts are negative
    buyer, tax_no   as they stood in the title when it was issued
    open         what of it is neither settled nor corrected
    """

    object_name: ClassVar[str] = "invoice"
    open_in: ClassVar[tuple[str, ...]] = ("requested",)
    always_open: ClassVar[frozenset[str]] = Document.always_open | {"due_on"}
    tallies: ClassVar[tuple[Tally, ...]] = (
        Tally("status", by=("status",), sum="amount"),
        Tally("month", by=("status", "issued_on:month"), sum="amount"),
    )

    status = models.CharField(max_length=20, default="requested")
    invoice_no = models.CharField(max_length=60, null=True, blank=True)
    kind = models.CharField(max_length=20, default="e_ordinary")
    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "sales.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    billed_to = models.ForeignKey(
        InvoiceTitle, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections", db_index=False
    )
    buyer = models.CharField(max_length=200, null=True, blank=True)
    tax_no = models.CharField(max_length=30, null=True, blank=True)
    requested_on = models.DateField(null=True, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    mailed_on = models.DateField(null=True, blank=True)
    carrier = models.CharField(max_length=100, null=True, blank=True)
    tracking = models.CharField(max_length=100, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    tax_included = models.BooleanField(default=True)
    discount_percent = UnitsField(default=Decimal(0))
    amount = UnitsField(default=Decimal(0))
    amount_base = UnitsField(null=True, blank=True)
    net = UnitsField(default=Decimal(0))
    net_base = UnitsField(null=True, blank=True)
    tax = UnitsField(default=Decimal(0))
    tax_base = UnitsField(null=True, blank=True)
    settled = UnitsField(default=Decimal(0))
    settled_base = UnitsField(null=True, blank=True)
    corrected = UnitsField(default=Decimal(0))
    corrected_base = UnitsField(null=True, blank=True)
    open = UnitsField(default=Decimal(0))
    open_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300, null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Document.Meta):
        db_table = "sales_invoice"
        indexes = (
            *record_indexes(
                "invoice", "number", "invoice_no", "order", "contract", "amount_base", "issued_on", "due_on"
            ),
            models.Index(
                "workspace", "company", "issued_on", "id", "owner", "team", "status", "amount",
                name="invoice_account", condition=models.Q(archived_at__isnull=True),
            ),
            models.Index(
                "workspace", "status", "issued_on", "owner", "team", "amount_base", "amount",
                name="invoice_state", condition=models.Q(archived_at__isnull=True),
            ),
            models.Index("workspace", "corrects", name="invoice_corrects"),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        self.currency = self.currency or own_currency()
        self.requested_on = self.requested_on or timezone.localdate()
        if TERMS & changed and not self._state.adding:
            self.reckoned = InvoiceLine.reckon(self)
            sums = self.reckoned.sums
            self.amount, self.net, self.tax = sums.gross, sums.net, sums.tax
        owed = self.status in ISSUED and not self.corrects_id
        self.open = self.amount - self.settled - self.corrected if owed else Decimal(0)
        if {*AMOUNTS, *TERMS, "status"} & changed:
            self.rate_on = self.issued_on or self.requested_on
            in_base_as_of(self, AMOUNTS, self.currency, self.rate_on)

    def keep_parts(self) -> None:
        self.keep_reckoned()

    def line_terms(self) -> Terms:
        return Terms(
            self.currency,
            currency_digits(self.currency),
            tax_included=self.tax_included,
            discount=self.discount_percent or Decimal(0),
        )

    def rate_day(self) -> date:
        return self.issued_on or self.requested_on or timezone.localdate()

    def verify_lines(self) -> None:
        self.hold()
        if self.status not in self.open_in:
            said = _("This is “%(state)s” and can't be changed. Withdraw it first.")
            raise InvalidValues({"invoice": [FieldError("closed", said % {"state": state_words(self)})]})

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        from guanxi.sales.invoices.sums import settle_invoices

        settle_invoices(ids, by=by)

    def concerns(self) -> list[tuple[str, int]]:
        links = (("company", self.company_id), ("order", self.order_id), ("contract", self.contract_id))
        return [(name, found) for name, found in links if found]

    def __str__(self) -> str:
        return str(self.number or "")


class InvoiceLine(Line):
    object_name: ClassVar[str] = "invoice_line"
    document_field: ClassVar[str] = "invoice"
    derives_from: ClassVar[tuple[str, ...]] = ("invoice", "product")

    invoice = models.ForeignKey(
        "sales.Invoice", on_delete=models.PROTECT, related_name="lines", db_index=False
    )

    class Meta(Line.Meta):
        db_table = "sales_invoice_line"
        indexes = part_indexes("invoice_line", "invoice", "product")
