from __future__ import annotations

import re

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import client_for

pytestmark = pytest.mark.django_db

COMPANY = registry.get("company")


def once_of(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_form_that_is_sent_twice_makes_one_record(shop: Shop):
    browser = client_for(shop.cast.rep)
    once = once_of(browser.get("/companies/new/").content.decode())
    wrong = browser.post("/companies/new/", {"name": "", "once": once})
    assert once_of(wrong.content.decode()) == once
    sent = {"name": "Once", "once": once}
    first, second = browser.post("/companies/new/", sent), browser.post("/companies/new/", sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    with in_workspace(shop.cast.xishan.pk):
        assert COMPANY.rows().filter(name="Once").count() == 1
    assert once_of(browser.get("/companies/new/").content.decode()) != once


def test_a_key_is_its_members_own_and_for_one_kind_of_record(shop: Shop):
    once = once_of(client_for(shop.cast.rep).get("/companies/new/").content.decode())
    for who, path in (
        (shop.cast.stranger, "/companies/new/"),
        (shop.cast.outsider, "/companies/new/"),
        (shop.cast.rep, "/contacts/new/"),
        (shop.cast.rep, "/companies/new/"),
    ):
        assert client_for(who).post(path, {"name": "Twice", "once": once, "anyway": "1"}).status_code == 302
    for forged in ("7", f"{once}x", "7:company:1:1"):
        answer = client_for(shop.cast.rep).post(
            "/companies/new/", {"name": f"N {forged}", "once": forged, "anyway": "1"}
        )
        assert answer.status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        assert COMPANY.rows().filter(name="Twice").count() == 2
        assert COMPANY.rows().filter(name__startswith="N ").count() == 3
