"""830 orders of a wholesaler: what they come to before and after discounts, in lists, metrics and API."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.measuring import measure_question
from guanxi.platform.records.questions import ask
from guanxi.sales.orders.models import Order, OrderLine
from tests.cast import Cast, client_for

CUSTOMERS = ("external_id", "name")
ORDERS = ("number", "company", "ordered_on", "due_on", "delivered_on", "ship_to")
LINES = ("order", "title", "unit_price", "quantity", "discount_percent")
_VALUE = re.compile(r" *(?:'((?:[^']|'')*)'|([^,]+))")


def rows_of(dump: str, table: str) -> list[list[str]]:
    """The rows of a table of the dump; NULL is nothing."""
    found = re.findall(rf"^INSERT INTO {table} VALUES \((.*)\);$", dump, re.M)
    return [
        [quoted.replace("''", "'") if quoted or bare == "" else "" if bare.strip() == "NULL" else bare.strip()
         for quoted, bare in _VALUE.findall(row)]
        for row in found
    ]  # fmt: skip


@pytest.fixture
def tables(data: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """Customers, orders and lines as one would export them from there."""
    dump = (data / "northwind" / "northwind.sql").read_text()
    products = {row[0]: row[1] for row in rows_of(dump, "products")}
    parts = {
        "customers.csv": (CUSTOMERS, [row[:2] for row in rows_of(dump, "customers")]),
        "orders.csv": (
            ORDERS,
            [
                [row[0], row[1], row[3], row[4], row[5], " ".join(row[9:11])]
                for row in rows_of(dump, "orders")
            ],
        ),
        "lines.csv": (
            LINES,
            [[row[0], products[row[1]], *row[2:]] for row in rows_of(dump, "order_details")],
        ),
    }
    for name, (header, rows) in parts.items():
        with (tmp_path / name).open("w", newline="") as target:
            csv.writer(target).writerows([header, *rows])
    return tmp_path / "customers.csv", tmp_path / "orders.csv", tmp_path / "lines.csv"


def bring(workshop: Any, tables: tuple[Path, Path, Path]) -> dict[str, Any]:
    job = workshop.begin(*tables, objects=["company", "order", "order_line"])

    def paths(*names: str, **more: Any) -> Any:
        def decide(plan: Any) -> None:
            for column, path in zip(plan.columns, names, strict=True):
                column.path, column.reason = path, "chosen"
            plan.fixed |= more.get("fixed", {})
            plan.key, plan.title = more.get("key", ""), []
            for at, name in more.get("link_by", {}).items():
                plan.columns[at].link_by = name
            for at, scale in more.get("scale", {}).items():
                plan.columns[at].scale = scale

        return decide

    workshop.decide(job, "customers.csv", paths(*CUSTOMERS, key="external_id"))
    history = {"status": "delivered", "rounding": "exact"}
    workshop.decide(
        job, "orders.csv", paths(*ORDERS, key="number", link_by={1: "external_id"}, fixed=history)
    )
    workshop.decide(job, "lines.csv", paths(*LINES, link_by={0: "number"}, scale={4: 100}))
    files: dict[str, Any] = workshop.run(job)
    return files


@pytest.mark.slow
def test_orders_come_to_what_is_published(workshop, tables, expected, cast: Cast):
    wanted = expected["northwind"]
    files = bring(workshop, tables)
    assert {name: (file.created, file.rejected) for name, file in files.items()} == {
        "customers.csv": (91, 0), "orders.csv": (830, 0), "lines.csv": (2155, 0),
    }  # fmt: skip
    gross, net = Decimal(str(wanted["sales_gross"])), Decimal(str(wanted["sales_net_of_discount"]))
    assert cents(sum(one.before_discount for one in Order.objects.all())) == gross
    assert cents(sum(one.amount for one in Order.objects.all())) == net
    assert sum(one.quantity for one in OrderLine.objects.all()) == wanted["units"]
    assert Order.objects.filter(company=None).count() == 0

    span: dict[str, Any] = {"first": date(1996, 1, 1), "last": date(1998, 12, 31)}
    asked = [metric(name) for name in ("ordered_before_discount", "ordered_amount", "ordered_net", "orders")]
    found = ask(*(measure_question(one, by=workshop.by, **span) for one in asked))
    assert [cents(one) for one in found] == [gross, net, net, Decimal(830)]

    browser = client_for(cast.admin)
    summed = browser.get("/api/v1/orders/summary?sum=before_discount,amount,net&group=status").json()["data"]
    assert [(one["group"], one["count"]) for one in summed] == [({"status": "delivered"}, 830)]
    assert [cents(Decimal(value)) for value in summed[0]["sums"].values()] == [gross, net, net]
    shown = browser.get(
        "/orders/?count=1&columns=number,amount,before_discount",
        headers={"HX-Request": "true", "HX-Target": "list-count"},
    ).content.decode()
    assert f"{gross:,}" in shown
    assert f"{net:,}" in shown


def cents(value: Any) -> Decimal:
    """Rounded at the end, as the figure was published."""
    return Decimal(value).quantize(Decimal("0.01"))
