"""A day that is typed where a verb asks for one: on the page and over the API, right and wrong."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deliveries.models import Delivery
from guanxi.sales.instalments.actions import plan_payments
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.orders import actions as ordering
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from guanxi.sales.receipts import actions as receiving
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
DAY = "2026-09-14"


@pytest.fixture
def asked(cast: Cast) -> Any:
    """(record, what a POST creates, its day, what else it takes) of everything on the way of the money."""
    with in_workspace(cast.xishan.pk):
        by, order = actor(cast.rep), an_order(cast)
        ordering.deliver_rest(order, by=by)
        (plan,) = plan_payments(order, [(Decimal(100), date(2026, 12, 1))], by=by)
        invoice = invoice_order(order, by=by, kind="e_ordinary")
        receipt = create_record(
            object="receipt", values={"company": order.company_id, "amount": "100"}, by=by
        )
        receiving.confirm(receipt, by=by)
        yield {
            "delivery": (Delivery.objects.get(order=order), "signature", "signed_on", {"signed_by": "李工"}),
            "instalment": (plan, "call", "due_on", {}),
            "invoice": (invoice, "issue", "issued_on", {}),
            "receipt": (receipt, "reversal", "reversed_on", {"reason": "退票"}),
        }


@pytest.mark.parametrize("name", ["delivery", "instalment", "invoice", "receipt"])
def test_the_page_takes_a_day_and_refuses_what_is_none(cast: Cast, asked: Any, name: str):
    record, noun, day, more = asked[name]
    here, rep = f"/{registry.get(name).plural}/{record.pk}/do/{noun}/", client_for(cast.rep)
    assert rep.get(here).status_code == 200
    assert rep.post(here, {**more, day: "soonish"}).status_code == 422
    assert client_for(cast.stranger).post(here, {**more, day: DAY}).status_code == 404
    assert rep.post(here, {**more, day: DAY}).status_code == 302
    record.refresh_from_db()
    assert getattr(record, day).isoformat() == DAY


@pytest.mark.parametrize("name", ["delivery", "instalment", "invoice", "receipt"])
def test_the_api_takes_a_day_and_refuses_what_is_none(cast: Cast, asked: Any, name: str):
    record, noun, day, more = asked[name]
    here, rep = f"/api/v1/{registry.get(name).plural}/{record.pk}/{noun}", client_for(cast.rep)

    def post(who: Any, said: str) -> Any:
        return who.post(here, json.dumps({**more, day: said}), content_type="application/json")

    refused = post(rep, "soonish")
    assert (refused.status_code, day in refused.content.decode()) == (422, True)
    assert post(client_for(cast.outsider), DAY).status_code == 404
    assert post(rep, DAY).json()[day] == DAY
