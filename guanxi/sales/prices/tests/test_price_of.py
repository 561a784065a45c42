"""What a product costs whom: tiers by quantity, books by level, day and currency, at their edges."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from guanxi.people.companies.models import Company
from guanxi.platform.i18n.models import Rate
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.orders.models import OrderLine
from guanxi.sales.prices.queries import price_of
from guanxi.sales.products.models import Product
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def pump(cast: Cast) -> Any:
    """A product of 100 CNY, inside the workspace."""
    with in_workspace(cast.xishan.pk):
        values = {"name": "Pump", "code": "P-1", "price": "100", "cost": "60", "tax_rate": "13"}
        yield create_record(object="product", values=values, by=actor(cast.admin))


def a_book(cast: Cast, product: Product, tiers: dict[str, str], **more: Any) -> Any:
    """A price book with prices by quantities."""
    by = actor(cast.admin)
    book = create_record(object="price_book", values={"name": f"Book {more or 'of all'}", **more}, by=by)
    for least, price in tiers.items():
        values = {"price_book": book.pk, "product": product.pk, "least_quantity": least, "unit_price": price}
        create_record(object="price", values=values, by=by)
    return book


def asked(product: Product, quantity: str, **more: Any) -> Decimal | None:
    said = {"currency": "CNY", "on": timezone.localdate(), **more}
    return price_of(product, Decimal(quantity), **said).unit_price


def a_company(cast: Cast, level: str | None) -> Company:
    values = {"name": f"Customer of {level}", **({"level": level} if level else {})}
    made: Company = create_record(object="company", values=values, by=actor(cast.rep))
    return made


def test_a_tier_begins_with_its_quantity(cast: Cast, pump: Product):
    assert asked(pump, "5") == Decimal(100)  # no book: the list price
    a_book(cast, pump, {"0": "95", "10": "90", "100": "80.5"})
    tiers = {
        "0.5": "95", "9.9999": "95", "10": "90", "99": "90", "100": "80.5", "1000000": "80.5", "-10": "90",
    }  # fmt: skip
    assert {one: asked(pump, one) for one in tiers} == {one: Decimal(price) for one, price in tiers.items()}


def test_below_the_first_tier_the_list_price_holds(cast: Cast, pump: Product):
    a_book(cast, pump, {"10": "90"})
    assert (asked(pump, "9"), asked(pump, "10")) == (Decimal(100), Decimal(90))


def test_the_book_of_a_level_comes_before_that_of_all(cast: Cast, pump: Product):
    a_book(cast, pump, {"0": "95", "100": "70"})
    a_book(cast, pump, {"0": "88", "10": "84"}, customer_level="A")
    best, plain, other = (a_company(cast, level) for level in ("A", None, "B"))
    assert [asked(pump, "1", company=one) for one in (best, plain, other)] == [88, 95, 95]
    assert asked(pump, "10", company=best) == 84
    assert asked(pump, "100", company=best) == 84  # its own book says it, though that of all would be cheaper
    moved = change_record(best, {"level": "B"}, by=actor(cast.rep))
    assert asked(pump, "10", company=moved) == 95


def test_a_level_that_begins_later_pays_below_what_all_pay(cast: Cast, pump: Product):
    a_book(cast, pump, {"0": "95"})
    a_book(cast, pump, {"50": "80"}, customer_level="A")
    best = a_company(cast, "A")
    assert [asked(pump, one, company=best) for one in ("49", "50")] == [95, 80]


def test_a_book_holds_from_its_first_day_to_its_last(cast: Cast, pump: Product):
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    a_book(cast, pump, {"0": "95"})
    a_book(cast, pump, {"0": "77"}, valid_from=first, valid_until=last)
    day = timedelta(days=1)
    found = [asked(pump, "1", on=on) for on in (first - day, first, last, last + day)]
    assert found == [95, 77, 77, 95]


def test_a_book_is_of_one_currency(cast: Cast, pump: Product):
    a_book(cast, pump, {"0": "15"}, currency="USD")
    assert asked(pump, "1") == Decimal(100)
    assert asked(pump, "1", currency="USD") == Decimal(15)
    assert asked(pump, "1", currency="EUR") is None  # no rate leads there: nobody guesses
    Rate.objects.create(currency="EUR", date=timezone.localdate(), rate=Decimal(8))
    assert asked(pump, "1", currency="EUR") == Decimal("12.50")


def test_what_is_archived_costs_nothing_and_a_named_book_is_the_one(cast: Cast, pump: Product):
    book = a_book(cast, pump, {"0": "95"})
    named = a_book(cast, pump, {"5": "50"}, customer_level="D", valid_until=date(2020, 1, 1))
    assert asked(pump, "5", book_id=named.pk) == 50
    assert asked(pump, "4", book_id=named.pk) == 100
    archive_record(book, by=actor(cast.admin))
    assert asked(pump, "5") == 100


def test_a_line_has_the_price_of_its_quantity_until_somebody_types_one(cast: Cast, pump: Product):
    a_book(cast, pump, {"0": "95", "10": "90"})
    a_book(cast, pump, {"0": "88", "10": "84"}, customer_level="A")
    order = create_record(object="order", values={"company": a_company(cast, "A").pk}, by=actor(cast.rep))
    rep = client_for(cast.rep)

    def send(method: str, path: str, **said: Any) -> Any:
        answer = getattr(rep, method)(f"/api/v1/order_lines{path}", json.dumps(said), "application/json")
        assert answer.status_code in (200, 201), answer.content
        return OrderLine.objects.get(pk=answer.json()["id"])

    line = send("post", "", order=str(order.pk), product=str(pump.pk), quantity="9")
    assert (line.unit_price, line.list_price, line.tax_rate, line.gross) == (88, 100, 13, 792)
    line = send("patch", f"/{line.pk}", quantity="10")
    assert (line.unit_price, line.gross) == (84, 840)
    line = send("patch", f"/{line.pk}", unit_price="80")
    line = send("patch", f"/{line.pk}", quantity="3")
    assert (line.unit_price, line.gross) == (80, 240)
    line = send("patch", f"/{line.pk}", quantity="20", unit_price="70")
    assert line.gross == 1400


def test_deals_and_quotes_ask_the_same_books(cast: Cast, pump: Product):
    by = actor(cast.rep)
    a_book(cast, pump, {"0": "95", "10": "90"})
    quote = create_record(object="quote", values={"name": "Pumps"}, by=by)
    values = {"quote": quote.pk, "product": pump.pk, "quantity": "10"}
    line = create_record(object="quote_line", values=values, by=by)
    assert line.unit_price == 90
    assert change_record(line, {"quantity": "2"}, by=by).unit_price == 95


def test_prices_of_another_workspace_are_not_asked(cast: Cast, pump: Product):
    with in_workspace(cast.marlin.pk):
        by = actor(cast.outsider)
        theirs = create_record(object="product", values={"name": "Pump", "code": "P-1", "price": "1"}, by=by)
        book = create_record(object="price_book", values={"name": "Theirs", "currency": "CNY"}, by=by)
        values = {"price_book": book.pk, "product": theirs.pk, "unit_price": "1"}
        create_record(object="price", values=values, by=by)
    assert asked(pump, "5") == 100
    assert asked(pump, "5", book_id=book.pk) == 100
