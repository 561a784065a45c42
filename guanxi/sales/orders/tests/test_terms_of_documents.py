"""Another discount, currency, tax or day of an order or an invoice: its lines follow, and the sum of them."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from guanxi.platform.i18n.rates import set_rate
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.orders.tests.test_order_to_receipt import DAY, an_order
from guanxi.sales.quotes.actions import accept_quote, send_quote
from tests.cast import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(cast):
    with in_workspace(cast.xishan.pk):
        yield actor(cast.rep)


def adds_up(document):
    document.refresh_from_db()
    lines = list(document.lines.filter(archived_at=None))
    assert document.net == sum(one.net for one in lines)
    assert document.tax == sum(one.tax for one in lines)
    if document.currency == "CNY":
        assert document.net_base == sum(one.net_base for one in lines)
    assert {one.currency for one in lines} == {document.currency}
    return document.net + document.tax


def test_lines_of_an_order_follow_its_terms(cast, by):
    order = an_order(cast, confirmed=False)
    change_record(order, {"discount_percent": 50}, by=by)
    assert adds_up(order) == order.amount == D("542002.50")
    change_record(order, {"tax_included": False}, by=by)
    assert adds_up(order) == order.amount == D("612462.83")
    assert order.amount_base == order.amount


def test_a_currency_without_cents_and_one_with_mils(cast, by):
    order = an_order(cast, confirmed=False)
    for currency, amount in (("JPY", D(1084005)), ("KWD", D("1084005"))):
        change_record(order, {"currency": currency}, by=by)
        assert adds_up(order) == order.amount == amount
        assert order.amount_base is None  # no rate is known
    line = {"order": order.pk, "title": "Seal", "quantity": 3, "unit_price": "0.3335"}
    create_record(object="order_line", values=line, by=by)
    assert adds_up(order) == order.amount == D("1084006.001")  # 1.0005, half away from zero in mils
    set_rate(currency="KWD", date=DAY, rate=D("23.4"))
    change_record(order, {"ordered_on": "2026-09-02"}, by=by)
    adds_up(order)
    assert order.amount_base == D("25365740.42")


def test_lines_of_an_invoice_follow_its_terms_until_it_is_issued(cast, by):
    invoice = invoice_order(an_order(cast), by=by)
    change_record(invoice, {"discount_percent": 10}, by=by)
    assert adds_up(invoice) == invoice.amount == D("975604.50")
    issued = invoicing.issue(invoice, by=by)
    with pytest.raises(InvalidValues):
        change_record(issued, {"discount_percent": 0}, by=by)
    assert adds_up(invoice) == D("975604.50")


@pytest.mark.parametrize("noun", ["order", "quote"])
def test_what_is_refused_of_many_leaves_the_lines_alone(cast, by, noun):
    if noun == "order":
        document = an_order(cast)
    else:
        document = create_record(object="quote", values={"name": "WQ-200"}, by=by)
        line = {"quote": document.pk, "title": "WQ-200", "unit_price": 100, "tax_rate": 13}
        create_record(object="quote_line", values=line, by=by)
        document = accept_quote(send_quote(document, by=by), by=by, answered_by="王若溪")
    whole = adds_up(document)
    written = change_many(registry.get(noun), [Wish(document.pk, {"discount_percent": D(90)})], by=by)
    assert len(written.refusals) == 1
    assert adds_up(document) == whole
