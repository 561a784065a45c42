"""Groups, boards by any choice, calendar, gallery and map of a list, through its door."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guanxi.people.companies.models import Company
from guanxi.platform.i18n.addresses import country_code
from guanxi.platform.i18n.provinces import PLACES, place_named
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.grouping import grouping_of, groups_of, within
from guanxi.platform.records.listing import ListQuery, count_records
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def page_of(shop: Shop, who: str, address: str, **headers: str) -> str:
    answer = client_for(getattr(shop.cast, who)).get(address, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return unescape(answer.content.decode())


def groups_on(page: str) -> dict[str, str]:
    """Label → count of every group of a page."""
    heads = re.findall(r'<tr class="group">.*?</th>', page, re.S)
    return {
        re.sub(r"<[^>]+>", "", re.search(r'(?:<b>|<span class="dot"[^>]*>)(.*?)</', one)[1]): re.search(  # type: ignore[index]
            r'class="count">(.*?)<', one
        )[1]
        for one in heads
    }


@pytest.fixture
def companies(shop: Shop) -> Shop:
    places = [("浙江省", "杭州"), ("浙江", "宁波"), ("廣東省", "深圳"), (None, None)]
    with in_workspace(shop.cast.xishan.pk):
        for number in range(24):
            province, city = places[number % 4]
            point = {"country": "CN", "province": province, "city": city}
            create_record(
                object="company",
                values={
                    "name": f"公司 {number:02}",
                    "industry": "water" if number % 3 else "pharma",
                    "addresses": [{key: part for key, part in point.items() if part}] if province else [],
                    "next_step": "call",
                    "next_step_on": date(2026, 11, 1 + number % 6),
                },
                by=actor(shop.cast.rep),
            )
    return shop


def test_groups_count_what_the_member_may_see_and_page_by_themselves(companies: Shop):
    page = page_of(companies, "rep", "/companies/?by=industry")
    counts = {re.sub(r"\s", "", label): int(count) for label, count in groups_on(page).items()}
    assert sorted(counts.values()) == [1, 8, 16]
    assert page.count('<tr id="row-') == 1 + 8 + 10
    assert "北辰制药" not in page
    more = page.split('class="more" hx-get="')[1].split('"')[0]
    rest = page_of(companies, "rep", more, **FRAGMENT)
    assert rest.count('<tr id="row-') == 6
    assert "<tbody" not in rest
    folded = page.split('class="fold" href="')[1].split('"')[0]
    piece = page_of(companies, "rep", folded, **FRAGMENT, **{"HX-Target": "group-1"})
    assert piece.lstrip().startswith("<tbody")
    assert 'aria-expanded="false"' in piece
    assert '<tr id="row-' not in piece
    assert groups_on(page_of(companies, "outsider", "/companies/?by=industry")) == {}
    asked = client_for(companies.cast.stranger).get(
        "/companies/?by=industry&in==water", headers={**FRAGMENT, "HX-Target": "x"}
    )
    assert asked.status_code == 404


def test_by_tags_a_row_is_in_the_group_of_each(companies: Shop):
    with in_workspace(companies.cast.xishan.pk):
        admin, rep = actor(companies.cast.admin), actor(companies.cast.rep)
        fair, key = (add_tag(name=name, by=admin) for name in ("展会", "老客"))
        add_field(
            object="company", type="choices", label="Lines", name="lines", by=admin,
            settings={"options": ["Pumps", "Valves"]},
        )  # fmt: skip
        rows = Company.objects.filter(name__startswith="公司 0").order_by("name")[:3]
        for company, tags, lines in zip(
            rows, ([fair, key], [key], []), (["pumps"], ["valves", "pumps"], []), strict=True
        ):
            values = {"tags": [str(one.pk) for one in tags], "lines": lines}
            change_record(company, values, by=rep)
        query = ListQuery(obj=registry.get("company"), columns=("name",))
        tagged = {"展会": 1, "老客": 2, "食品饮料": 1}
        for name, wanted, some in (("tags", tagged, 3), ("lines", {"Pumps": 2, "Valves": 1}, 2)):
            grouping = grouping_of(query.obj, name)
            assert grouping is not None
            found = groups_of(query, grouping, by=rep)
            assert {one.label: one.figures.count for one in found.heads[:-1]} == wanted
            assert found.heads[-1].figures.count == count_records(query, by=rep) - some, "without any"
            for one in found.heads:
                assert count_records(within(query, grouping, one.key), by=rep) == one.figures.count
    page = page_of(companies, "rep", "/companies/?by=tags")
    assert {"展会", "老客"} <= {re.sub(r"\s", "", one) for one in groups_on(page)}
    assert groups_on(page_of(companies, "outsider", "/companies/?by=tags")) == {}


def test_every_group_has_exactly_its_rows(companies: Shop):
    """Whatever a list is grouped by: the counts add up, and each group's own list has as many."""
    with in_workspace(companies.cast.xishan.pk):
        for who in ("rep", "manager", "stranger", "admin"):
            by = actor(getattr(companies.cast, who))
            obj = registry.get("company")
            query = ListQuery(obj=obj, columns=("name",))
            whole = count_records(query, by=by)
            for text in (
                "industry", "owner", "team", "province", "parent", "next_step_on:day", "next_step_on:week",
                "created_at:month", "created_at:quarter", "updated_at:day", "next_step_on:year",
            ):  # fmt: skip
                grouping = grouping_of(obj, text)
                if grouping is None:
                    assert text == "parent"
                    continue
                groups = groups_of(query, grouping, by=by)
                assert sum(one.figures.count for one in groups.heads) == whole, (who, text)
                for one in groups.heads:
                    inside = within(query, grouping, one.key, groups)
                    assert count_records(inside, by=by) == one.figures.count, (who, text, one.key)


