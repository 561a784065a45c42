"""A copy takes along what it says, begins at the beginning, and leaves the original as it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actors import Grants
from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.buyers.models import Buyer
from guanxi.sales.copies.actions import copy_record
from guanxi.sales.deals.actions import copy_deal, win_deal
from guanxi.sales.deals.models import Deal
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.lines.models import DealLine
from guanxi.sales.orders.actions import confirm, copy_order, order_deal
from guanxi.sales.orders.models import Order, OrderLine
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(cast: Cast) -> Deal:
    """A deal with two lines and a chain of two people; inside no workspace."""
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk), reading():
        stages = pipeline(actor(cast.admin))
        company = create_record(object="company", values={"name": "青禾"}, by=by)
        values = {"name": "WQ-200 × 4", "stage": stages["Quoted"], "company": company.pk, "by_lines": True}
        made: Deal = create_record(object="deal", values={**values, "next_step": "Call"}, by=by)
        for title, price in (("Meter", "100"), ("Pump", "50")):
            line = {"deal": made.pk, "title": title, "unit_price": price, "quantity": "2"}
            create_record(object="deal_line", values=line, by=by)
        above = None
        for name in ("Wang", "Li"):
            person = create_record(object="contact", values={"name": name, "company": company.pk}, by=by)
            link: dict[str, int] = {"reports_to": above.pk} if above else {}
            above = create_record(
                object="buyer", values={"deal": made.pk, "contact": person.pk, "stance": "for", **link}, by=by
            )
        made.refresh_from_db()
    return made


def test_a_deal_is_copied_with_its_lines_and_its_chain(cast: Cast, deal: Deal):
    rep = client_for(cast.rep)
    here = f"/deals/{deal.pk}/copy/"
    page = rep.get(here).content.decode()
    assert "重新开始" in page
    answer = rep.post(here)
    assert answer.status_code == 302
    key = int(answer.headers["Location"].split("/")[2])
    with in_workspace(cast.xishan.pk), reading():
        made = Deal.objects.get(pk=key)
        assert (made.name, made.amount, made.stage.name, made.next_step, made.company_id) == (
            deal.name, Decimal(300), "Qualified", None, deal.company_id,
        )  # fmt: skip
        assert DealLine.objects.filter(deal=made).count() == 2
        chain = {one.name: one for one in Buyer.objects.filter(deal=made)}
        assert chain["Li"].reports_to_id == chain["Wang"].pk
        told = facts_of("deal", deal.pk).order_by("pk").last()
        assert told is not None
        assert (told.name, told.data["copy"]) == ("deal.copied", str(made.pk))
    for who in ("stranger", "outsider"):
        assert client_for(getattr(cast, who)).get(here).status_code == 404
        assert client_for(getattr(cast, who)).post(here).status_code == 404
    api = rep.post(f"/api/v1/deals/{deal.pk}/copy", "{}", content_type="application/json")
    assert api.status_code in (200, 201)
    assert api.json()["id"] != str(deal.pk)


def test_who_may_not_see_a_field_copies_nothing_of_it(cast: Cast, deal: Deal):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk), reading():
        change_record(deal, {"about": "secret", "by_lines": False, "amount": "7"}, by=by)
        fields = {"about": "hidden", "amount": "masked1", "by_lines": "see"}
        narrow = replace(by, grants=Grants({**by.grants, "deal": replace(by.grant("deal"), fields=fields)}))
        made = copy_deal(deal, by=narrow)
        assert (made.about, made.amount, made.by_lines) == (None, None, False)
        with pytest.raises(NotFound):
            copy_record(deal, by=actor(cast.stranger))


def test_a_copy_takes_along_nobody_whom_the_copier_does_not_see(cast: Cast, deal: Deal):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk), reading():
        wang = Buyer.objects.get(deal=deal, name="Wang").contact
        change_record(wang, {"owner": cast.stranger.pk, "team": cast.north.pk}, by=actor(cast.admin))
    page = client_for(cast.rep).get(f"/deals/{deal.pk}/copy/").content.decode()
    assert "Wang" not in page
    with in_workspace(cast.xishan.pk), reading():
        made = copy_deal(deal, by=by)
        (left,) = Buyer.objects.filter(deal=made)
        assert (left.name, left.reports_to_id) == ("Li", None)
        assert DealLine.objects.filter(deal=made).count() == 2
        assert Buyer.objects.filter(deal=copy_deal(deal, by=actor(cast.admin))).count() == 2


def test_an_order_is_ordered_once_more(cast: Cast, deal: Deal):
    by = actor(cast.rep)
    with in_workspace(cast.xishan.pk), reading():
        order = confirm(order_deal(win_deal(deal, by=by), by=by), by=by)
        made: Order = copy_order(order, by=by)
        assert (made.status, made.amount, made.deal_id, made.company_id) == (
            "draft", order.amount, None, order.company_id,
        )  # fmt: skip
        assert made.number != order.number
        assert OrderLine.objects.filter(order=made).count() == 2
        assert made.received == made.invoiced == 0
        copy_deal(deal, by=by)  # of a won one, too
