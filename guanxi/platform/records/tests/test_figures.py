"""More figures in the foot of a list: what its columns come to, for who may see them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.summary import describe
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
    assert set(found) == set(COLUMNS) - {"name"}
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
        "<td>42</td>",
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
