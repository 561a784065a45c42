"""What goes out was ordered, and what comes back has gone out: by the verb, by the API, by every door."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.trash.actions import delete_record
from guanxi.platform.records.writing import archive_record, change_record, create_record, restore_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deliveries.actions import cancel, sign
from guanxi.sales.orders import actions as ordering
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from tests.at_once import DONE, at_once
from tests.cast import actor, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(cast):
    with in_workspace(cast.xishan.pk):
        yield actor(cast.rep)


def parcel(order, by, kind="out"):
    return create_record(object="delivery", values={"order": order.pk, "kind": kind}, by=by)


def put(delivery, line, quantity, by):
    values = {"delivery": delivery.pk, "order_line": line.pk, "quantity": quantity}
    return create_record(object="delivery_line", values=values, by=by)


def test_no_more_goes_out_than_was_ordered_and_no_more_comes_back(cast, by):
    order = an_order(cast)
    line = order.lines.get(title="WQ-200")  # four of them
    out, back = parcel(order, by), parcel(order, by, "back")
    for quantity in (5, 0, -1, "NaN"):
        with pytest.raises(InvalidValues):
            put(out, line, quantity, by)
    with pytest.raises(InvalidValues):
        put(back, line, 1, by)
    there = put(out, line, 3, by)
    with pytest.raises(InvalidValues):
        change_record(there, {"quantity": 5}, by=by)
    put(back, line, 3, by)
    with pytest.raises(InvalidValues):
        put(back, line, 1, by)
    for undone in (archive_record, delete_record):
        with pytest.raises(InvalidValues):
            undone(there, by=by)
    with pytest.raises(InvalidValues):
        cancel(out, by=by)
    line.refresh_from_db()
    assert line.delivered == 0
    put(out, line, 4, by)  # what came back goes out again


def test_a_line_of_another_order_is_not_delivered(cast, by):
    order = an_order(cast)
    other = an_order(cast)
    with pytest.raises(InvalidValues, match="another order"):
        put(parcel(order, by), other.lines.first(), 1, by)
    there = put(parcel(order, by), order.lines.first(), 1, by)
    with pytest.raises(InvalidValues):
        change_record(there, {"order_line": other.lines.first().pk}, by=by)


def test_nothing_goes_out_of_what_is_cancelled_or_not_agreed_on(cast, by):
    for order in (ordering.cancel(an_order(cast), by=by), an_order(cast, confirmed=False)):
        with pytest.raises(InvalidValues):
            parcel(order, by)
        with pytest.raises(InvalidValues):
            ordering.deliver(order, {order.lines.first().pk: D(1)}, by=by)


def test_what_is_signed_for_or_turned_round_stays_as_it_is(cast, by):
    order = an_order(cast)
    line = order.lines.first()
    delivery = ordering.deliver(order, {line.pk: D(1)}, by=by)
    with pytest.raises(InvalidValues):
        change_record(delivery, {"kind": "back"}, by=by)
    with pytest.raises(InvalidValues):
        archive_record(delivery, by=by)
    inside = delivery.lines.get()
    sign(delivery, by=by)
    for closed in (lambda: change_record(inside, {"quantity": 2}, by=by), lambda: put(delivery, line, 1, by)):
        with pytest.raises(InvalidValues):
            closed()
    line.refresh_from_db()
    assert line.delivered == 1


def test_what_was_cancelled_counts_no_more_and_what_was_taken_out_comes_back_where_there_is_room(cast, by):
    order = an_order(cast)
    line = order.lines.get(title="WQ-200")
    out = parcel(order, by)
    first = put(out, line, 4, by)
    archive_record(first, by=by)
    put(out, line, 2, by)
    with pytest.raises(InvalidValues):
        restore_record(first, by=by)
    cancelled = cancel(out, by=by)
    archive_record(cancelled, by=by)
    line.refresh_from_db()
    assert line.delivered == 0
    assert ordering.deliver(order, {line.pk: D(4)}, by=by).status == "shipped"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_of_two_who_deliver_the_same_at_once_one_does():
    cast = make_cast()
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        order = an_order(cast)
        line = order.lines.get(title="WQ-200")
        parcels = parcel(order, rep), parcel(order, rep)

    def deliver():
        ordering.deliver(order, {line.pk: D(4)}, by=rep)

    by_hand = [lambda one=one: put(one, line, 4, rep) for one in parcels]
    assert at_once(cast.xishan.pk, deliver, *by_hand, deliver).count(DONE) == 1
    with in_workspace(cast.xishan.pk), transaction.atomic():
        line.refresh_from_db()
        assert line.delivered == 4
