"""What htmx makes smooth also works as plain links and forms."""

from __future__ import annotations

import pytest

from guanxi.platform.events.models import Fact
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal
from tests.cast import client_for

pytestmark = pytest.mark.django_db


def stage_of(shop: Shop) -> int:
    with in_workspace(shop.cast.xishan.pk):
        return int(Deal.objects.get(pk=shop.deal.pk).stage_id)


def test_a_stage_on_the_deals_own_page_moves_it(shop: Shop):
    browser = client_for(shop.cast.rep)
    page = browser.get(f"/deals/{shop.deal.pk}/").content.decode()
    assert f'<button name="lane" value="{shop.stages[1].pk}">' in page
    assert f'<button name="lane" value="{shop.stages[0].pk}">' not in page
    sent = {"lane": shop.stages[1].pk, "version": shop.deal.version, "next": f"/deals/{shop.deal.pk}/"}
    answer = browser.post(f"/deals/{shop.deal.pk}/lane/", sent)
    assert (answer.status_code, answer["Location"]) == (302, f"/deals/{shop.deal.pk}/")
    assert stage_of(shop) == shop.stages[1].pk
    assert "/undo/" in browser.get(f"/deals/{shop.deal.pk}/").content.decode()
    elsewhere = sent | {"lane": shop.stages[0].pk, "version": "", "next": "https://evil.example/"}
    assert browser.post(f"/deals/{shop.deal.pk}/lane/", elsewhere)["Location"] == "/deals/board/"


def test_a_lost_stage_asks_why_on_a_page(shop: Shop):
    browser = client_for(shop.cast.rep)
    sent = {"lane": shop.stages[3].pk, "version": shop.deal.version, "next": f"/deals/{shop.deal.pk}/"}
    answer = browser.post(f"/deals/{shop.deal.pk}/lane/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<!doctype html>" in page
    assert 'name="lost_reason"' in page
    assert f'name="next" value="/deals/{shop.deal.pk}/"' in page
    browser.post(f"/deals/{shop.deal.pk}/lane/", sent | {"lost_reason": "price"})
    assert stage_of(shop) == shop.stages[3].pk


def test_a_stale_move_goes_back_and_changes_nothing(shop: Shop):
    browser = client_for(shop.cast.rep)
    address = f"/deals/{shop.deal.pk}/lane/"
    browser.post(address, {"lane": shop.stages[1].pk, "version": shop.deal.version})
    stale = browser.post(address, {"lane": shop.stages[2].pk, "version": shop.deal.version})
    assert stale.status_code == 302
    assert stage_of(shop) == shop.stages[1].pk


def test_who_may_not_change_it_reads_the_stages(shop: Shop):
    page = client_for(shop.cast.observer).get(f"/deals/{shop.deal.pk}/").content.decode()
    assert 'class="way"' in page
    assert 'name="lane" value' not in page


def test_chosen_rows_are_sent_by_plain_buttons(shop: Shop):
    browser = client_for(shop.cast.manager)
    page = browser.get("/deals/").content.decode()
    assert 'form="bulk"' in page
    assert 'formaction="/deals/bulk/assign/"' in page
    ids = {"id": [str(shop.deal.pk)]}
    asked = browser.post("/deals/bulk/assign/", ids).content.decode()
    assert f'name="id" value="{shop.deal.pk}"' in asked
    assert f'formaction="/deals/bulk/assign/?to={shop.cast.below.pk}"' in asked
    assert browser.post(f"/deals/bulk/assign/?to={shop.cast.below.pk}", ids).status_code == 303
    with in_workspace(shop.cast.xishan.pk):
        assert Deal.objects.get(pk=shop.deal.pk).owner_id == shop.cast.below.pk
        assert Fact.objects.filter(object="deal", record_id=shop.deal.pk).exists()


def test_the_navigation_remembers_table_or_board(shop: Shop):
    browser = client_for(shop.cast.rep)
    assert 'href="/deals/?layout=last"' in browser.get("/contacts/").content.decode()
    assert browser.get("/deals/?layout=last")["Location"] == "/deals/board/"
    browser.get("/deals/")
    assert browser.get("/deals/?layout=last")["Location"] == "/deals/"
    browser.get("/deals/board/")
    assert browser.get("/deals/?layout=last")["Location"] == "/deals/board/"
    assert "layout" not in browser.get("/contacts/").cookies


def test_a_record_form_that_came_too_late_is_shown_in_the_words_of_its_fields(shop: Shop):
    from guanxi.platform.identity.models import Session

    browser = client_for(shop.cast.rep)
    Session.objects.all().delete()
    browser.post(
        f"/deals/{shop.deal.pk}/edit/",
        {"version": "3", "name": "WQ-300", "amount": "12", "amount-currency": "CNY", "lost_reason": "price"},
    )
    browser.force_login(shop.cast.rep.user)
    page = browser.get("/sign-in/kept/").content.decode()
    for words in ("商机名称", "WQ-300", "12 CNY", "价格"):
        assert words in page
    assert "<dt>version" not in page
