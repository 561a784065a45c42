"""What was agreed on, approved or issued: no door takes a line into it, or out of it."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection, transaction

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.trash.actions import delete_record, restore_deleted
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import archive_record, change_record, create_record, restore_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.orders import actions as ordering
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from guanxi.sales.quotes.actions import accept_quote, send_quote, submit_quote
from tests.at_once import DONE, at_once
from tests.cast import actor, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(cast):
    with in_workspace(cast.xishan.pk):
        yield actor(cast.rep)


def a_quote(by, **more):
    quote = create_record(object="quote", values={"name": "WQ-200"}, by=by)
    for title in ("WQ-200", "Probe"):
        line = {"quote": quote.pk, "title": title, "unit_price": 100, **more}
        create_record(object="quote_line", values=line, by=by)
    quote.refresh_from_db()
    return quote


def closed(noun, cast, by):
    """A document with one line in the archive and one in the trash: (closed, line, trashed line)."""
    if noun == "quote":
        open_one = a_quote(by)
    else:
        open_one = an_order(cast, confirmed=noun == "invoice")
        open_one = invoice_order(open_one, by=by) if noun == "invoice" else open_one
    one, other = open_one.lines.order_by("pk")
    third = {noun: open_one.pk, "title": "Stays", "unit_price": 7}
    create_record(object=f"{noun}_line", values=third, by=by)
    archived = archive_record(one, by=by)
    delete_record(other, by=by)
    if noun == "quote":
        return accept_quote(send_quote(open_one, by=by), by=by, answered_by="王若溪"), archived, other
    if noun == "invoice":
        return invoicing.issue(open_one, by=by), archived, other
    return ordering.confirm(open_one, by=by), archived, other


@pytest.mark.parametrize("noun", ["quote", "order", "invoice"])
def test_nothing_comes_back_into_it(cast, by, noun):
    document, archived, trashed = closed(noun, cast, by)
    amount = document.total if noun == "quote" else document.amount
    with pytest.raises(InvalidValues):
        restore_record(archived, by=by)
    with pytest.raises(InvalidValues):
        undo_fact(archived.last_fact_id, by=by)
    obj = registry.get(f"{noun}_line")
    assert change_many(obj, [Wish(archived.pk, act="restore")], by=by).refusals
    with pytest.raises(Refused):
        restore_deleted(obj, trashed.pk, by=by)
    document.refresh_from_db()
    assert (document.total if noun == "quote" else document.amount) == amount == 7


def test_no_line_moves_out_of_it(cast, by):
    order = an_order(cast)
    other = create_record(object="order", values={"company": order.company_id}, by=by)
    line, amount = order.lines.first(), order.amount
    with pytest.raises(InvalidValues):
        change_record(line, {"order": other.pk}, by=by)
    assert change_many(registry.get("order_line"), [Wish(line.pk, {"order": other.pk})], by=by).refusals
    order.refresh_from_db()
    assert order.amount == amount
    draft = an_order(cast, confirmed=False)
    change_record(draft.lines.first(), {"order": other.pk}, by=by)
    assert other.lines.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_what_is_submitted_while_a_line_changes_is_what_is_approved():
    cast = make_cast()
    rep = actor(cast.rep)
    for _turn in range(6):
        with in_workspace(cast.xishan.pk), transaction.atomic():
            quote = a_quote(rep, discount_percent=9)
            line = quote.lines.first()
        said = at_once(
            cast.xishan.pk,
            partial(submit_quote, quote, by=rep),
            partial(change_record, line, {"discount_percent": 60}, by=rep),
        )
        with in_workspace(cast.xishan.pk), transaction.atomic():
            line.refresh_from_db()
            assert DONE in said
            assert (line.discount_percent == 60) == (said == [DONE, DONE])
