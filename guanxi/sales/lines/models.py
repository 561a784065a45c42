from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, models
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.derived import in_base, units_in_base
from guanxi.platform.records.models import Record, UnitsField, part_indexes
from guanxi.platform.records.sql import fetch, run_plain
from guanxi.sales.lines.arithmetic import Asked, Sums, Terms, in_coins, work_out
from guanxi.sales.prices.queries import price_of

if TYPE_CHECKING:
    from guanxi.platform.identity.actors import Actor

LAST = 9_999
"""The place of a line until somebody puts them in order: behind those that are."""
MOST = Decimal(10) ** 13


class Line(Record):
    """A line of a document: what, how many, at what price, and what it comes to.

    unit_price     before discounts, in the currency of the document; list_price is what the price book said
    cost           of one; total_cost of all
    net, tax, gross   follow from the others and the document's terms, in coins of its currency
    """

    title_attribute: ClassVar[str] = "title"
    document_field: ClassVar[str] = ""  # the link to what it is a line of

    title = models.CharField(max_length=200)
    details = models.TextField(null=True, blank=True)
    product = models.ForeignKey(
        "sales.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    quantity = UnitsField(default=Decimal(1))
    unit = models.CharField(max_length=40, null=True, blank=True)
    list_price = UnitsField(null=True, blank=True)
    unit_price = UnitsField(null=True, blank=True)
    discount_percent = UnitsField(default=Decimal(0))
    tax_rate = UnitsField(null=True, blank=True)
    cost = UnitsField(null=True, blank=True)
    position = models.PositiveIntegerField(default=LAST)
    currency = models.CharField(max_length=3, default="CNY", editable=False)
    net = UnitsField(default=Decimal(0), editable=False)
    net_base = UnitsField(null=True, editable=False)
    tax = UnitsField(default=Decimal(0), editable=False)
    tax_base = UnitsField(null=True, editable=False)
    gross = UnitsField(default=Decimal(0), editable=False)
    gross_base = UnitsField(null=True, editable=False)
    total_cost = UnitsField(default=Decimal(0), editable=False)

    class Meta(Record.Meta):
        abstract = True

    @property
    def document(self) -> Any:
        return getattr(self, self.document_field)

    def derive(self, changed: set[str]) -> None:
        if "product" in changed and self.product_id:
            self._take_from_product(changed)
        elif "quantity" in changed and "unit_price" not in changed and self.product_id:
            self._take_tier()
        super().derive(changed | {"title"})
        if getattr(self, f"{self.document_field}_id"):
            self.work_out(self.document.line_terms(), self.document.rate_day())

    def _take_from_product(self, changed: set[str]) -> None:
        """What the line does not say itself; another product takes its own words and figures along."""
        product: Any = self.product
        known = {
            "title": product.name,
            "unit": product.unit,
            **self.document.price_line(product, self.quantity or Decimal(1)),
        }
        for name, value in known.items():
            said = getattr(self, name) not in (None, "")
            if not said or (not self._state.adding and name not in changed):
                setattr(self, name, value if value is not None else getattr(self, name))

    def _take_tier(self) -> None:
        """Another quantity has another price, unless somebody has typed one: then that stays."""
        document, product = self.document, self.product
        before = type(self).objects.values_list("quantity", flat=True).get(pk=self.pk)
        if self.unit_price == document.price_line(product, before)["unit_price"]:
            asked = document.price_line(product, self.quantity or Decimal(1))
            self.list_price, self.unit_price = asked["list_price"], asked["unit_price"]

    def work_out(self, terms: Terms, day: Any = None) -> None:
        """The amounts by the terms of the document, and in the workspace's currency at the rate of a day."""
        sums = work_out(self.asked(), terms)
        self.currency, self.total_cost = terms.currency, sums.cost
        for name in ("net", "tax", "gross"):
            amount = getattr(sums, name)
            setattr(self, name, amount)
            kept = in_base(amount, terms.currency, self.workspace_id, day) if abs(amount) < MOST else None
            setattr(self, f"{name}_base", kept)

    @classmethod
    def reckon(cls, document: Any) -> Reckoned:
        """All lines of a document that has other terms now, and what it comes to; nothing is written."""
        terms, workspace_id = document.line_terms(), document.workspace_id
        coins, coin = in_coins(terms), 10 ** (4 - terms.digits)
        base, currency = units_in_base(terms.currency, document.rate_day()), terms.currency
        rows, nets, taxes, costs = [], 0, 0, 0
        for key, *typed in fetch(_typed_in(cls), (workspace_id, document.pk)):
            net, tax, _gross, cost = coins(*typed)
            nets, taxes, costs = nets + net, taxes + tax, costs + cost
            net, tax = net * coin, tax * coin
            gross = net + tax
            rows.append(
                (currency, net, base(net), tax, base(tax), gross, base(gross), cost * coin, key, workspace_id)
            )
        found = (Decimal(one).scaleb(-terms.digits) for one in (nets, taxes, nets + taxes, costs))
        return Reckoned(cls, rows, Sums(*found))

    def asked(self) -> Asked:
        zero = Decimal(0)
        return Asked(
            self.quantity or zero,
            self.unit_price or zero,
            self.discount_percent or zero,
            self.tax_rate or zero,
            self.cost,
        )

    @property
    def sums(self) -> Sums:
        return Sums(self.net, self.tax, self.gross, self.total_cost)

    def verify(self, changed: set[str]) -> None:
        if not self.title:
            raise InvalidValues(
                {"title": [FieldError("required", _("Say what it is: a product or a name."))]}
            )
        if abs(self.gross) >= MOST or abs(self.total_cost) >= MOST:
            raise InvalidValues({"quantity": [FieldError("range", _("That is more than an amount can be."))]})
        self.document.verify_lines()

    def verify_change(self, changed: set[str], before: Mapping[str, Any], *, by: Actor) -> None:
        """A line that moves is taken out of the one as it is put into the other."""
        key = f"{self.document_field}_id"
        if before[key] != getattr(self, key):
            whole: Any = type(self)._meta.get_field(self.document_field).related_model
            whole.objects.get(pk=before[key]).verify_lines()

    def verify_archiving(self) -> None:
        self.document.verify_lines()

    def verify_restoring(self) -> None:
        self.document.verify_lines()


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What the lines of a document come to by its terms, and the rows that say so, to be written."""

    lines: type[Line]
    rows: Sequence[Sequence[Any]]
    sums: Sums

    def write(self) -> None:
        run_plain(_written_to(self.lines), self.rows)


def _typed_in(lines: type[Line]) -> str:
    """The lines of a document that count, as (id, quantity, price, discount, tax rate, cost)."""
    return (
        "SELECT id, quantity, COALESCE(unit_price, 0), discount_percent, COALESCE(tax_rate, 0),"
        f' COALESCE(cost, 0) FROM "{lines._meta.db_table}"'
        f" WHERE workspace_id = %s AND {lines.document_field}_id = %s AND archived_at IS NULL"
    )


def _written_to(lines: type[Line]) -> str:
    return (
        f'UPDATE "{lines._meta.db_table}" SET currency = %s, net = %s, net_base = %s,'
        " tax = %s, tax_base = %s, gross = %s, gross_base = %s, total_cost = %s"
        " WHERE id = %s AND workspace_id = %s"
    )


class Priced:
    """What something with lines says of them. A model mixes it in and may say it otherwise."""

    reckoned: Reckoned | None = None  # by terms that are not written yet
    held = False

    def hold(self) -> None:
        """Its state as it is now, until the end of the transaction: nobody submits what is being changed."""
        if not self.held and connection.features.has_select_for_update:
            document: Any = self
            rows = type(document).objects.select_for_update().filter(pk=document.pk)
            document.status = rows.values_list("status", flat=True).get()
            self.held = True

    def keep_reckoned(self) -> None:
        """Write the lines as its terms have them now: for `keep_parts`."""
        if self.reckoned is not None:
            self.reckoned.write()
            self.reckoned = None

    def line_terms(self) -> Terms:
        """In which currency its lines are, and how tax and discount are reckoned."""
        raise NotImplementedError

    def rate_day(self) -> Any:
        """The day of whose rate the amounts in the workspace's currency are."""
        return timezone.localdate()

    def price_line(self, product: Any, quantity: Decimal) -> dict[str, Decimal | None]:
        """What a line of this product begins with, by the books that hold for its customer today."""
        found = price_of(
            product,
            quantity,
            currency=self.line_terms().currency,
            on=timezone.localdate(),
            company=getattr(self, "company", None),
            book_id=getattr(self, "price_book_id", None),
        )
        return {
            "list_price": found.list_price,
            "unit_price": found.unit_price,
            "tax_rate": found.tax_rate,
            "cost": found.cost,
        }

    def verify_lines(self) -> None:
        """Raise InvalidValues where its lines can't be changed now."""


def sums_of(lines: type[Line], ids: Collection[int]) -> dict[int, Sums]:
    """Document → what its lines come to; those without lines come to nothing."""
    key = f"{lines.document_field}_id"
    rows = (
        lines.objects.filter(**{f"{key}__in": list(ids)}, archived_at=None)
        .order_by()
        .values_list(key)
        .annotate(Sum("net"), Sum("tax"), Sum("gross"), Sum("total_cost"))
    )
    found = {row[0]: Sums(*row[1:]) for row in rows}
    return {one: found.get(one, Sums()) for one in ids}


class DealLine(Line):
    """What a deal is about: products and their figures."""

    object_name: ClassVar[str] = "deal_line"
    document_field: ClassVar[str] = "deal"
    derives_from: ClassVar[tuple[str, ...]] = ("deal", "product")

    deal = models.ForeignKey("sales.Deal", on_delete=models.PROTECT, related_name="lines", db_index=False)

    class Meta(Line.Meta):
        db_table = "sales_deal_line"
        indexes = part_indexes("deal_line", "deal", "product")
