"""What a product costs a customer today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from guanxi.platform.i18n.money import round_money
from guanxi.platform.i18n.rates import own_currency, rate_on
from guanxi.platform.metadata.fields.number import from_units, to_units
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id


@dataclass(frozen=True, slots=True)
class Priced:
    """A price of one and where it is from.

    list_price   the product's own, in the currency that was asked for; None where no rate leads there
    unit_price   what the customer is asked: the book's, or else the list price
    cost         of one, in that currency
    book_id      the price book that said so, or None
    """

    list_price: Decimal | None
    unit_price: Decimal | None
    tax_rate: Decimal | None
    cost: Decimal | None
    book_id: int | None = None


def price_of(
    product: Any,
    quantity: Decimal,
    *,
    currency: str,
    on: date,
    company: Any = None,
    book_id: int | None = None,
) -> Priced:
    """The price of one of that many on that day. One query, and one for a rate where currencies differ.

    company   whose level counts; books for a level come before books for everybody
    book_id   only this book is asked (a quote that names it), whatever its days and level
    """
    listed = _in_currency(product.price, product.price_currency, currency, on)
    cost = _in_currency(product.cost, product.price_currency, currency, on)
    found = _in_books(product.pk, quantity, currency, on, getattr(company, "level", None), book_id)
    asked, book = found or (listed, None)
    return Priced(listed if listed is not None else asked, asked, product.tax_rate, cost, book)


def _in_books(
    product_id: int, quantity: Decimal, currency: str, on: date, level: str | None, book_id: int | None
) -> tuple[Decimal, int] | None:
    """The book for the level first, then the one that began last; in it the highest tier that is reached."""
    given = (on, on, level or "") if book_id is None else (book_id,)
    which = (
        " AND (b.valid_from IS NULL OR b.valid_from <= %s) AND (b.valid_until IS NULL OR b.valid_until >= %s)"
        " AND (b.customer_level IS NULL OR b.customer_level = '' OR b.customer_level = %s)"
        if book_id is None
        else " AND b.id = %s"
    )
    rows = fetch(
        "SELECT p.unit_price, b.id FROM sales_price p"
        " JOIN sales_price_book b ON b.id = p.price_book_id AND b.workspace_id = p.workspace_id"
        " WHERE p.workspace_id = %s AND p.product_id = %s AND p.least_quantity <= %s AND b.currency = %s"
        f" AND p.archived_at IS NULL AND b.archived_at IS NULL{which}"
        " ORDER BY CASE WHEN b.customer_level IS NULL OR b.customer_level = '' THEN 1 ELSE 0 END,"
        " CASE WHEN b.valid_from IS NULL THEN 1 ELSE 0 END, b.valid_from DESC, b.id DESC,"
        " p.least_quantity DESC, p.unit_price LIMIT 1",
        # Who gives something back is asked the price of as many bought.
        (require_workspace_id(), product_id, to_units(abs(quantity)), currency, *given),
    )
    return (from_units(rows[0][0]) or Decimal(0), rows[0][1]) if rows else None


def _in_currency(value: Decimal | None, of: str, to: str, on: date) -> Decimal | None:
    if value is None or of == to:
        return value
    here, there = rate_on(of, on), Decimal(1) if to == own_currency() else rate_on(to, on)
    return round_money(value * here / there, to) if here and there else None
