"""An invoice is of what was agreed on, a red-letter one of what was invoiced: never of more, never twice."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.invoices.models import Invoice
from guanxi.sales.orders import actions as ordering
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from guanxi.sales.receipts import actions as receiving
from guanxi.sales.receipts.tests.test_allocations_add_up import receipt_of
from tests.at_once import DONE, at_once
from tests.cast import actor, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(cast):
    with in_workspace(cast.xishan.pk):
        yield actor(cast.rep)


def an_invoice(cast, by):
    return invoicing.issue(invoice_order(an_order(cast), by=by), by=by)


def red_of(original, by, quantity=-1, price=5, **more):
    values = {"company": original.company_id, "corrects": original.pk, "currency": original.currency, **more}
    red = create_record(object="invoice", values=values, by=by)
    line = {"invoice": red.pk, "title": "Probe", "quantity": quantity, "unit_price": price}
    create_record(object="invoice_line", values=line, by=by)
    red.refresh_from_db()
    return red


def test_nothing_is_invoiced_of_what_is_cancelled_or_not_agreed_on(cast, by):
    order = an_order(cast)
    asked = invoice_order(order, by=by)
    ordering.cancel(order, by=by)
    for invoice in (asked, invoice_order(an_order(cast, confirmed=False), by=by)):
        with pytest.raises(InvalidValues):
            invoicing.issue(invoice, by=by)
        invoice.refresh_from_db()
        assert (invoice.status, invoice.invoice_no) == ("requested", None)


def test_a_red_letter_takes_back_what_was_invoiced_of_its_customer_in_its_currency(cast, by):
    original = an_invoice(cast, by)
    other = create_record(object="company", values={"name": "青禾水务"}, by=by)
    asked = invoice_order(an_order(cast), by=by)
    for red in (
        red_of(original, by, company=other.pk),
        red_of(original, by, currency="USD"),
        red_of(asked, by),  # not issued
        red_of(original, by, quantity=-1000, price=2000),  # more than it was
        red_of(original, by, quantity=1),  # above zero
    ):
        with pytest.raises(InvalidValues):
            invoicing.issue(red, by=by)
    back = invoicing.issue(red_of(original, by), by=by)
    with pytest.raises(InvalidValues):
        invoicing.issue(red_of(back, by), by=by)  # of a red-letter one
    original.refresh_from_db()
    assert (original.corrected, original.status) == (5, "issued")


def test_what_is_paid_is_taken_back_once_its_money_is_free(cast, by):
    original = an_invoice(cast, by)
    receipt = receipt_of(original.company, original.amount, by)
    receiving.allocate(receipt, {("invoice", original.pk): original.amount}, by=by)
    red = invoicing.red_letter(original, by=by, reason="Wrong title")
    with pytest.raises(InvalidValues, match="paid by receipts"):
        invoicing.issue(red, by=by)
    receiving.release(receipt, by=by)
    invoicing.issue(red, by=by)
    original.refresh_from_db()
    assert (original.status, original.open, original.settled) == ("red", 0, 0)
    with pytest.raises(InvalidValues):
        receiving.allocate(receipt, {("invoice", original.pk): D(1)}, by=by)


def test_taken_back_twice_is_refused_once_it_is_issued(cast, by):
    original = an_invoice(cast, by)
    first, second = (invoicing.red_letter(original, by=by, reason="Wrong") for _turn in range(2))
    invoicing.issue(first, by=by)
    assert invoicing.issue(first, by=by).status == "issued"  # again: it stays as it is
    with pytest.raises(InvalidValues):
        invoicing.issue(second, by=by)
    with pytest.raises(InvalidValues):
        invoicing.red_letter(original, by=by, reason="Wrong")
    for undone in (
        lambda: archive_record(first, by=by),
        lambda: change_record(first, {"kind": "special"}, by=by),
    ):
        with pytest.raises(InvalidValues):
            undone()
    assert Invoice.objects.get(pk=original.pk).corrected == original.amount


pg = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")


@pg
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_who_issue_at_once_none_goes_beyond_the_order_or_takes_a_number_twice():
    cast = make_cast()
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        order = an_order(cast)
        asked = [invoice_order(order, by=rep) for _turn in range(4)]
        others = [invoice_order(an_order(cast), by=rep) for _turn in range(3)]
    works = [lambda one=one: invoicing.issue(one, by=rep) for one in asked]
    assert at_once(cast.xishan.pk, *works).count(DONE) == 1
    works = [
        lambda one=one: invoicing.issue(one, by=rep, invoice_no="24442000000012345678") for one in others
    ]
    assert at_once(cast.xishan.pk, *works).count(DONE) == 1
    with in_workspace(cast.xishan.pk), transaction.atomic():
        order.refresh_from_db()
        assert order.invoiced == order.amount
        original = next(one for one in Invoice.objects.filter(order=order) if one.status == "issued")
        reds = [invoicing.red_letter(original, by=rep, reason="Wrong") for _turn in range(3)]
    works = [lambda one=one: invoicing.issue(one, by=rep) for one in reds]
    assert at_once(cast.xishan.pk, *works).count(DONE) == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_twenty_who_issue_at_once_leave_neither_gap_nor_double():
    cast = make_cast()
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        order = an_order(cast)
        asked = [invoice_order(order, amount=D(10), by=rep) for _turn in range(20)]
        refused = asked[::7]
        for one in refused:  # nothing is charged, and no number is taken
            archive_record(one.lines.get(), by=rep)
    works = [lambda one=one: invoicing.issue(one, by=rep) for one in asked]
    assert at_once(cast.xishan.pk, *works).count(DONE) == 20 - len(refused)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        found = Invoice.objects.filter(status="issued").values_list("invoice_no", flat=True)
        numbers = sorted(int(one[4:]) for one in found)
        assert numbers == list(range(1, 20 - len(refused) + 1))
