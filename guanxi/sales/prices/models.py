from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import currency_codes
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.records.models import Record, UnitsField, part_indexes, record_indexes


class PriceBook(Record):
    """Prices in one currency, for a time, for customers of a level or for all."""

    object_name: ClassVar[str] = "price_book"

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, blank=True, default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    customer_level = models.CharField(max_length=20, null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_price_book"
        indexes = record_indexes("price_book", "currency", "valid_from")

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        self.currency = (self.currency or own_currency()).upper()

    def verify(self, changed: set[str]) -> None:
        if self.currency not in currency_codes():
            said = _("“%(value)s” is not a currency.") % {"value": self.currency}
            raise InvalidValues({"currency": [FieldError("currency", said)]})
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            said = _("It would end before it begins.")
            raise InvalidValues({"valid_until": [FieldError("range", said)]})


class Price(Record):
    """The price of a product in a book, from a quantity on; its name says which: several stand together."""

    object_name: ClassVar[str] = "price"
    title_attribute: ClassVar[str] = "name"
    derives_from: ClassVar[tuple[str, ...]] = ("product",)

    name = models.CharField(max_length=200, editable=False)
    price_book = models.ForeignKey(PriceBook, on_delete=models.PROTECT, related_name="prices", db_index=False)
    product = models.ForeignKey("sales.Product", on_delete=models.PROTECT, related_name="+", db_index=False)
    least_quantity = UnitsField(default=Decimal(0))
    unit_price = UnitsField()

    class Meta(Record.Meta):
        db_table = "sales_price"
        indexes = part_indexes("price", "price_book", "product")

    def derive(self, changed: set[str]) -> None:
        if {"product", "least_quantity"} & changed and self.product_id:
            named: Any = self.product
            tier = f" · {plain(self.least_quantity)}+" if self.least_quantity else ""
            self.name = f"{named.name[: 200 - len(tier)]}{tier}"
        super().derive(changed | {"name"})
