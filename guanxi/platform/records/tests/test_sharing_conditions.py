"""The condition of a sharing rule is put together as a filter is, and lands in the rule's form."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from guanxi.platform.records.tests.pages import Shop, shop
from tests.cast import client_for

__all__ = ["shop"]

pytestmark = pytest.mark.django_db
PLACE = "/settings/sharing/condition/companies/"


def test_a_condition_is_built_counted_and_used(shop: Shop):
    admin = client_for(shop.cast.admin)
    page = admin.get("/settings/sharing/").content.decode()
    assert PLACE in page
    page = admin.get(PLACE, {"add": "industry", "into": "", "tree": "1"}).content.decode()
    assert 'name="f-value"' in page
    sent = {
        "f-field": "industry",
        "f-op": "is",
        "f-value": "food",
        "f-how": "into",
        "f-path": "",
        "tree": "1",
    }
    answer = admin.get(PLACE, sent)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer["Location"]).query)["filter"] == ["industry = food"]
    page = admin.get(answer["Location"]).content.decode()
    assert "industry = food" in page
    used = re.search(r'href="(/settings/sharing/\?[^"]*object=company[^"]*)"', page)
    assert used is not None
    form = admin.get(unescape(used[1])).content.decode()
    assert "industry = food</textarea>" in form
    assert admin.get(PLACE, {"filter": "nothing = 1"}).status_code == 422


def test_only_administrators_build_conditions(shop: Shop):
    assert client_for(shop.cast.rep).get(PLACE).status_code == 403
    assert client_for(shop.cast.outsider).get(PLACE, {"filter": "name contains 禾木"}).status_code == 200
    outside = client_for(shop.cast.outsider).get(PLACE, {"filter": "name contains 禾木"}).content.decode()
    assert "/settings/sharing/?filter=" in outside
    assert ">1 " not in outside.split("filter-tree")[-1]
