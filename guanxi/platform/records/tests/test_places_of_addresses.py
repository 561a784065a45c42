"""An address of a workspace's own says where records are: on the map, in filters, in counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from guanxi.api.tests.test_rest import Program
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Context
from guanxi.platform.metadata.pools import veiled_field
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
PLACES: tuple[Any, ...] = (
    {"country": "CN", "province": "浙江", "city": "杭州", "district": "余杭区", "street": "文一西路 969"},
    "浙江省宁波市鄞州区钱湖北路 1 号",
    {"country": "CN", "province": "广东省", "city": "深圳市"},
    {"country": "JP", "city": "Osaka"},
    None,
)


@pytest.fixture
def machines(cast: Cast) -> Cast:
    """Machines at a site of theirs; the depot of all is in Jiangsu."""
    admin, rep = actor(cast.admin), actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        add_object(label="Machine", plural_label="Machines", by=admin)
        for name, label in (("site", "Site"), ("depot", "Depot")):
            add_field(object="machine", type="address", label=label, name=name, by=admin)
        add_field(object="company", type="address", label="Yard", name="yard", by=admin)
        firm = create_record(object="company", values={"name": "青禾水务", "yard": PLACES[0]}, by=rep)
        settings = {"to": "company"}
        add_field(object="machine", type="link", label="Firm", name="firm", settings=settings, by=admin)
        for at, place in enumerate(PLACES):
            values = {"name": f"WQ-{at}", "site": place, "depot": {"country": "CN", "province": "江苏省"}}
            create_record(object="machine", values={**values, "firm": None if at else firm.pk}, by=rep)
    return cast


def page_of(cast: Cast, address: str) -> str:
    answer = client_for(cast.rep).get(address)
    assert answer.status_code == 200, answer.content[:500]
    return unescape(answer.content.decode())


def tiles_of(page: str) -> dict[str, tuple[str, str]]:
    """Label → how many, and the list of them."""
    found = re.findall(r'href="([^"]+)"[^>]*>\s*<span[^>]*>([^<]+)</span><b class="num">(\d+)</b>', page)
    return {label: (count, href) for href, label, count in found}


def test_a_map_is_drawn_by_an_address(machines: Cast):
    page = page_of(machines, "/machines/?layout=map")
    tiles = tiles_of(page)
    assert {label: count for label, (count, _href) in tiles.items()} == {"浙江": "2", "广东": "1"}
    assert page_of(machines, tiles["浙江"][1]).count('<tr id="row-') == 2
    others = dict(re.findall(r'href="([^"]+)"[^>]*>\s*(?:<[^>]+>)*(日本|没有地点)', page))
    assert {label: page_of(machines, href).count('<tr id="row-') for href, label in others.items()} == {
        "日本": 1, "没有地点": 1,
    }  # fmt: skip
    depots = tiles_of(page_of(machines, "/machines/?layout=map&by=depot"))
    assert {label: count for label, (count, _href) in depots.items()} == {"江苏": "5"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("site.province = 浙江省", "01"),
        ("site.province is empty", "34"),
        ("site.city starts 深圳", "2"),
        ("not (site.country = CN)", "134"),
        ("site.district contains 余杭 or depot.province = 上海市", "0"),
        ("firm.yard.city = 杭州市", "0"),
    ],
)
def test_a_part_of_an_address_is_asked_for(machines: Cast, asked: str, found: str):
    rep = Program(machines.rep, ["*:read"])
    answer = rep("GET", f"/machines?fields=name&sort=name&filter={asked}")
    assert answer.status_code == 200, answer.content
    assert [one["name"] for one in answer.json()["data"]] == [f"WQ-{at}" for at in found]


def test_records_are_counted_by_parts_of_an_address(machines: Cast):
    rep = Program(machines.rep, ["*:read"])
    answer = rep("GET", "/machines/summary?group=site.country,site.province").json()["data"]
    counts = {(one["group"]["site.country"], one["group"]["site.province"]): one["count"] for one in answer}
    assert counts == {
        ("CN", "浙江省"): 1, (None, "浙江省"): 1, ("CN", "广东省"): 1, ("JP", None): 1, (None, None): 1,
    }  # fmt: skip
    for wrong in ("site.street", "site.nothing", "name.city", "site.city.x"):
        assert rep("GET", f"/machines/summary?group={wrong}").status_code == 400, wrong
        assert rep("GET", f"/machines?filter={wrong} = x").status_code == 400, wrong


def test_the_chip_and_the_tree_name_it(machines: Cast):
    page = page_of(machines, "/machines/?filter=site.city = 杭州市&tree=1")
    assert "Site · 城市" in page
    assert 'value="depot.district"' in page
    added = client_for(machines.rep).get(
        "/machines/?f-field=site.province&f-op=is&f-value=浙江省&tree=1", follow=True
    )
    assert added.content.decode().count('<tr id="row-') == 2


@pytest.mark.parametrize("right", ["hidden", "masked1", "masked3"])
def test_who_may_not_read_the_address_asks_for_no_part_of_it(machines: Cast, right: str):
    grants = {"see": "all", "edit": "all", "verbs": ["*"]}
    give_role(machines.rep, {"*": grants, "machine": {"fields": {"site": right, "depot": right}}})
    rep = Program(machines.rep, ["*:read"])
    assert rep("GET", "/machines?filter=site.province = 浙江省").status_code == 400
    assert rep("GET", "/machines/summary?group=site.province").status_code == 400
    page = client_for(machines.rep).get("/machines/?layout=map&by=site").content.decode()
    assert 'class="num">2</b>' not in page
    assert "layout=map" not in page
    assert 'value="site.province"' not in client_for(machines.rep).get("/machines/?tree=1").content.decode()


def test_in_a_blind_pool_a_district_finds_nothing(machines: Cast):
    with in_workspace(machines.xishan.pk):
        site = veiled_field(registry.get("machine")["site"], (7,))
        context = Context(machines.xishan.pk, datetime(2026, 11, 24, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
        asked = {
            name: part.condition("is", "x", alias="r", context=context, vendor=connection.vendor)
            for name in ("city", "district")
            if (part := site.part(name))
        }
    assert "pool_id" not in asked["city"].text  # which everybody reads there
    assert asked["district"].params == ("x", 7)
