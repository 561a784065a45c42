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
from guanxi.platform.records.models import UnitsField, part_indexes, record_indexes
from guanxi.sales.documents import Document, in_base_as_of, state_words
from guanxi.sales.lines.arithmetic import Terms
from guanxi.sales.lines.models import Line, Priced

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor

AMOUNTS = ("amount", "net", "tax", "before_discount", "received", "invoiced")
TERMS = frozenset({"currency", "tax_included", "discount_percent", "rounding", "ordered_on"})
"""What all lines are reckoned by, and the day of the rate."""
EXACT_DIGITS = 4  # what a column holds


class Order(Document, Priced):
    """What a customer has ordered. Its amounts follow from its lines, receipts and invoices.

    amount           with tax; net and tax are its parts; before_discount is the lines at full price
    rounding         "line": each line to the coin; "exact": as it came in, from where only totals are rounded
    """

    object_name: ClassVar[str] = "order"
    open_in: ClassVar[tuple[str, ...]] = ("draft", "changed")
    always_open: ClassVar[frozenset[str]] = Document.always_open | {"due_on", "ship_to", "contact"}
    tallies: ClassVar[tuple[Tally, ...]] = (
        Tally("status", by=("status",), sum="amount"),
        Tally("month", by=("status", "ordered_on:month"), sum="amount"),
    )

    company = models.ForeignKey(
        "people.Company", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        "people.Contact", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    deal = models.ForeignKey(
        "sales.Deal", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    quote = models.ForeignKey(
        "sales.Quote", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    contract = models.ForeignKey(
        "sales.Contract", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    ordered_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    delivered_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    tax_included = models.BooleanField(default=True)
    discount_percent = UnitsField(default=Decimal(0))
    rounding = models.CharField(max_length=10, default="line")
    amount = UnitsField(default=Decimal(0))
    amount_base = UnitsField(null=True, blank=True)
    net = UnitsField(default=Decimal(0))
    net_base = UnitsField(null=True, blank=True)
    tax = UnitsField(default=Decimal(0))
    tax_base = UnitsField(null=True, blank=True)
    before_discount = UnitsField(default=Decimal(0))
    before_discount_base = UnitsField(null=True, blank=True)
    received = UnitsField(default=Decimal(0))
    received_base = UnitsField(null=True, blank=True)
    invoiced = UnitsField(default=Decimal(0))
    invoiced_base = UnitsField(null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    delivery = models.CharField(max_length=10, default="none")
    payment = models.CharField(max_length=10, default="none")
    invoice_freely = models.BooleanField(default=False)
    ship_to = models.CharField(max_length=500, null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Document.Meta):
        db_table = "sales_order"
        indexes = (
            *record_indexes(
                "order", "number", "company", "deal", "quote", "contract", "amount_base", "ordered_on",
                "due_on",
            ),
            models.Index(
                "workspace", "status", "ordered_on", "owner", "team", "amount_base", "amount",
                name="order_state", condition=models.Q(archived_at__isnull=True),
            ),
        )  # fmt: skip

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        self.currency = self.currency or own_currency()
        self.ordered_on = self.ordered_on or timezone.localdate()
        if TERMS & changed and not self._state.adding:
            self.reckoned = OrderLine.reckon(self)
            sums = self.reckoned.sums
            self.amount, self.net, self.tax = sums.gross, sums.net, sums.tax
        if {*AMOUNTS, *TERMS} & changed:
            self.rate_on = self.ordered_on
            in_base_as_of(self, AMOUNTS, self.currency, self.ordered_on)
        if {"amount", "received", *TERMS} & changed:
            self.payment = part_of_whole(self.received, self.amount, self.currency)

    def keep_parts(self) -> None:
        self.keep_reckoned()

    def line_terms(self) -> Terms:
        digits = EXACT_DIGITS if self.rounding == "exact" else currency_digits(self.currency)
        return Terms(
            self.currency,
            digits,
            tax_included=self.tax_included,
            discount=self.discount_percent or Decimal(0),
        )

    def rate_day(self) -> date:
        return self.ordered_on or timezone.localdate()

    def verify_lines(self) -> None:
        self.hold()
        if self.status not in self.open_in:
            said = _("This is “%(state)s” and can't be changed. Withdraw it first.")
            raise InvalidValues({"order": [FieldError("closed", said % {"state": state_words(self)})]})

    @classmethod
    def follow_parts(cls, ids: Collection[int], part: str, *, by: Actor) -> None:
        from guanxi.sales.orders.sums import settle_orders

        if part == "order_line":
            settle_orders(ids, by=by)

    def concerns(self) -> list[tuple[str, int]]:
        links = (("company", self.company_id), ("contact", self.contact_id), ("deal", self.deal_id))
        return [(name, found) for name, found in links if found]


class OrderLine(Line):
    """What is ordered; `delivered` is how many of it have gone out and not come back."""

    object_name: ClassVar[str] = "order_line"
    document_field: ClassVar[str] = "order"
    derives_from: ClassVar[tuple[str, ...]] = ("order", "product")

    order = models.ForeignKey("sales.Order", on_delete=models.PROTECT, related_name="lines", db_index=False)
    delivered = UnitsField(default=Decimal(0))

    class Meta(Line.Meta):
        db_table = "sales_order_line"
        indexes = part_indexes("order_line", "order", "product")


def part_of_whole(part: Decimal, whole: Decimal, currency: str) -> str:
    """ "none", "part" or "full"; what is less than a coin is nothing."""
    coin = Decimal(1).scaleb(-currency_digits(currency))
    if abs(part) < coin:
        return "none"
    return "full" if part > whole - coin else "part"
