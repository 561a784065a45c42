"""More figures in the foot of a list: what its columns come to, for who may see them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.aggregates import aggregates_of, describe, distinct_values, medians
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
PIECE = {"HX-Request": "true", "HX-Target": "figures"}
COLUMNS = ("name", "revenue", "employees", "seats", "setup", "stars", "since", "seen_at", "created_at")


@pytest.fixture
def companies(cast: Cast) -> Cast:
    """Three of the rep's with numbers, amounts and days, shipped and own; a fourth of the stranger's."""
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="rating", label="stars", name="stars", by=by)
        for name, kind in (
            ("seats", "decimal"),
            ("setup", "duration"),
            ("since", "date"),
            ("seen_at", "datetime"),
        ):
            add_field(object="company", type=kind, label=name, name=name, by=by)
        rows: list[dict[str, Any]] = [
            {
                "name": "甲",
                "revenue": "1200.50",
                "employees": 12,
                "seats": "1.5",
                "setup": "0:30",
                "stars": 4,
            },
            {
                "name": "乙",
                "revenue": "800",
                "employees": 30,
                "seats": "4",
                "setup": "2:00",
                "since": "2024-02-29",
            },
            {"name": "丙", "revenue": "10 MNT", "since": "2019-01-01", "seen_at": "2026-03-01T09:00Z"},
        ]
        for row in rows:
            create_record(object="company", values=row, by=actor(cast.rep))
        create_record(object="company", values={"name": "远", "employees": 5_000}, by=actor(cast.stranger))
    return cast


def described(cast: Cast, who: Any, text: str = "") -> dict[str, Any]:
    with in_workspace(cast.xishan.pk):
        query = ListQuery(obj=registry.get("company"), columns=COLUMNS, filter=parse_filter(text))
        return describe(query, by=actor(who), names=COLUMNS)


def test_numbers_amounts_and_days_are_described(companies: Cast):
    found = described(companies, companies.rep)
    assert set(found) == set(COLUMNS)
    assert (found["name"].filled, found["name"].total, found["seats"].empty) == (3, None, 1)
    employees, revenue, seats = found["employees"], found["revenue"], found["seats"]
    assert (employees.filled, employees.total, employees.average) == (2, 42, 21)
    assert (employees.least, employees.most) == (12, 30)
    assert (revenue.filled, revenue.unpriced, revenue.total) == (2, 1, Decimal("2000.5"))
    assert (seats.total, seats.least, seats.most) == (Decimal("5.5"), Decimal("1.5"), Decimal(4))
    assert (found["since"].least, found["since"].most) == (date(2019, 1, 1), date(2024, 2, 29))
    assert found["since"].total is None
    assert found["seen_at"].most.isoformat() == "2026-03-01T09:00:00+00:00"
    assert found["created_at"].filled == 3
    assert found["created_at"].least.tzinfo is not None
    none = described(companies, companies.rep, "name = nobody")["employees"]
    assert (none.filled, none.total, none.average, none.least) == (0, None, None, None)
    assert described(companies, companies.admin)["employees"].most == 5_000


def test_the_page_says_them_in_words_and_to_nobody_else(companies: Cast):
    web = client_for(companies.rep)
    asked = "/companies/?figures=1&columns=" + ",".join(COLUMNS)
    piece = unescape(web.get(asked, headers=PIECE).content.decode())
    assert "<html" not in piece
    for words in (
        "¥2,000.50",
        "另有 1 条没有汇率",
        ">42</a></td>",
        "2 小时 30 分钟",
        "1 小时 15 分钟",
        "5.5",
        "★★★★☆",
        "2月29日",
    ):
        assert words in piece
    assert "5,000" not in piece
    whole = web.get(asked).content.decode()
    assert "<html" in whole
    assert "2 小时 30 分钟" in whole
    assert "42" not in client_for(companies.outsider).get(asked, headers=PIECE).content.decode()
    assert web.get("/companies/?figures=1&filter=nothing%20%3D%201", headers=PIECE).status_code == 200


def test_what_is_hidden_or_masked_is_not_described(companies: Cast):
    cast = companies
    with in_workspace(cast.xishan.pk):
        role = cast.rep.role
        hidden = {"employees": "hidden", "revenue": "masked1"}
        role.grants["company"] = {**role.grants["*"], "fields": hidden}
        role.save()
    found = described(cast, cast.rep)
    assert "employees" not in found
    assert "revenue" not in found
    assert "seats" in found


def foot(cast: Cast, who: Any, query: str) -> str:
    page = client_for(who).get(
        f"/companies/?count=1&columns={','.join(COLUMNS)}&{query}", headers={"HX-Request": "true"}
    )
    assert page.status_code == 200
    return unescape(page.content.decode())


def test_each_column_has_the_aggregates_that_fit_its_type(companies: Cast):
    with in_workspace(companies.xishan.pk):
        company = registry.get("company")
        numbers = {"filled", "empty", "distinct", "avg", "median", "min", "max"}
        assert set(aggregates_of(company["revenue"])) == numbers | {"sum"}
        assert set(aggregates_of(company["stars"])) == numbers
        assert set(aggregates_of(company["since"])) == numbers - {"avg", "median"}
        assert set(aggregates_of(company["seen_at"])) == {"filled", "empty", "min", "max"}
        assert set(aggregates_of(company["tags"])) == {"filled", "empty", "distinct"}
        assert aggregates_of(company["about"]) == ("filled", "empty")


def test_a_column_comes_to_what_was_chosen_for_it(companies: Cast):
    assert "¥2,000.50" in foot(companies, companies.rep, "")
    asked = "aggregates=revenue:none,employees:median,seats:max,since:min,stars:empty,name:distinct"
    said = foot(companies, companies.rep, asked)
    assert "2,000" not in said
    for words in ("中位数 21", "最大 4", "最早 2019年1月1日", "2 条空白", "3 种"):
        assert words in said, said
    assert "5,000" not in foot(companies, companies.rep, "aggregates=employees:max")
    assert "5,000" in foot(companies, companies.admin, "aggregates=employees:max")
    nonsense = foot(companies, companies.rep, "aggregates=name:sum,nothing:max,employees,seats:,stars:sum")
    assert nonsense == foot(companies, companies.rep, "")


def test_the_menu_of_figures_chooses_and_takes_away(companies: Cast):
    piece = client_for(companies.rep).get(
        f"/companies/?figures=1&columns={','.join(COLUMNS)}&aggregates=employees:avg", headers=PIECE
    )
    text = unescape(piece.content.decode())
    assert 'aggregates=employees:avg,seats:median"' in text.replace("%3A", ":").replace("%2C", ",")
    assert 'aria-current="true">21</a>' in text
    assert 'aria-current="true">¥2,000.50' in text
    assert "aggregates=employees:avg,revenue:none" in text.replace("%3A", ":").replace("%2C", ",")


def test_numbers_are_counted_once_and_have_a_middle(companies: Cast):
    cast = companies
    with in_workspace(cast.xishan.pk):
        by = actor(cast.rep)
        create_record(
            object="company",
            values={"name": "丁", "employees": 12, "phones": ["0755-26001234", "13800138000"]},
            by=by,
        )
        create_record(
            object="company", values={"name": "戊", "employees": 31, "phones": ["13800138000"]}, by=by
        )
        query = ListQuery(obj=registry.get("company"), columns=("name",))
        names = ("employees", "phones", "revenue", "seats", "about")
        assert distinct_values(query, by=by, names=names) == {
            "employees": 3, "phones": 2, "revenue": 2, "seats": 2,
        }  # fmt: skip
        assert medians(query, by=by, names=names) == {
            "employees": 21, "revenue": Decimal("1000.25"), "seats": Decimal("2.75"),
        }  # fmt: skip
        none = ListQuery(obj=registry.get("company"), columns=("name",), filter=parse_filter("name = nobody"))
        assert medians(none, by=by, names=names) == {}


def test_what_is_hidden_or_masked_is_aggregated_for_nobody(companies: Cast):
    cast = companies
    with in_workspace(cast.xishan.pk):
        role = cast.rep.role
        role.grants["company"] = {**role.grants["*"], "fields": {"employees": "hidden", "revenue": "masked1"}}
        role.save()
        query = ListQuery(obj=registry.get("company"), columns=("name",))
        names, by = ("employees", "revenue"), actor(cast.rep)
        assert (distinct_values(query, by=by, names=names), medians(query, by=by, names=names)) == ({}, {})
    plain = foot(cast, cast.rep, "")
    for kind in ("filled", "empty", "distinct", "sum", "avg", "median", "min", "max"):
        assert foot(cast, cast.rep, f"aggregates=employees:{kind},revenue:{kind}") == plain
