"""What of a receipt is for what: never more than is owed, and only what its customer owes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from guanxi.platform.i18n.rates import set_rate
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import archive_record, change_record, create_record, restore_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.instalments.actions import plan_payments
from guanxi.sales.instalments.actions import void as void_plan
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.orders import actions as ordering
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from guanxi.sales.receipts import actions as receiving
from guanxi.sales.receipts.models import Allocation, Receipt
from guanxi.sales.receipts.tests.test_allocations_add_up import plan_of, receipt_of
from tests.at_once import DONE, at_once
from tests.cast import actor, client_for, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(cast):
    with in_workspace(cast.xishan.pk):
        yield actor(cast.rep)


def put(receipt, target, amount, by):
    return receiving.allocate(receipt, {(target.object_name, target.pk): D(amount)}, by=by)


def test_no_more_than_is_owed_goes_to_an_order_and_what_is_there_is_taken_back(cast, by):
    order = an_order(cast)
    receipt = receipt_of(order.company, D(2_000_000), by)
    with pytest.raises(InvalidValues, match="expected"):
        put(receipt, order, 1_084_006, by)
    put(receipt, order, 1_084_005, by)
    with pytest.raises(InvalidValues):
        put(receipt_of(order.company, D(1), by), order, "0.01", by)
    order.refresh_from_db()
    assert (order.received, order.payment) == (D(1_084_005), "full")
    receiving.release(receipt, by=by)
    order.refresh_from_db()
    assert order.received == 0


def test_another_customers_money_pays_nothing(cast, by):
    order = an_order(cast)
    plan, invoice = plan_of(order.company, D(10), by), invoicing.issue(invoice_order(order, by=by), by=by)
    other = create_record(object="company", values={"name": "青禾水务"}, by=by)
    receipt = receipt_of(other, D(10), by)
    for target in (order, plan, invoice):
        with pytest.raises(InvalidValues, match="another customer"):
            put(receipt, target, 1, by)
    assert Allocation.objects.count() == 0


def test_what_is_void_cancelled_or_not_issued_takes_no_money(cast, by):
    order = an_order(cast)
    receipt = receipt_of(order.company, D(10), by)
    asked = invoice_order(order, by=by)
    plan = plan_of(order.company, D(10), by)
    cancelled = ordering.cancel(an_order(cast), by=by)
    of_cancelled = receipt_of(cancelled.company, D(10), by)
    for one, target in (
        (receipt, asked),
        (receipt, invoicing.void(asked, by=by)),
        (receipt, void_plan(plan, by=by)),
        (of_cancelled, cancelled),
    ):
        with pytest.raises(InvalidValues):
            put(one, target, 1, by)


def test_what_is_paid_in_part_stays_where_it_is(cast, by):
    order, other = an_order(cast), an_order(cast)
    (plan,) = plan_payments(order, [(D(100), date(2026, 9, 9))], by=by)
    put(receipt_of(order.company, D(10), by), plan, 10, by)
    for values in ({"order": other.pk}, {"order": None}, {"company": other.company_id}, {"amount": 9}):
        with pytest.raises(InvalidValues):
            change_record(plan, values, by=by)
    order.refresh_from_db()
    assert order.received == 10


def test_a_plan_comes_back_where_there_is_room_for_it(cast, by):
    order = an_order(cast)
    (plan,) = plan_payments(order, [(D(100), date(2026, 9, 9))], by=by)
    archive_record(plan, by=by)
    plan_payments(order, [(D(100), date(2026, 9, 9))], by=by)
    with pytest.raises(InvalidValues):
        restore_record(plan, by=by)


def test_what_was_taken_away_comes_back_only_while_the_money_is_there(cast, by):
    order = an_order(cast)
    plan, receipt = plan_of(order.company, D(10), by), receipt_of(order.company, D(10), by)
    put(receipt, plan, 10, by)
    row = Allocation.objects.get()
    receiving.reverse(receipt, by=by, reason="bounced")
    with pytest.raises(InvalidValues):
        restore_record(row, by=by)
    plan.refresh_from_db()
    assert (plan.received, plan.open) == (0, 10)


def test_confirmed_twice_and_reversed_twice_is_done_once(cast, by):
    company = create_record(object="company", values={"name": "海川"}, by=by)
    values = {"company": company.pk, "amount": 10, "received_on": "2026-09-01"}
    receipt = create_record(object="receipt", values=values, by=by)
    first = receiving.confirm(receipt, by=by)
    assert receiving.confirm(receipt, by=by).version == first.version
    back = receiving.reverse(first, by=by, reason="bounced")
    assert receiving.reverse(first, by=by, reason="again").version == back.version
    with pytest.raises(InvalidValues):
        receiving.confirm(receipt, by=by)
    for refused in ({"status": "confirmed"}, {"amount": 100}):
        with pytest.raises(InvalidValues):
            change_record(back, refused, by=by)


def test_yen_and_dinars_are_allocated_in_their_coins(cast, by):
    company = create_record(object="company", values={"name": "海川"}, by=by)
    for code, rate in (("JPY", "0.05"), ("KWD", "23.4")):
        set_rate(currency=code, date=date(2026, 9, 1), rate=D(rate))
    plan = plan_of(company, D("234.02"), by)
    put(receipt_of(company, D("10.001"), by, "KWD"), plan, "10.001", by)
    plan.refresh_from_db()
    assert (plan.received, plan.status) == (D("234.02"), "paid")  # 234.0234
    values = {"company": company.pk, "amount": Amount(D(100), "JPY"), "due_on": "2026-09-01"}
    yen = create_record(object="instalment", values=values, by=by)
    put(receipt_of(company, D("5.01"), by), yen, "5.01", by)
    yen.refresh_from_db()
    assert yen.received == D(100)  # 100.2


def test_strangers_and_outsiders_allocate_nothing(cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        order = an_order(cast)
        receipt, plan = receipt_of(order.company, D(10), by), plan_of(order.company, D(10), by)
        with pytest.raises(NotFound):
            put(receipt, plan, 1, actor(cast.stranger))
        with pytest.raises((NotFound, Refused)):
            put(receipt, plan, 1, actor(cast.observer))
        stranger = actor(cast.stranger)
        theirs = create_record(object="company", values={"name": "何北的客户"}, by=stranger)
        own = receipt_of(theirs, D(10), stranger)
        with pytest.raises(InvalidValues):  # a plan that they don't see
            put(own, plan, 1, stranger)
    with in_workspace(cast.marlin.pk), pytest.raises(NotFound):
        put(receipt, plan, 1, actor(cast.outsider))
    for person in (cast.stranger, cast.outsider):
        sent = client_for(person).post(f"/receipts/{receipt.pk}/allocate/", {f"instalment-{plan.pk}": "1"})
        assert sent.status_code == 404
    with in_workspace(cast.xishan.pk):
        assert Allocation.objects.count() == 0


pg = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")


@pg
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_receipts_at_once_pay_no_more_than_is_owed():
    cast = make_cast()
    rep = actor(cast.rep)
    for _turn in range(3):
        with in_workspace(cast.xishan.pk), transaction.atomic():
            order = an_order(cast)
            plan = plan_of(order.company, D(100), rep)
            invoice = invoicing.issue(invoice_order(order, by=rep), by=rep)
            sums = {plan: D(100), order: order.amount, invoice: invoice.amount}
            receipts = [receipt_of(order.company, order.amount, rep) for _one in range(3)]
        for target, amount in sums.items():
            works = [lambda one=one, t=target, a=amount: put(one, t, a, rep) for one in receipts]
            assert at_once(cast.xishan.pk, *works).count(DONE) == 1
            with in_workspace(cast.xishan.pk), transaction.atomic():
                target.refresh_from_db()
                assert (target.settled if target is invoice else target.received) == amount
                for one in receipts:
                    receiving.release(one, by=rep)


@pg
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_confirmed_and_allocated_by_several_at_once_it_is_done_once():
    cast = make_cast()
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        company = create_record(object="company", values={"name": "海川"}, by=rep)
        values = {"company": company.pk, "amount": 10, "received_on": "2026-09-01"}
        receipt = create_record(object="receipt", values=values, by=rep)
        plans = [plan_of(company, D(10), rep) for _one in range(3)]
    at_once(cast.xishan.pk, *[lambda: receiving.confirm(receipt, by=rep)] * 3)
    works = [lambda plan=plan: put(receipt, plan, 10, rep) for plan in plans]
    assert at_once(cast.xishan.pk, *works).count(DONE) == 1
    at_once(
        cast.xishan.pk,
        lambda: receiving.reverse(receipt, by=rep, reason="bounced"),
        *[lambda plan=plan: put(receipt, plan, 1, rep) for plan in plans],
    )
    with in_workspace(cast.xishan.pk), transaction.atomic():
        found = Receipt.objects.get(pk=receipt.pk)
        assert (found.status, found.allocated, found.open) == ("reversed", 0, 0)
        assert {one.received for one in Instalment.objects.filter(company=company)} == {D(0)}


@pg
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_who_plan_at_once_plan_no_more_than_the_order():
    cast = make_cast()
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        order = an_order(cast)
    values = {"order": order.pk, "amount": order.amount, "due_on": "2026-09-01"}
    works = [lambda: create_record(object="instalment", values=values, by=rep)] * 4
    assert at_once(cast.xishan.pk, *works).count(DONE) == 1
