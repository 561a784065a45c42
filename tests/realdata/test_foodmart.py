"""FoodMart, the sample firm of OLAP servers: a cube gives the figures that they publish, at every level."""

from __future__ import annotations

import bz2
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guanxi.analytics.semantic.answering import OTHER, Answer, ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse.feeding import load_rows
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Object → field → its type and the column of the file; the dimensions first.
STAR: dict[str, dict[str, tuple[str, str]]] = {
    "shop": {
        "country": ("text", "store_country"), "state": ("text", "store_state"),
        "town": ("text", "store_city"),
    },
    "good": {"family": ("text", "product_family"), "department": ("text", "product_department")},
    "shopper": {
        "gender": ("text", "gender"), "married": ("text", "marital_status"),
        "education": ("text", "education"),
    },
    "sale": {
        "units": ("integer", "unit_sales"), "revenue": ("decimal", "store_sales"),
        "cost": ("decimal", "store_cost"),
        "promotion": ("text", "promotion_name"), "sold_on": ("date", "the_date"),
        "shop": ("link", "store_id"), "good": ("link", "product_id"), "shopper": ("link", "customer_id"),
    },
}  # fmt: skip
KEYS = {
    "shop": ("store_id", "store_name"),
    "good": ("product_id", "product_name"),
    "shopper": ("customer_id", "full_name"),
}


@pytest.fixture
def sold(cast: Cast, data: Path, settings: Any, tmp_path: Path) -> Callable[..., Answer]:
    """Asks a cube of sales, as the administrator does."""
    settings.WAREHOUSE_DIR = tmp_path
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for name, fields in STAR.items():
            add_object(label=name.title(), plural_label=f"{name.title()}s", name=name, by=admin)
            for field, (kind, _column) in fields.items():
                to = {"to": field} if kind == "link" else {}
                add_field(object=name, name=field, label=field, type=kind, settings=to, by=admin)
        raw = bz2.decompress((data / "foodmart" / "sales_fact_1997_collapsed.json.bz2").read_bytes())
        rows = [msgspec.json.decode(line) for line in raw.splitlines() if line.strip()]
        for name, (key, title) in KEYS.items():
            known = {row[key]: row for row in rows}
            columns = {field: column for field, (_kind, column) in STAR[name].items()}
            load_rows(
                registry.get(name),
                ({"id": str(pk), "name": row[title]} | _texts(columns, row) for pk, row in known.items()),
            )
        columns = {
            f"{field}_id" if kind == "link" else field: column
            for field, (kind, column) in STAR["sale"].items()
        }
        load_rows(
            registry.get("sale"), ({"id": str(pk), **_texts(columns, row)} for pk, row in enumerate(rows, 1))
        )

    def asked(*rows: str, columns: tuple[str, ...] = (), **more: Any) -> Answer:
        measures = more.pop("measures", ("sum:units", "sum:revenue", "sum:cost", "distinct:shopper"))
        with in_workspace(cast.xishan.pk):
            return ask(Cube("sale", rows, columns, measures, **more), admin)

    return asked


def test_the_published_figures(sold: Callable[..., Answer], expected: dict[str, Any]) -> None:
    wanted = expected["foodmart"]
    whole = sold("shop.country", "shop.state", "shop.town")
    total = whole.figures[(), ()]
    assert total == (266773, Decimal("565238.13"), Decimal("225627.2336"), 5581)
    assert total[3] == wanted["distinct_customers"]
    states = {row[1]: whole.figures[row, ()] for row in whole.rows if len(row) == 2}
    assert {state: one[0] for state, one in states.items()} == wanted["unit_sales_by_state"]
    assert {state: float(one[1] or 0) for state, one in states.items()} == wanted["store_sales_by_state"]
    # Who bought in two towns is one customer of the state: its total is no sum.
    towns = [whole.figures[row, ()][3] for row in whole.rows if len(row) == 3]
    assert sum(int(one or 0) for one in towns) > 5581
    assert {row[2]: whole.figures[row, ()][0] for row in whole.rows if len(row) == 3} == wanted[
        "unit_sales_by_city"
    ]

    pivot = sold("good.family", columns=("sold_on:quarter",))
    quarters = {f"Q{(key[0].month + 2) // 3}": pivot.figures[(), key] for key in pivot.columns if key}
    assert {name: [one[0], float(one[1] or 0)] for name, one in quarters.items()} == wanted["by_quarter"]
    families = {row[0]: pivot.figures[row, ()] for row in pivot.rows if row}
    assert {name: [one[0], float(one[1] or 0)] for name, one in families.items()} == wanted[
        "by_product_family"
    ]
    swapped = sold("sold_on:quarter", columns=("good.family",))
    assert {(column, row): one for (row, column), one in swapped.figures.items()} == pivot.figures

    for path, name in (("gender", "gender"), ("married", "marital_status"), ("education", "education")):
        found = sold(f"shopper.{path}")
        assert {row[0]: found.figure(row, (), 0) for row in found.rows if row} == wanted[
            f"unit_sales_by_{name}"
        ]
    promoted = sold("promotion", sort="-1")
    by_promotion = {row[0]: promoted.figure(row, (), 0) for row in promoted.rows if row}
    assert by_promotion | wanted["unit_sales_by_promotion"] == by_promotion
    assert promoted.rows[0] == ("No Promotion",)

    sliced = sold("sold_on:month", filter="shop.state = CA", show="running")
    assert sliced.figure((), (), 0) == 74748
    first = sold("shop.state", top=1, sort="-1")
    assert first.rows == [("WA",), (OTHER,), ()]
    assert first.figure((OTHER,), (), 0) == 74748 + 67659
    both = int(first.figure((OTHER,), (), 3) or 0) + int(first.figure(("WA",), (), 3) or 0)
    assert both >= 5581


def _texts(columns: dict[str, str], row: dict[str, Any]) -> dict[str, str]:
    return {
        field: _iso(str(row[column])) if column == "the_date" else str(row[column])
        for field, column in columns.items()
    }


def _iso(day: str) -> str:
    month, number, year = day.split()[0].split("/")
    return f"{year}-{int(month):02}-{int(number):02}"
