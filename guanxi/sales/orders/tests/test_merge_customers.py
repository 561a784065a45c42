"""Customers, products and people who stand in agreed papers are merged, and what was agreed stays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.merging.actions import merge_records
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.buyers.models import Buyer
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.orders.models import OrderLine
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
PASSING = {"version", "updated_at", "updated_by_id"}


def rows(*names: str) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in row.items() if key not in PASSING}
        for name in names
        for row in registry.get(name).rows().order_by("pk").values()
    ]


def test_a_customer_with_a_confirmed_order_and_an_issued_invoice_is_merged_and_comes_back(cast: Cast):
    by, papers = actor(cast.rep), ("company", "order", "order_line", "invoice", "invoice_line")
    with in_workspace(cast.xishan.pk):
        kept = create_record(object="company", values={"name": "海川水务集团"}, by=by)
        order = an_order(cast)
        invoice = invoice_order(order, by=by)
        invoice = invoicing.approve(invoicing.submit(invoice, by=by), by=actor(cast.manager))
        invoice = invoicing.issue(invoice, by=actor(cast.admin), invoice_no="2026-1")
        before = rows(*papers)
        with pytest.raises(InvalidValues):
            change_record(order, {"company": kept.pk}, by=by)
        merged = merge_records(registry.get("company"), kept.pk, [order.company_id], by=by)
        order.refresh_from_db()
        invoice.refresh_from_db()
        assert (order.company_id, invoice.company_id) == (kept.pk, kept.pk)
        assert [one for one in rows(*papers[2:]) if one.get("company_id") != kept.pk] == [
            one for one in before if one["id"] in {row["id"] for row in rows("order_line", "invoice_line")}
        ]
        assert undo_batch(merged.merge_id, by=by).refused == 0
        assert rows(*papers) == before


def test_a_merged_product_changes_no_price_that_stands_in_a_line(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        one, other = (
            create_record(object="product", values={"name": name, "price": {"amount": price}}, by=by)
            for name, price in (("WQ-200", "100"), ("WQ 200", "80"))
        )
        order = an_order(cast, confirmed=False)
        values = {"order": order.pk, "product": other.pk, "quantity": 2}
        line = create_record(object="order_line", values=values, by=by)
        before = rows("product", "order", "order_line")
        merged = merge_records(registry.get("product"), one.pk, [other.pk], by=by)
        line = OrderLine.objects.get(pk=line.pk)
        assert (line.product_id, line.title, line.unit_price) == (one.pk, "WQ 200", Decimal(80))
        assert undo_batch(merged.merge_id, by=by).refused == 0
        assert rows("product", "order", "order_line") == before


def test_who_stands_twice_in_one_decision_stands_there_once(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        stage = pipeline(actor(cast.admin))["Qualified"]
        deals = [create_record(object="deal", values={"name": n, "stage": stage}, by=by) for n in ("A", "B")]
        wang, twin, li = (
            create_record(object="contact", values={"name": name}, by=by)
            for name in ("Wang", "Wang W.", "Li")
        )
        first = create_record(object="buyer", values={"deal": deals[0].pk, "contact": wang.pk}, by=by)
        second = create_record(object="buyer", values={"deal": deals[0].pk, "contact": twin.pk}, by=by)
        below = {"deal": deals[0].pk, "contact": li.pk, "reports_to": second.pk}
        below = create_record(object="buyer", values=below, by=by)
        create_record(object="buyer", values={"deal": deals[1].pk, "contact": twin.pk}, by=by)
        before = rows("contact", "buyer", "deal")
        merged = merge_records(registry.get("contact"), wang.pk, [twin.pk], by=by)
        chain = Buyer.objects.filter(deal=deals[0], archived_at=None).order_by("pk")
        assert [(one.pk, one.contact_id, one.name) for one in chain] == [
            (first.pk, wang.pk, "Wang"), (below.pk, li.pk, "Li"),
        ]  # fmt: skip
        below.refresh_from_db()
        assert below.reports_to_id == first.pk
        assert Buyer.objects.get(deal=deals[1]).name == "Wang"
        assert undo_batch(merged.merge_id, by=by).refused == 0
        assert rows("contact", "buyer", "deal") == before
        # Two deals that are one, with the same person in both.
        create_record(object="buyer", values={"deal": deals[1].pk, "contact": wang.pk}, by=by)
        before = rows("deal", "buyer")
        merged = merge_records(registry.get("deal"), deals[0].pk, [deals[1].pk], by=by)
        there = Buyer.objects.filter(deal=deals[0], archived_at=None)
        assert sorted(one.name for one in there) == ["Li", "Wang", "Wang W."]
        assert undo_batch(merged.merge_id, by=by).refused == 0
        assert rows("deal", "buyer") == before
