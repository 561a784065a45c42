"""Settings › Tags through the door: who adds, who renames, what an archived tag leaves behind."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.people.companies.models import Company
from guanxi.platform.records.models import Tag
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import client_for

pytestmark = pytest.mark.django_db


def test_added_renamed_coloured_and_archived(shop: Shop):
    admin = client_for(shop.cast.admin)
    assert (
        client_for(shop.cast.rep).post("/settings/tags/", {"name": "VIP", "tone": "rouge"}).status_code == 302
    )
    assert client_for(shop.cast.rep).post("/settings/tags/", {"name": "vip"}).status_code == 422
    here = f"/settings/tags/{shop.tag.pk}/"
    assert admin.post(here, {"name": "食品", "tone": "ochre"}).status_code == 302
    assert admin.post(here, {"name": "VIP", "tone": "ochre"}).status_code == 422
    assert admin.post(here, {"name": "食品", "tone": "plaid"}).status_code == 422
    assert admin.post(f"{here}archive/").status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        tag = Tag.objects.get(pk=shop.tag.pk)
        assert (tag.name, tag.tone) == ("食品", "ochre")
        assert tag.archived_at is not None
        assert Company.objects.get(pk=shop.company.pk).tags == [tag.pk]
    admin.post("/settings/tags/", {"name": "食品", "tone": "malachite"})
    with in_workspace(shop.cast.xishan.pk):
        assert Tag.objects.get(pk=shop.tag.pk).archived_at is None


def test_shut_for_who_may_not(shop: Shop):
    here = f"/settings/tags/{shop.tag.pk}/"
    assert client_for(shop.cast.observer).post("/settings/tags/", {"name": "x"}).status_code == 403
    assert client_for(shop.cast.rep).post(here, {"name": "x", "tone": "ochre"}).status_code == 403
    assert client_for(shop.cast.outsider).post(here, {"name": "x", "tone": "ochre"}).status_code == 404
    assert "食品饮料" not in client_for(shop.cast.outsider).get("/settings/tags/").content.decode()


def test_how_many_carry_a_tag_is_told_to_administrators_only(shop: Shop):
    """The count is over all records, also those that the others can't see."""
    assert "用在" in client_for(shop.cast.admin).get("/settings/tags/").content.decode()
    assert "用在" not in client_for(shop.cast.rep).get("/settings/tags/").content.decode()


def test_over_the_api(shop: Shop):
    everything = ["*:read", "*:write"]
    admin, rep = Program(shop.cast.admin, everything), Program(shop.cast.rep, everything)
    made = rep("POST", "/tags", {"name": "VIP", "tone": "rouge"})
    assert (made.status_code, made.json()["tone"]) == (201, "rouge")
    assert rep("POST", "/tags", {"name": "vip"}).status_code == 422
    here = f"/tags/{made.json()['id']}"
    put = rep("PATCH", f"/companies/{shop.company.pk}", {"tags": [made.json()["id"]]})
    assert [one["title"] for one in put.json()["tags"]] == ["VIP"]
    for member, scopes in (
        (shop.cast.rep, everything), (shop.cast.stranger, everything), (shop.cast.admin, ["*:read"]),
    ):  # fmt: skip
        assert Program(member, scopes)("PATCH", here, {"name": "x"}).status_code == 403
        assert Program(member, scopes)("DELETE", here).status_code == 403
    outsider = Program(shop.cast.outsider, everything)
    assert made.json()["id"] not in {one["id"] for one in outsider("GET", "/tags").json()["data"]}
    assert {outsider("GET", here).status_code, outsider("PATCH", here, {"name": "x"}).status_code} == {404}
    assert outsider("DELETE", here).status_code == 404
    assert admin("PATCH", here, {"name": "Very"}).json()["tone"] == "rouge"
    assert admin("PATCH", here, {"tone": "plaid"}).status_code == 422
    assert admin("DELETE", here).status_code == 204
    assert here.split("/")[2] not in {one["id"] for one in rep("GET", "/tags").json()["data"]}
    assert here.split("/")[2] in {one["id"] for one in rep("GET", "/tags?archived=true").json()["data"]}
    assert Program(shop.cast.rep, ["contact:read"])("GET", "/tags").status_code == 403
