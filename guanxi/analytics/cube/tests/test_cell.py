"""The menu of a cell: it says what the table says, and nobody learns from it what they may not see."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Stage
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
CELL = "/analytics/cube/cell/"
QUERY = "object=company&rows=industry&columns=next_step_on%3Ayear&measures=count&measures=sum%3Aemployees"
OF_WATER: dict[str, Any] = {"row": 'industry = "水务"', "depth": 1}


@pytest.fixture
def firms(cast: Cast, fed: Callable[[], int]) -> None:
    """Seven: of the rep three with water, of the stranger one, and three others."""
    with in_workspace(cast.xishan.pk):
        for member, industry, count in (
            (cast.rep, "水务", 3),
            (cast.stranger, "水务", 1),
            (cast.rep, "电力", 3),
        ):
            for number in range(count):
                values = {"name": f"{industry} {member.pk} {number}", "industry": industry, "employees": 10}
                create_record(
                    object="company",
                    values=values | {"next_step_on": f"202{5 + number % 2}-05-04"},
                    by=actor(member),
                )
        fed()


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "&compare=yoy&date=next_step_on"])
def test_each_cell_says_what_the_table_says(cast: Cast, firms: None, more: str):
    admin = client_for(cast.admin)
    table = _table(admin, QUERY + more)
    assert [text for _asked, text in table][:2] == ["3", "30"]
    assert len([text for _asked, text in table if text]) > 12
    for asked, text in table:
        if text:
            said = _words(_menu(admin, cube=QUERY + more, **asked).split("</p>")[0])
            assert said.split("·")[-1] == text, asked


def test_a_cell_leads_to_its_parts_and_its_records(cast: Cast, firms: None):
    admin = client_for(cast.admin)
    asked, text = _table(admin, QUERY)[3]
    links = _links(_menu(admin, **asked))
    for part in ("rows=owner", "rows=next_step_on%3Aquarter"):
        assert _total(admin, next(href for href in links if part in href.split("&"))) == text
    listed = next(href for href in links if href.startswith("/companies/"))
    assert len(set(re.findall(r'href="/companies/(\d+)/"', admin.get(listed).content.decode()))) == 1


def test_a_row_is_kept_alone_or_left_out(cast: Cast, firms: None):
    admin = client_for(cast.admin)
    links = _links(_menu(admin, **OF_WATER))
    kept, left = (one for one in links if "columns=" in one)
    assert _total(admin, kept) == "40"
    assert _total(admin, left) == "30"


def test_the_records_are_those_that_the_metric_counts(cast: Cast, fed: Callable[[], int]):
    """Of a metric with a condition: not those that are only in the same row."""
    with in_workspace(cast.xishan.pk):
        stage = Stage.objects.filter(kind="open")[0]
        create_record(object="deal", values={"name": "open", "stage": stage.pk}, by=actor(cast.admin))
    fed()
    html = _menu(client_for(cast.admin), cube="object=deal&rows=owner&measures=metric:won_deals")
    assert [href for href in _links(html) if href.startswith("/deals/") and "won" in href]
    records = next(one for one in html.split("<a") if 'href="/deals/' in one)
    assert _words(f"<a{records}") == "查看这0条记录R"


def test_each_sees_their_own_figures_in_a_cell(cast: Cast, firms: None):
    for member, total in ((cast.admin, "4"), (cast.rep, "3"), (cast.outsider, "0?")):
        html = _menu(client_for(member), **OF_WATER)
        assert re.search(rf"</b> · {total}<", html), member
    assert "水务" not in re.sub(r'href="[^"]*"', "", _menu(client_for(cast.outsider), **OF_WATER))


def test_a_hidden_field_is_no_row_no_measure_and_no_filter_of_a_cell(cast: Cast, firms: None):
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(cast.stranger, {"company": whole | {"fields": {"industry": "hidden", "employees": "masked1"}}})
    stranger = client_for(cast.stranger)
    bare = "object=company&measures=count"
    assert "industry" not in _menu(stranger, cube=bare)
    for cube, asked in (
        (QUERY, {}),
        ("object=company&rows=industry", {}),
        ("object=company&measures=sum:employees", {}),
        ("object=company&measures=distinct:industry", {}),
        (bare, OF_WATER),
        (bare, {"column": "employees > 5", "across": 1}),
        ("object=contact&rows=company.industry", {}),
        ("object=deal", {}),
        ("object=nonsense", {}),
        ("", {}),
    ):
        answer = stranger.get(f"{CELL}?{urlencode({'cube': cube, **asked})}")
        assert answer.status_code in (400, 403), cube
        assert "水务" not in answer.content.decode()


def test_who_is_not_signed_in_gets_no_cell(cast: Cast, client: Any):
    assert client.get(f"{CELL}?{urlencode({'cube': QUERY})}").status_code in (302, 401, 403)


@pytest.mark.parametrize(
    "asked", ["row=%28%28", "depth=x&place=99", "across=-1", "row=industry%3D&column=nonsense"]
)
def test_a_cell_that_there_is_not_says_so_or_is_the_total(cast: Cast, fed: Any, asked: str):
    fed()
    answer = client_for(cast.admin).get(f"{CELL}?{urlencode({'cube': QUERY})}&{asked}")
    assert answer.status_code in (200, 400)


def test_a_letter_presses_each_way_and_none_presses_two(cast: Cast, firms: None):
    admin = client_for(cast.admin)
    asked, _text = _table(admin, QUERY + "&compare=yoy&date=next_step_on")[3]
    letters = re.findall(r'<kbd class="kbd">(\w)</kbd>', _menu(admin, **asked))
    assert {"D", "O", "R", "T", "W"} <= set(letters)  # by quarter, by owner, records, tell me, what changed
    assert len(letters) == len(set(letters))


def test_what_has_no_date_has_nothing_before_it(cast: Cast, firms: None):
    admin = client_for(cast.admin)
    plain = "object=company&rows=industry&measures=count"
    assert "/cube/change/" not in _menu(admin, cube=plain, **OF_WATER)
    assert admin.get(f"/analytics/cube/change/?{urlencode({'cube': plain, **OF_WATER})}").status_code == 400


def _menu(client: Any, *, cube: str = QUERY, **asked: Any) -> str:
    answer = client.get(f"{CELL}?{urlencode({'cube': cube, **asked})}")
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def _links(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]+)"', html)]


def _words(html: str) -> str:
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", html)))


def _table(client: Any, query: str) -> list[tuple[dict[str, Any], str]]:
    """What a press on each figure asks for, and the figure."""
    html = client.get(f"/analytics/cube/?{query}").content.decode()
    heads = re.findall(r'<th colspan="(\d)"[^>]* data-depth="(\d)" data-only="([^"]*)"', html)
    found = []
    for depth, row, cells in re.findall(
        r'<tr[^>]* data-depth="(\d)" data-only="([^"]*)".*?</th>(.*?)</tr>', html, re.DOTALL
    ):
        for number, cell in enumerate(re.findall(r"<td.*?</td>", cells, re.DOTALL)):
            span, across, column = heads[number // int(heads[0][0])]
            asked = {"row": unescape(row), "depth": depth, "column": unescape(column), "across": across}
            found.append((asked | {"place": number % int(span)}, _words(cell)))
    return found


def _total(client: Any, href: str) -> str:
    """The figure in the corner of the table at an address."""
    return _table(client, href.partition("?")[2])[-1][1]
