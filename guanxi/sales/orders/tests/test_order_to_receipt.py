"""The way of the money: a deal's order, its delivery, its invoice, what comes in."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.writing import change_record, create_record, settle_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.instalments.actions import plan_payments
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.invoices.models import Invoice
from guanxi.sales.orders import actions as ordering
from guanxi.sales.receipts import actions as receiving
from guanxi.sales.receipts.models import Receipt
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 1)


def an_order(cast: Cast, *, confirmed: bool = True):
    by = actor(cast.rep)
    company = create_record(object="company", values={"name": "海川水务"}, by=by)
    order = create_record(object="order", values={"company": company.pk, "ordered_on": "2026-09-01"}, by=by)
    for title, quantity, price in (("WQ-200", 4, "268000"), ("Probe", 10, "1200.50")):
        values = {"order": order.pk, "title": title, "quantity": quantity, "unit_price": price}
        create_record(object="order_line", values=values | {"tax_rate": 13}, by=by)
    order.refresh_from_db()
    return ordering.confirm(order, by=by) if confirmed else order


def test_an_order_comes_to_what_its_lines_come_to(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order = an_order(cast, confirmed=False)
        assert order.number.startswith(f"SO-{date.today().year}-000")
        assert order.amount == Decimal("1084005")
        assert order.net + order.tax == order.amount
        by = actor(cast.rep)
        line = order.lines.get(title="Probe")
        change_record(line, {"quantity": 20, "discount_percent": 50}, by=by)
        order.refresh_from_db()
        assert (order.amount, order.before_discount) == (Decimal("1084005"), Decimal("1096010"))
        confirmed = ordering.confirm(order, by=by)
        assert ordering.confirm(order, by=by).version == confirmed.version
        with pytest.raises(InvalidValues):
            change_record(line, {"quantity": 1}, by=by)
        with pytest.raises(InvalidValues):
            change_record(confirmed, {"currency": "USD"}, by=by)
        with pytest.raises(InvalidValues):
            change_record(confirmed, {"status": "completed"}, by=by)
        with pytest.raises(NotFound):
            ordering.cancel(confirmed, by=actor(cast.stranger))
    with in_workspace(cast.marlin.pk), pytest.raises(NotFound):
        ordering.cancel(confirmed, by=actor(cast.outsider))


def test_a_won_deal_becomes_an_order_once(cast: Cast):
    with in_workspace(cast.xishan.pk):
        stages, by = pipeline(actor(cast.admin)), actor(cast.rep)
        values = {"name": "WQ-200 × 4", "stage": stages["Won"], "amount": "268000"}
        going = create_record(object="deal", values={**values, "stage": stages["Qualified"]}, by=by)
        with pytest.raises(InvalidValues):
            ordering.order_deal(going, by=by)
        deal = create_record(object="deal", values=values, by=by)
        order = ordering.order_deal(deal, by=by)
        assert (order.deal_id, order.amount, order.lines.count()) == (deal.pk, Decimal(268000), 1)
        with pytest.raises(InvalidValues, match="already"):
            ordering.order_deal(deal, by=by)


def test_a_quote_becomes_an_order_with_its_terms(cast: Cast):
    with in_workspace(cast.xishan.pk):
        by = actor(cast.rep)
        company = create_record(object="company", values={"name": "海川水务"}, by=by)
        values = {"name": "WQ-200", "company": company.pk, "currency": "CNY", "discount_percent": 10}
        quote = create_record(object="quote", values=values, by=by)
        line = {"quote": quote.pk, "title": "WQ-200", "quantity": 3, "unit_price": "99.99", "tax_rate": 13}
        create_record(object="quote_line", values=line, by=by)
        quote.refresh_from_db()
        with pytest.raises(InvalidValues, match=r"accepted|接受"):
            ordering.order_quote(quote, by=by)
        quote = settle_record(quote, {"status": "accepted"}, by=by, verb="change")
        order = ordering.order_quote(quote, by=by)
        assert (order.amount, order.net, order.company_id) == (quote.total, quote.net, company.pk)
        assert order.quote_id == quote.pk
        with pytest.raises(InvalidValues, match=r"already|已有"):
            ordering.order_quote(quote, by=by)


def test_who_submits_does_not_approve(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, by = an_order(cast, confirmed=False), actor(cast.rep)
        sent = ordering.submit(order, by=by)
        with pytest.raises(Refused):
            ordering.approve(sent, by=by)
        with pytest.raises(InvalidValues):
            change_record(sent, {"ordered_on": "2026-09-02"}, by=by)
        back = ordering.reject(sent, by=actor(cast.manager), sent_back="Price?")
        assert (back.status, back.sent_back) == ("draft", "Price?")
        again = ordering.submit(back, by=by)
        assert ordering.withdraw(again, by=by).status == "draft"
        ordering.submit(order, by=by)
        assert ordering.approve(order, by=actor(cast.manager)).status == "confirmed"
        assert [one.verb for one in facts_of("order", order.pk)][-2:] == ["submitted", "approved"]


def test_it_is_delivered_in_parts_and_comes_back(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, by = an_order(cast), actor(cast.rep)
        one, other = order.lines.order_by("title")
        with pytest.raises(InvalidValues, match="is not a day"):
            ordering.deliver(order, {one.pk: Decimal(4)}, by=by, shipped_on="one day")
        said = {"carrier": "顺丰", "tracking": "SF1"}
        ordering.deliver(order, {one.pk: Decimal(4)}, by=by, **said)
        order.refresh_from_db()
        assert (order.status, order.delivery) == ("part_delivered", "part")
        with pytest.raises(InvalidValues, match="there are 6, not 7"):
            ordering.deliver(order, {one.pk: Decimal(7)}, by=by)
        with pytest.raises(InvalidValues, match="done now"):
            ordering.cancel(order, by=by)
        done = ordering.deliver_rest(order, by=by)
        assert (done.status, done.delivery, done.delivered_on) == ("delivered", "full", date.today())
        assert {line.delivered == line.quantity for line in order.lines.all()} == {True}
        back = ordering.deliver(done, {other.pk: Decimal(1)}, kind="back", by=by, reason="scratched")
        order.refresh_from_db()
        assert (order.status, back.number[:3]) == ("part_delivered", "DN-")
        assert ordering.take_all_back(order, by=by).status == "returned"


def test_more_than_was_ordered_is_not_invoiced(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, by = an_order(cast), actor(cast.rep)
        first = invoice_order(order, by=by, amount=Decimal(1000000), kind="e_ordinary")
        assert first.amount == Decimal(1000000)
        issued = invoicing.issue(first, by=by, issued_on=DAY)
        assert issued.invoice_no == "2026000001"
        assert invoicing.issue(first, by=by).version == issued.version
        order.refresh_from_db()
        assert order.invoiced == Decimal(1000000)
        second = invoice_order(order, by=by, amount=Decimal(84006))
        with pytest.raises(InvalidValues, match="would be invoiced"):
            invoicing.issue(second, by=by)
        assert next_of(cast) == "2026000002"
        red = invoicing.red_letter(issued, by=by, reason="wrong title")
        assert red.amount == Decimal(-1000000)
        invoicing.issue(red, by=by, issued_on=DAY)
        issued.refresh_from_db()
        assert (issued.status, issued.open, issued.corrected) == ("red", 0, Decimal(1000000))
        order.refresh_from_db()
        assert order.invoiced == 0
        with pytest.raises(InvalidValues):
            invoicing.void(issued, by=by)
        special = invoice_order(order, by=by, kind="special")
        with pytest.raises(InvalidValues, match="tax number"):
            invoicing.issue(special, by=by)


def next_of(cast: Cast) -> str:
    from guanxi.sales.numbering.numbers import numberings

    return next(one.example for one in numberings() if one.kind == "invoice.invoice_no").replace(
        str(date.today().year), "2026"
    )


def test_money_is_allocated_once_and_back(cast: Cast):
    with in_workspace(cast.xishan.pk):
        order, by = an_order(cast), actor(cast.rep)
        today = date.today()
        days = (today - timedelta(40), today, today + timedelta(90))
        parts = list(zip(map(Decimal, (30, 60, 10)), days, strict=True))
        plans = plan_payments(order, parts, by=by)
        assert sum(one.amount for one in plans) == order.amount
        assert [one.status for one in plans] == ["escalated", "due", "planned"]
        with pytest.raises(InvalidValues, match="planned already"):
            plan_payments(order, parts, by=by)
        invoice = invoicing.issue(invoice_order(order, by=by), by=by)
        values = {"company": order.company_id, "order": order.pk, "amount": "500000"}
        receipt = create_record(object="receipt", values=values, by=by)
        with pytest.raises(InvalidValues):
            receiving.allocate_oldest(receipt, by=by)
        confirmed = receiving.confirm(receipt, by=by)
        assert receiving.confirm(receipt, by=by).version == confirmed.version
        done = receiving.allocate_oldest(confirmed, by=by)
        assert (done.status, done.allocated, done.matched, done.open) == ("allocated", 500000, 500000, 0)
        for one in (*plans, invoice, order):
            one.refresh_from_db()
        assert [one.status for one in plans] == ["paid", "part_paid", "planned"]
        assert sum(one.received for one in plans) == order.received == invoice.settled == Decimal(500000)
        with pytest.raises(InvalidValues, match="there can't be"):
            receiving.allocate(done, {("instalment", plans[2].pk): Decimal(1)}, by=by)
        back = receiving.reverse(done, by=by, reason="bounced")
        assert receiving.reverse(done, by=by, reason="bounced").version == back.version
        for one in (*plans, invoice, order):
            one.refresh_from_db()
        assert [one.status for one in plans] == ["escalated", "due", "planned"]
        assert (order.received, order.payment, invoice.settled, invoice.status) == (0, "none", 0, "issued")
        with pytest.raises(InvalidValues):
            receiving.allocate_oldest(back, by=by)


def test_all_objects_are_known():
    for name in ("order", "delivery", "contract", "invoice", "instalment", "receipt", "allocation"):
        assert registry.get(name).verbs or name == "allocation"
    assert Invoice.object_name == "invoice"
    assert Receipt.object_name == "receipt"
