"""Whatever is allocated, taken back and reversed in whatever order: the sums of both sides agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.platform.i18n.rates import set_rate
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.receipts import actions as receiving
from guanxi.sales.receipts.models import Allocation, Receipt
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
CENTS = st.integers(1, 30_000).map(lambda cents: Decimal(cents) / 100)
STEPS = st.lists(
    st.tuples(st.sampled_from(["allocate", "allocate", "release", "reverse"]), st.integers(0, 1),
              st.integers(0, 2), CENTS),
    min_size=1, max_size=6,
)  # fmt: skip


class Enough(Exception):
    """Takes an example back."""


def receipt_of(company: Any, amount: Decimal, by: Any, currency: str = "CNY") -> Receipt:
    values = {"company": company.pk, "amount": Amount(amount, currency), "received_on": "2026-09-01"}
    found: Receipt = receiving.confirm(create_record(object="receipt", values=values, by=by), by=by)
    return found


def plan_of(company: Any, amount: Decimal, by: Any) -> Instalment:
    values = {"company": company.pk, "amount": amount, "due_on": "2026-09-01"}
    found: Instalment = create_record(object="instalment", values=values, by=by)
    return found


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paid=st.tuples(CENTS, CENTS), planned=st.tuples(CENTS, CENTS, CENTS), steps=STEPS)
def test_what_is_allocated_is_what_has_come_in(cast: Cast, paid, planned, steps):
    with in_workspace(cast.xishan.pk), pytest.raises(Enough):
        run(actor(cast.rep), paid, planned, steps)


@transaction.atomic
def run(by: Any, paid: Any, planned: Any, steps: Any) -> None:
    """The steps, each as it can be done, with the sums asked after each; then all of it is taken back."""
    company = create_record(object="company", values={"name": f"海川 {len(steps)}"}, by=by)
    receipts = [receipt_of(company, one, by) for one in paid]
    plans = [plan_of(company, one, by) for one in planned]
    for verb, at, to, amount in steps:
        try:
            with transaction.atomic():
                do(verb, receipts[at], plans[to], amount, by)
        except InvalidValues:
            continue
        finally:
            check(receipts, plans)
    raise Enough


def do(verb: str, receipt: Receipt, plan: Instalment, amount: Decimal, by: Any) -> None:
    if verb == "allocate":
        receiving.allocate(receipt, {("instalment", plan.pk): amount}, by=by)
    elif verb == "release":
        receiving.release(receipt, by=by)
    else:
        receiving.reverse(receipt, by=by, reason="bounced")


def check(receipts: list[Receipt], plans: list[Instalment]) -> None:
    for one in (*receipts, *plans):
        one.refresh_from_db()
    rows = Allocation.objects.filter(archived_at=None)
    for one in receipts:
        assert one.allocated == sum((row.amount for row in rows if row.receipt_id == one.pk), Decimal(0))
        assert 0 <= one.allocated <= one.amount
        assert one.open == (0 if one.status == "reversed" else one.amount - one.allocated)
    for plan in plans:
        assert plan.received == sum((row.settled for row in rows if row.instalment_id == plan.pk), Decimal(0))
        assert plan.received + plan.open == plan.amount
        assert (plan.status == "paid") == (plan.open == 0)
    assert sum(one.allocated for one in receipts) == sum(one.received for one in plans)


def test_another_currency_needs_a_rate_and_says_so(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "Marlin"}, by=by)
        plan, receipt = plan_of(company, Decimal(720), by), receipt_of(company, Decimal(100), by, "USD")
        assert receipt.amount_base is None
        with pytest.raises(InvalidValues, match="USD has no rate on 2026-09-01"):
            receiving.allocate(receipt, {("instalment", plan.pk): Decimal(100)}, by=by)
        set_rate(currency="USD", date=date(2026, 9, 1), rate=Decimal("7.2"))
        receiving.allocate(receipt, {("instalment", plan.pk): Decimal(100)}, by=by)
        plan.refresh_from_db()
        assert (plan.received, plan.status) == (Decimal(720), "paid")


def test_parts_of_a_receipt_are_seen_with_it_only(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "海川"}, by=by)
        plan, receipt = plan_of(company, Decimal(10), by), receipt_of(company, Decimal(10), by)
        receiving.allocate(receipt, {("instalment", plan.pk): Decimal(4)}, by=by)
        row = Allocation.objects.get()
        with pytest.raises(NotFound):
            archive_record(row, by=actor(cast.stranger))
        values = {"receipt": receipt.pk, "instalment": plan.pk, "amount": 1}
        with pytest.raises(InvalidValues):
            create_record(object="allocation", values=values, by=actor(cast.stranger))
        archive_record(row, by=by)
        plan.refresh_from_db()
        assert plan.received == 0
