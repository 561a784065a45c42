"""A form makes what its search field names and nobody has yet: with the record, or not at all."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from guanxi.people.companies.models import Company
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.pages.making import may_make
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal
from tests.cast import actor, client_for, give_role

pytestmark = pytest.mark.django_db
NEW = {"company": "", "company-text": "甲乙机械", "company-was": "", "company-new": "甲乙机械"}


def sent(shop: Shop, **more: str) -> dict[str, Any]:
    return {"name": "TB-10", "stage": str(shop.stages[0].pk), **NEW, **more}


def companies() -> list[str]:
    return list(Company.objects.filter(name__contains="甲乙").order_by("id").values_list("name", flat=True))


def test_a_deal_is_saved_with_a_company_that_was_not_there(shop: Shop):
    browser = client_for(shop.cast.rep)
    offered = unescape(browser.get("/deals/new/").content.decode())
    assert 'data-create="新建公司“{q}”"' in offered
    assert browser.post("/deals/new/", sent(shop)).status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        [company] = Company.objects.filter(name="甲乙机械")
        assert Deal.objects.filter(company_id=company.pk, name="TB-10").count() == 1
        assert company.owner_id == shop.cast.rep.pk
    again = browser.post("/deals/new/", sent(shop, name="TB-20"))
    assert again.status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        assert companies() == ["甲乙机械"], "who is there by that name is meant"
        deal = Deal.objects.get(name="TB-20")
        assert deal.company_id == company.pk
    renamed = {**sent(shop), "company-text": "甲乙二厂", "company-new": "甲乙二厂", "version": ""}
    assert browser.post(f"/deals/{deal.pk}/edit/", renamed).status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        assert companies() == ["甲乙机械", "甲乙二厂"]


def test_a_form_that_is_refused_makes_nothing_and_keeps_what_was_chosen(shop: Shop):
    browser = client_for(shop.cast.rep)
    answer = browser.post("/deals/new/", sent(shop, name=""))
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert 'name="company-new" value="甲乙机械"' in page
    assert "新建公司“甲乙机械”" in page
    typed_on = browser.post("/deals/new/", {**sent(shop), "company-text": "甲乙机械二厂"})
    assert typed_on.status_code == 422, "what was chosen is not what stands there now"
    long = "甲" * 5000
    refused = browser.post("/deals/new/", {**sent(shop), "company-text": long, "company-new": long})
    assert refused.status_code == 422
    with in_workspace(shop.cast.xishan.pk):
        assert companies() == []
        assert not Deal.objects.exclude(pk=shop.deal.pk).exists()


def test_who_may_not_make_companies_is_not_offered_and_makes_none(shop: Shop):
    everything = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(shop.cast.rep, {"*": everything, "company": {"verbs": [], "see": "all"}})
    browser = client_for(shop.cast.rep)
    page = unescape(browser.get("/deals/new/").content.decode())
    assert "新建公司" not in page
    assert browser.post("/deals/new/", sent(shop)).status_code == 422
    with in_workspace(shop.cast.xishan.pk):
        assert companies() == []
        assert not may_make(registry.get("company"), actor(shop.cast.observer))


def test_what_needs_more_than_a_name_is_not_offered(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        by = actor(shop.cast.admin)
        assert may_make(registry.get("company"), by)
        add_field(object="company", type="text", label="Tier", name="tier", required=True, by=by)
        assert not may_make(registry.get("company"), by)