def test_what_a_link_hides_is_one_group(companies: Shop):
    with in_workspace(companies.cast.xishan.pk):
        by = actor(companies.cast.stranger)
        for name in ("a", "b"):
            rows = [{"name": name, "company": companies.company.pk, "stage": companies.stages[0].pk}]
            create_record(object="deal", values=rows[0], by=actor(companies.cast.admin))
        Deal.objects.update(owner_id=companies.cast.stranger.pk, team_id=companies.cast.stranger.team_id)
        query = ListQuery(obj=registry.get("deal"), columns=("name",))
        grouping = grouping_of(query.obj, "company")
        assert grouping
        (head,) = groups_of(query, grouping, by=by).heads
        assert (head.key, head.figures.count) == ("!", 3)
    page = page_of(companies, "stranger", "/deals/?by=company")
    assert "禾木食品" not in page
    assert list(groups_on(page).values()) == ["3"]


def test_moments_are_grouped_by_the_day_where_the_member_is(companies: Shop):
    with in_workspace(companies.cast.xishan.pk):
        late = datetime(2026, 3, 31, 17, 30, tzinfo=UTC)  # half past one of the first of April in Shanghai
        Company.objects.filter(pk=companies.company.pk).update(created_at=late)
        query = ListQuery(obj=registry.get("company"), columns=("name",))
        grouping = grouping_of(query.obj, "created_at:month")
        assert grouping
        heads = groups_of(query, grouping, by=actor(companies.cast.rep)).heads
    assert next(one.key for one in heads) == "=2026-04"


def test_a_grouped_page_takes_few_queries(companies: Shop):
    browser = client_for(companies.cast.rep)
    browser.get("/companies/?by=industry")
    with CaptureQueriesContext(connection) as asked:
        assert browser.get("/companies/?by=industry").status_code == 200
    assert len(asked) <= 10, [one["sql"][:120] for one in asked]


def test_board_by_any_choice_of_shipped_and_own_objects(companies: Shop):
    cast = companies.cast
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        add_object(name="pump", label={"en": "Pump"}, plural="pumps", plural_label={"en": "Pumps"}, by=admin)
        options = [{"value": "up", "label": {"en": "Up"}}, {"value": "down", "label": {"en": "Down"}}]
        add_field(
            object="pump",
            name="state",
            type="choice",
            label={"en": "State"},
            settings={"options": options},
            by=admin,
        )
        pump = create_record(object="pump", values={"name": "P 1", "state": "up"}, by=admin)
    page = page_of(companies, "rep", "/companies/board/?by=role")
    assert 'data-lane="supplier"' in page
    assert "/lane/?by=role" in page
    moved = client_for(cast.rep).post(
        f"/companies/{companies.company.pk}/lane/?by=role", {"lane": "supplier"}, headers=FRAGMENT
    )
    assert moved.status_code == 200
    other = client_for(cast.stranger).post(
        f"/companies/{companies.company.pk}/lane/?by=role", {"lane": "partner"}, headers=FRAGMENT
    )
    assert other.status_code == 404
    with in_workspace(cast.xishan.pk):
        assert Company.objects.get(pk=companies.company.pk).role == "supplier"
    browser = client_for(cast.admin)
    assert "P 1" in browser.get("/pumps/board/?by=state").content.decode()
    done = browser.post(f"/pumps/{pump.pk}/lane/?by=state", {"lane": "down"}, headers=FRAGMENT)
    assert done.status_code == 200
    assert browser.get("/companies/board/?by=name").status_code == 404


