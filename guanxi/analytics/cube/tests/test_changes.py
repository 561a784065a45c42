from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils.translation import override

from guanxi.analytics.cube.pivot import change_words
from guanxi.analytics.semantic.measures import measure
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db


def test_what_is_better_when_less_says_its_change_in_words_without_the_colour_of_a_rise(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        owed = measure(registry.get("instalment"), "metric:overdue_amount", actor(cast.admin))
        come = measure(registry.get("receipt"), "metric:received_amount", actor(cast.admin))
    assert (owed.less, come.less) == (True, False)
    with override("en"):
        assert change_words(0.25, owed) == ("25% more", None)
        assert change_words(-0.25, owed) == ("25% less", None)
        assert change_words(0.25, come) == ("25%", True)
        assert change_words(-0.25, come) == ("25%", False)
    with override("zh-hans"):
        assert change_words(-0.25, owed) == ("\u5c11 25%", None)


def test_what_hardly_changed_points_nowhere(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        come = measure(registry.get("receipt"), "metric:received_amount", actor(cast.admin))
    assert change_words(0.001, come) == ("0%", None)
    assert change_words(None, come) == ("", None)
    assert change_words(5_000.0, come) == ("9,999%", True)


SOLD = "object=company&rows=industry&columns=next_step_on%3Ayear&measures=sum%3Aemployees"
OF_2026 = {"column": "next_step_on between (2026-01-01, 2026-12-31)", "place": "0"}


@pytest.fixture
def firms(cast: Cast, fed: Callable[[], int]) -> None:
    """Of the rep 2 of 10 in 2025, then 3 of 20 and one of 5; of the stranger one of 40, then none."""
    with in_workspace(cast.xishan.pk):
        for member, industry, year, count, size in (
            (cast.rep, "水务", 2025, 2, 10),
            (cast.rep, "水务", 2026, 3, 20),
            (cast.stranger, "电力", 2025, 1, 40),
            (cast.rep, "制药", 2026, 1, 5),
        ):
            for number in range(count):
                values = {"name": f"{industry} {year} {number}", "industry": industry, "employees": size}
                create_record(
                    object="company", values=values | {"next_step_on": f"{year}-05-04"}, by=actor(member)
                )
        fed()


def _changed(client: Any, cube: str = SOLD, **asked: str) -> str:
    answer = client.get(f"/analytics/cube/change/?{urlencode({'cube': cube, **asked})}")
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def _words(html: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", html, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", one)).split()) for one in found]


def _rows(html: str) -> list[list[str]]:
    return [_words(row, "td") for row in re.findall(r"<tr>(.*?)</tr>", html, re.S) if "<td" in row]


def test_a_cell_says_what_changed_since_a_year_before_and_what_moved_it(cast: Cast, firms: None) -> None:
    html = _changed(client_for(cast.admin), **OF_2026)
    rows = _rows(html)
    # More of them: one more of 20; more of each: 16.25 instead of 10, four times; the rest is who is gone.
    drivers = [row[1].split()[-1] for row in rows if len(row) == 2]
    assert drivers == ["20", "25", "\u221240", "5"]
    owners = {row[0]: [one.split()[-1] for one in row[1:]] for row in rows if len(row) == 6}
    assert owners[cast.rep.user.name] == ["20", "65", "45", "225%", "+75.0%"]
    assert owners[cast.stranger.user.name] == ["40", "0", "\u221240", "100%", "-66.7%"]
    assert [one for one in _words(html, "h2") if "8%" in one]


def test_what_is_no_sum_has_parts_that_do_not_make_the_whole(cast: Cast, firms: None) -> None:
    mean = "object=company&columns=next_step_on%3Ayear&measures=avg%3Aemployees"
    html = _changed(client_for(cast.admin), mean, **OF_2026)
    assert {len(row) for row in _rows(html) if row} == {5}


def test_nobody_learns_of_a_change_what_they_may_not_see(cast: Cast, firms: None) -> None:
    for member, now in ((cast.admin, "65"), (cast.rep, "65"), (cast.stranger, "0"), (cast.outsider, "0")):
        assert _words(_changed(client_for(member), **OF_2026), "dd")[-3] == now, member
    other = client_for(cast.outsider)
    assert "水务" not in _changed(other, **OF_2026)
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(cast.stranger, {"company": whole | {"fields": {"industry": "hidden"}}})
    hidden = client_for(cast.stranger)
    asked = urlencode({"cube": SOLD, **OF_2026})
    assert hidden.get(f"/analytics/cube/change/?{asked}").status_code == 400
    assert "水务" not in _changed(hidden, "object=company&columns=next_step_on%3Ayear", **OF_2026)
    give_role(cast.stranger, {"contact": whole})
    assert client_for(cast.stranger).get(f"/analytics/cube/change/?{asked}").status_code == 403
