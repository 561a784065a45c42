"""Levels of a cube: places from country to city, and what the calendar says of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from guanxi.analytics.cube.pivot import pivot_of, up
from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube, read_cube
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, give_role

pytestmark = [pytest.mark.django_db]
PLACES = (
    ("CN", "浙江省", "杭州市"),
    ("CN", "浙江省", "宁波市"),
    ("CN", "广东省", "深圳市"),
    ("SG", "", "Singapore"),
)
# In 2026 the Spring Festival is on the 17th of February; the 14th before it is a Saturday that is worked.
DAYS = (date(2026, 2, 14), date(2026, 2, 17), date(2026, 2, 25), date(2026, 3, 1))


def asked(text: str) -> Cube:
    return read_cube(urlsplit(text).query)


def test_places_are_taken_apart_down_to_the_district_and_put_together_again(
    cast: Cast, fed: Callable[[], int]
) -> None:
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for number, (country, province, city) in enumerate(PLACES):
            place = {"kind": "office", "country": country, "province": province, "city": city}
            create_record(object="company", values={"name": f"{number}", "addresses": [place]}, by=by)
        fed()
        cube, seen = Cube("company", ("country",)), []
        for wanted in (3, 2, 1, 1):
            answer = ask(cube, by)
            line = max(pivot_of(answer, by).lines, key=lambda one: int(one.cells[0].text))
            assert int(line.cells[0].text) == wanted
            seen.append(answer.plan.rows[0].text)
            if line.drill:
                cube = asked(line.drill)
        assert seen == ["country", "province", "city", "district"]
        assert not line.drill
        back = asked(up(ask(asked(up(answer.plan, by)), by).plan, by))
        assert back.rows == ("province",)
        assert ask(back, by).figure((), (), 0) == 3  # the other province is there again
        assert asked(up(ask(back, by).plan, by)).rows == ("country",)
        linked = ask(Cube("contact", ("company.country",)), by)
        assert linked.plan.rows[0].text == "company.country"


def test_a_hidden_level_is_no_way_down(cast: Cast, fed: Callable[[], int]) -> None:
    whole = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(cast.observer, {"*": whole, "company": {**whole, "fields": {"province": "hidden"}}})
    with in_workspace(cast.xishan.pk):
        place = {"kind": "office", "country": "CN", "province": "浙江省", "city": "杭州市"}
        create_record(object="company", values={"name": "A", "addresses": [place]}, by=actor(cast.admin))
        fed()
        by = actor(cast.observer)
        (line,) = pivot_of(ask(Cube("company", ("country",)), by), by).lines
        assert asked(line.drill).rows == ("city",)


def test_days_are_told_by_the_calendar_of_the_country(cast: Cast, fed: Callable[[], int]) -> None:
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for day in DAYS:
            create_record(object="order", values={"ordered_on": day.isoformat()}, by=by)
        fed()
        answer = ask(Cube("order", ("ordered_on:working",)), by)
        assert {row[0]: answer.figure(row, (), 0) for row in answer.rows if row} == {True: 2, False: 2}
        named = ask(Cube("order", ("ordered_on:holiday",), ("ordered_on:year",)), by)
        figures = {row[0]: named.figure(row, (), 0) for row in named.rows if row}
        assert figures[None] == 3
        assert sum(one for one in figures.values() if isinstance(one, int)) == 4
        festival = next(name for name in figures if name is not None)
        assert "春节" in festival or "Spring Festival" in festival or "Chinese New Year" in festival
        lines = pivot_of(ask(Cube("order", ("ordered_on:working", "status")), by), by).lines
        assert [line.drill for line in lines if line.branch] == ["", ""]  # no list says “on working days”
        assert all(not cell.href for line in lines for cell in line.cells)
        assert parse_qs(urlsplit(up(answer.plan, by)).query)["object"] == ["order"]