def test_calendar_by_any_day_and_another_day_by_dropping(companies: Shop):
    address = "/companies/?layout=calendar&by=next_step_on&at=2026-11-15"
    page = page_of(companies, "rep", address)
    day = page.split('id="day-2026-11-01"')[1].split("</td>")[0]
    assert day.count("data-move=") == 4
    assert "北辰制药" not in page
    url = day.split('data-move="')[1].split('"')[0]
    record = int(url.split("/")[2])
    assert client_for(companies.cast.stranger).post(url, {"day": "2026-11-20"}).status_code == 404
    assert client_for(companies.cast.outsider).post(url, {"day": "2026-11-20"}).status_code == 404
    assert client_for(companies.cast.observer).post(url, {"day": "2026-11-20"}).status_code == 403
    rep = client_for(companies.cast.rep)
    answer = rep.post(url, {"day": "2026-11-20"}, headers=FRAGMENT)
    assert answer.status_code == 204
    assert "changed:company" in answer["HX-Trigger"]
    with in_workspace(companies.cast.xishan.pk):
        assert Company.objects.get(pk=record).next_step_on == date(2026, 11, 20)
    assert rep.post(f"/companies/{record}/day/?by=created_at", {"day": "2026-11-20"}).status_code == 404
    week = page_of(companies, "rep", f"{address}&span=week")
    assert week.count("<td id=") == 7


def test_gallery_pages_and_map_counts_by_province(companies: Shop):
    with in_workspace(companies.cast.xishan.pk):
        rows = [
            {"name": f"x{one}", "owner": companies.cast.rep.pk, "team": companies.cast.rep.team_id}
            for one in range(40)
        ]
        create_records(object="company", rows=rows, by=actor(companies.cast.rep))
    gallery = page_of(companies, "rep", "/companies/?layout=gallery")
    cards = re.findall(r'id="card-(\d+)"', gallery)
    while 'class="more" hx-get="' in gallery:
        more = gallery.split('class="more" hx-get="')[1].split('"')[0]
        gallery = page_of(companies, "rep", more, **FRAGMENT)
        cards += re.findall(r'id="card-(\d+)"', gallery)
    assert len(cards) == len(set(cards)) == 65
    page = page_of(companies, "rep", "/companies/?layout=map")
    tile = page.split("浙江</span>")[1]
    assert tile.startswith('<b class="num">12</b>')
    href = page.split("浙江</span>")[0].rsplit('href="', 1)[1].split('"')[0]
    listed = page_of(companies, "rep", href)
    assert listed.count('<tr id="row-') == 12
    assert "Without a place" in page or "没有地点" in page
    assert page_of(companies, "outsider", "/companies/?layout=map").count("<b class=") == 0


def test_a_country_is_one_however_it_is_written(companies: Shop):
    with in_workspace(companies.cast.xishan.pk):
        for written in ("Japan", "日本", "JP", "Nowhere"):
            values = {"name": f"In {written}", "addresses": [{"country": written, "city": "Osaka"}]}
            create_record(object="company", values=values, by=actor(companies.cast.rep))
    page = page_of(companies, "rep", "/companies/?layout=map")
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>\s*(?:<[^>]+>)*(日本|Japan|JP|Nowhere)', page)
    assert len(found) == 2
    counts = {name: page_of(companies, "rep", href).count('<tr id="row-') for href, name in found}
    assert counts == {"日本": 3, "Nowhere": 1}
    assert [country_code(one) for one in ("中国", "China", "cn", "中國", "Osaka", "")] == ["CN"] * 4 + [
        "",
        "",
    ]


def test_provinces_are_found_as_people_write_them():
    for text in ("浙江", "浙江省", "Zhejiang", "zhejiang province"):
        assert str(place_named(text).label.everywhere()["en"]) == "Zhejiang"  # type: ignore[union-attr]
    assert place_named("廣東省") is place_named("广东") is not None
    assert place_named("内蒙古自治区").label.everywhere()["en"] == "Inner Mongolia"  # type: ignore[union-attr]
    assert place_named("California") is None
    assert len({(one.column, one.row) for one in PLACES}) == len(PLACES) == 34


def test_several_sort_keys_by_the_form(companies: Shop):
    sent: dict[str, Any] = {"key-1": "industry", "way-1": "down", "key-2": "name", "way-2": "up", "key-3": ""}
    answer = client_for(companies.cast.rep).get("/companies/", sent)
    assert answer.status_code == 302
    assert "sort=-industry,name" in answer["Location"]
