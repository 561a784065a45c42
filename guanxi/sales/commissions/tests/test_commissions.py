"""Commission follows from money that came in: once, by the rules, and back when the money goes back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.access import find_record
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.commissions.actions import approve, reopen
from guanxi.sales.commissions.models import Commission, CommissionLine
from guanxi.sales.commissions.rating import Rule, cap_span, capped, earned, rule_for
from guanxi.sales.commissions.settling import settle
from guanxi.sales.deals.models import Stage
from guanxi.sales.receipts import actions as receiving
from guanxi.sales.receipts.models import Receipt
from tests.cast import Cast, actor, client_for

LAST = (date.today().replace(day=1) - timedelta(days=1)).replace(day=9)  # in the month that is over
D = Decimal


def test_the_rule_that_says_most_holds():
    plain, of_role = Rule(1, "all", D(1)), Rule(2, "role", D(2), role="Manager")
    of_product, of_member = Rule(3, "product", D(3), product=7), Rule(4, "member", D(4), member=9)
    over = Rule(5, "over", D(5), last=date(2026, 1, 31))
    rules = [plain, of_role, of_product, of_member, over]

    def held(product=None, member=1, roles=frozenset(), on=date(2026, 2, 1)):
        found = rule_for(rules, product=product, member=member, roles=roles, on=on)
        return found.id if found else 0

    assert (held(), held(product=7), held(roles=frozenset({"manager"})), held(member=9, product=7)) == (
        1,
        3,
        2,
        4,
    )
    assert held(on=date(2026, 1, 31)) == 5
    assert rule_for([over], product=None, member=1, roles=frozenset(), on=date(2026, 2, 1)) is None
    assert cap_span("quarter", date(2026, 5, 1)) == (date(2026, 4, 1), date(2026, 6, 1))
    assert capped(D(50), cap=D(100), given=D(80)) == 20
    assert capped(D(50), cap=D(100), given=D(180)) == 0


@given(
    st.lists(st.integers(1, 10**7), min_size=1, max_size=5), st.integers(0, 100), st.integers(0, 100),
    st.integers(1, 10**7),
)  # fmt: skip
def test_tiers_give_the_same_however_the_money_comes(parts, low, high, edge):
    rule = Rule(1, "tiers", D(low), tiers=((D(edge), D(high)),))
    whole, _rate = earned(rule, D(sum(parts)), before=D(0), digits=2)
    came, total = D(0), D(0)
    for part in parts:
        amount, _rate = earned(rule, D(part), before=came, digits=2)
        assert 0 <= amount <= part
        came, total = came + part, total + amount
    assert abs(total - whole) <= D("0.01") * len(parts)


def receipt_of(cast: Cast, amount: str, *, share: int = 0, on: date = LAST) -> Receipt:
    """A confirmed receipt for a won deal of the rep, of which the member below has a share."""
    by = actor(cast.rep)
    company = create_record(object="company", values={"name": f"firm {amount}"}, by=by)
    stage = Stage.objects.filter(kind="open").first()
    deal = create_record(
        object="deal", values={"name": f"deal {amount}", "stage": stage.pk, "company": company.pk}, by=by
    )
    if share:
        values = {"deal": deal.pk, "member": cast.below.pk, "percent": share}
        create_record(object="split", values=values, by=by)
    contract = create_record(
        object="contract", values={"name": f"c {amount}", "company": company.pk, "deal": deal.pk}, by=by
    )
    values = {"company": company.pk, "contract": contract.pk, "amount": amount, "received_on": on}
    made: Receipt = receiving.confirm(create_record(object="receipt", values=values, by=by), by=by)
    return made


def a_rule(cast: Cast, **values):
    return create_record(
        object="commission_rule", values={"name": "Standard", "rate": "5", **values}, by=actor(cast.admin)
    )


@pytest.mark.django_db
def test_a_receipt_gives_once_by_the_splits_and_takes_back_when_it_is_reversed(cast: Cast):
    with in_workspace(cast.xishan.pk):
        rule = a_rule(cast, cap="600")
        tier = {"rule": rule.pk, "above": "10000", "rate": "10"}
        create_record(object="commission_tier", values=tier, by=actor(cast.admin))
        first = receipt_of(cast, "10000", share=30)
        second = receipt_of(cast, "6000")
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        mine = Commission.objects.get(owner=cast.rep)
        # 7,000 at 5 % = 350; 3,000 at 5 % and 3,000 at 10 % = 450, of which 250 are left below the cap.
        assert (mine.base, mine.earned, mine.total, mine.month) == (13000, 600, 600, LAST.replace(day=1))
        lines = CommissionLine.objects.filter(commission=mine).order_by("receipt")
        assert [(one.base, one.share, one.amount) for one in lines] == [(7000, 70, 350), (6000, 100, 250)]
        assert all(one.reason.startswith("Standard：") for one in lines)  # the workspace's language
        assert Commission.objects.get(owner=cast.below).earned == 150
        settle([first.pk, second.pk], by=actor(cast.admin))
        assert CommissionLine.objects.count() == 3
        with pytest.raises(Refused):
            approve(mine, by=actor(cast.rep))
        done = approve(mine, by=actor(cast.manager))
        assert (done.status, done.approved_by_id) == ("approved", cast.manager.pk)
    with in_workspace(cast.xishan.pk):
        change_record(rule, {"rate": "50"}, by=actor(cast.admin))
        receiving.reverse(first, by=actor(cast.rep), reason="bounced")
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        mine.refresh_from_db()
        assert mine.earned == 600  # approved: rules that change later change nothing
        back = Commission.objects.get(owner=cast.rep, month=date.today().replace(day=1))
        assert (back.earned, back.clawback, back.total) == (0, -350, -350)
        settle([first.pk, second.pk], by=actor(cast.admin))
        assert CommissionLine.objects.filter(receipt=first, member=cast.rep).count() == 2
        late = receipt_of(cast, "100")
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        line = CommissionLine.objects.get(receipt=late)
        assert line.commission_id == back.pk  # its own month is approved: it counts in the next
        with pytest.raises(InvalidValues):
            approve(back, by=actor(cast.manager))  # not over yet
        with pytest.raises(Refused):
            reopen(mine, by=actor(cast.manager))
        assert reopen(mine, by=actor(cast.admin)).status == "open"


@pytest.mark.django_db
def test_money_that_is_approved_gives_nothing_once_more_when_it_is_allocated_to_a_deal(cast: Cast):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        a_rule(cast)
        there = receipt_of(cast, "1000")
        receiving.reverse(there, by=by, reason="Another test")
        values = {"company": there.company_id, "amount": "800", "received_on": LAST}
        receipt = receiving.confirm(create_record(object="receipt", values=values, by=by), by=by)
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        assert CommissionLine.objects.get(receipt=receipt).base == 800
        approve(Commission.objects.get(owner=cast.rep, month=LAST.replace(day=1)), by=actor(cast.manager))
    with in_workspace(cast.xishan.pk):
        receiving.allocate(receipt, {("contract", there.contract_id or 0): D(800)}, by=by)
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        lines = CommissionLine.objects.filter(receipt=receipt)
        assert [(one.base, one.amount) for one in lines] == [(800, 40)]
    with in_workspace(cast.xishan.pk):
        receiving.reverse(receipt, by=by, reason="bounced")
    drain_events()
    with in_workspace(cast.xishan.pk), reading():
        lines = CommissionLine.objects.filter(receipt=receipt)
        assert sum(one.amount for one in lines) == 0


@pytest.mark.django_db
def test_commission_is_ones_own_and_the_leads_and_never_typed(cast: Cast):
    with in_workspace(cast.xishan.pk):
        a_rule(cast)
        receipt_of(cast, "1000")
    drain_events()
    obj = registry.get("commission")
    with in_workspace(cast.xishan.pk), reading():
        mine = Commission.objects.get()
        line = CommissionLine.objects.get()
        for who in (cast.rep, cast.manager, cast.admin):
            assert find_record(obj, mine.pk, by=actor(who))
        for who in (cast.stranger, cast.below):
            with pytest.raises(NotFound):
                find_record(obj, mine.pk, by=actor(who))
            with pytest.raises(NotFound):
                find_record(registry.get("commission_line"), line.pk, by=actor(who))
        with pytest.raises(Refused):
            change_record(mine, {"total": "9"}, by=actor(cast.admin))
        with pytest.raises(Refused):
            create_record(object="commission_line", values={"commission": mine.pk}, by=actor(cast.admin))
        with pytest.raises(Refused):
            create_record(object="commission_rule", values={"name": "Mine", "rate": "99"}, by=actor(cast.rep))
    with in_workspace(cast.marlin.pk), reading(), pytest.raises(NotFound):
        find_record(obj, mine.pk, by=actor(cast.outsider))
    where = f"/performance/commission/?month={LAST:%Y-%m}"
    assert "Standard：" in client_for(cast.rep).get(where).content.decode()
    assert "林知遥" in client_for(cast.manager).get(where).content.decode()
    assert "林知遥" not in client_for(cast.below).get(where).content.decode().partition("<main")[2]
    assert client_for(cast.manager).get(f"/commissions/{mine.pk}/").status_code == 200
    assert client_for(cast.stranger).get(f"/commissions/{mine.pk}/").status_code == 404
