"""The page of a record through its doors: who finds it, what stands on it, how its past is taken back."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.people.companies.models import Company
from guanxi.platform.events.models import Fact
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import change_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db


def doors(shop: Shop) -> list[str]:
    here = f"/companies/{shop.company.pk}/"
    return [here, f"{here}peek/", f"{here}changes/", f"{here}contacts/", f"{here}deals/"]


def test_every_door_is_shut_for_who_may_not_see_it(shop: Shop):
    for address in doors(shop):
        assert client_for(shop.cast.rep).get(address).status_code == 200, address
        assert client_for(shop.cast.observer).get(address).status_code == 200, address
        assert client_for(shop.cast.stranger).get(address).status_code == 404, address
        assert client_for(shop.cast.outsider).get(address).status_code == 404, address


def test_shows_fields_links_and_what_links_here(shop: Shop):
    browser = client_for(shop.cast.rep)
    page = browser.get(f"/companies/{shop.company.pk}/contacts/").content.decode()
    assert 'href="tel:+8657188204410"' in page
    assert "李卓然" in page
    assert f'data-edit="/companies/{shop.company.pk}/fields/industry/"' in page
    assert f"/contacts/new/?company={shop.company.pk}" in page
    deals = browser.get(
        f"/companies/{shop.company.pk}/deals/", headers={"HX-Request": "true", "HX-Target": "rec-main"}
    )
    assert "WQ-200" in deals.content.decode()
    assert "<html" not in deals.content.decode()
    assert browser.get(f"/companies/{shop.company.pk}/unicorns/").status_code == 404
    assert (
        "data-edit"
        not in client_for(shop.cast.observer).get(f"/companies/{shop.company.pk}/").content.decode()
    )


def test_costs_few_queries(shop: Shop):
    browser = client_for(shop.cast.rep)
    address = f"/companies/{shop.company.pk}/contacts/"
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        browser.get(address)
    # Two more on PostgreSQL: a transaction begins and names its workspace.
    assert len(asked) <= 14 + 2, [one["sql"][:120] for one in asked]


def test_changes_are_told_and_taken_back(shop: Shop):
    browser = client_for(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        company = change_record(
            shop.company, {"industry": "dairy", "role": "customer"}, by=actor(shop.cast.rep)
        )
        fact = Fact.objects.get(pk=company.last_fact_id)
    page = browser.get(f"/companies/{company.pk}/changes/").content.decode()
    assert "<del>food</del>" in page
    assert "<ins>dairy</ins>" in page
    assert f"/undo/{fact.pk}/" in page
    for who in ("stranger", "outsider"):
        assert client_for(getattr(shop.cast, who)).post(f"/undo/{fact.pk}/").status_code == 404
    assert client_for(shop.cast.observer).post(f"/undo/{fact.pk}/").status_code == 403
    assert browser.post(f"/undo/{fact.pk}/").status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        assert Company.objects.get(pk=company.pk).industry == "food"
    again = browser.post(f"/undo/{fact.pk}/", headers={"HX-Request": "true"})
    assert again.status_code == 409


def test_archive_and_restore(shop: Shop):
    browser = client_for(shop.cast.rep)
    here = f"/companies/{shop.company.pk}/"
    for who, status in (("stranger", 404), ("outsider", 404), ("observer", 403)):
        assert client_for(getattr(shop.cast, who)).post(f"{here}archive/").status_code == status
    assert browser.post(f"{here}archive/").status_code == 302
    assert "禾木食品" in browser.get("/companies/?archived=1").content.decode()
    archived = browser.get(here).content.decode()
    assert f'action="{here}restore/"' in archived
    browser.post(f"{here}restore/")
    with in_workspace(shop.cast.xishan.pk):
        assert Company.objects.get(pk=shop.company.pk).archived_at is None
