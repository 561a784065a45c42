"""Who decides at a company, and how often we talk: on its page and on that of its deals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.people.contacts.models import Contact
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.tests.pages import shop as shop
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(shop: Shop) -> Shop:
    """A buyer with whom we talk each week, and a decider whom nobody has met."""
    with in_workspace(shop.cast.xishan.pk):
        for name, role in (("何立群", "decider"), ("王若溪", "buyer")):
            values = {"name": name, "company": shop.company.pk, "decision_role": role}
            create_record(object="contact", values=values, by=actor(shop.cast.rep))
        Contact.objects.filter(name="王若溪").update(
            last_touch_at=timezone.now() - timedelta(days=2), rhythm_days=3
        )
    return shop


def test_those_who_decide_come_first_and_say_how_often_we_talk(people: Shop):
    address = f"/companies/{people.company.pk}/panels/side/people/"
    page = client_for(people.cast.rep).get(address).content.decode()
    assert page.index("何立群") < page.index("王若溪") < page.index("李卓然")
    assert "决策者 · 还没接触过" in page
    assert "采购 · 每 3 天往来" in page
    assert page.count('class="t0"') == 2
    assert page.count('class="t3"') == 1
    assert "请王若溪引荐" in page


def test_stands_on_the_deal_too(people: Shop):
    address = f"/deals/{people.deal.pk}/panels/side/people/"
    page = client_for(people.cast.rep).get(address).content.decode()
    assert "何立群" in page
    assert f"next=/deals/{people.deal.pk}/" in page


@pytest.mark.parametrize("plural", ["companies", "deals"])
def test_nobody_else_comes_to_it(people: Shop, plural: str):
    record = people.company if plural == "companies" else people.deal
    address = f"/{plural}/{record.pk}/panels/side/people/"
    assert client_for(people.cast.stranger).get(address).status_code == 404
    assert client_for(people.cast.outsider).get(address).status_code == 404
