"""A real shop's 541,909 lines, brought in as orders and credit notes and asked of the product's own analyses.

By default a fixed share comes in: every fortieth customer, and every fortieth invoice that names none, with
figures that DuckDB computes from the file alone. With GUANXI_TEST_WHOLE=1 all of it does, which takes long,
and the figures are the published ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean, median
from typing import Any

import duckdb
import pytest

from guanxi.analytics.insights.cohorts import cohorts_in
from guanxi.analytics.insights.pareto import amounts_in
from guanxi.analytics.insights.reading import Span, lay_sale
from guanxi.analytics.insights.rfm import buyers_in
from guanxi.analytics.mining.pareto import pareto
from guanxi.analytics.roles import Sale, roles
from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.analytics.warehouse.reading import connect
from tests.realdata import data_set

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

WHOLE = bool(os.environ.get("GUANXI_TEST_WHOLE"))
EVERY = 1 if WHOLE else 40
DAY_AFTER = date(2011, 12, 10)
# A credit note is an order that was taken back; what is no sale (a correction of the stock, a gift) is none.
FILES = """
CREATE TABLE lines AS
SELECT InvoiceNo AS number, StockCode AS code, coalesce(Description, StockCode) AS title,
       Quantity AS quantity, UnitPrice AS price, CAST(InvoiceDate AS DATE) AS day, Country AS country,
       CAST(CAST(CustomerID AS DOUBLE) AS BIGINT) AS customer,
       CustomerID IS NOT NULL AND Quantity > 0 AND UnitPrice > 0 AS clean
FROM read_csv($1, types = {'InvoiceNo': 'VARCHAR', 'CustomerID': 'VARCHAR', 'InvoiceDate': 'TIMESTAMP',
                           'UnitPrice': 'DECIMAL(12,3)', 'Quantity': 'BIGINT'})
WHERE coalesce(CAST(CAST(CustomerID AS DOUBLE) AS BIGINT),
               CAST(regexp_replace(InvoiceNo, '[^0-9]', '', 'g') AS BIGINT)) % $2 = 0;
COPY (SELECT customer AS external_id, 'Customer ' || customer AS name
      FROM lines WHERE customer IS NOT NULL GROUP BY 1 ORDER BY 1) TO '{folder}/customers.csv';
COPY (SELECT number, any_value(customer) AS company, min(day) AS ordered_on,
             CASE WHEN number LIKE 'C%' THEN 'returned'
                  WHEN bool_or(quantity > 0 AND price > 0) THEN 'delivered' ELSE 'cancelled' END AS status
      FROM lines GROUP BY 1 ORDER BY 1) TO '{folder}/orders.csv';
COPY (SELECT number AS "order", title, CAST(quantity * sign(price + 1) AS BIGINT) AS quantity,
             abs(price) AS unit_price FROM lines) TO '{folder}/lines.csv';
"""


@pytest.fixture
def shop(data: Path, tmp_path: Path) -> Iterator[Any]:
    """The lines as DuckDB reads them; the files to be imported beside them."""
    with duckdb.connect(config={"threads": 1}) as db:
        head, *copies = FILES.replace("{folder}", str(tmp_path)).split(";")
        db.execute(head, [str(data_set("uci_online_retail") / "online_retail.csv.gz"), EVERY])
        for one in copies[:-1]:
            db.execute(one)
        yield db


@pytest.fixture
def clean(shop: Any) -> dict[str, Any]:
    """The figures of the file alone: rows, customers, invoices and the sum of clean lines."""
    rows = shop.execute(
        "SELECT count(*), count(DISTINCT customer), count(DISTINCT number), sum(quantity * price)"
        " FROM lines WHERE clean"
    ).fetchone()
    return dict(zip(("rows", "customers", "invoices", "amount"), rows, strict=True))


def bring(workshop: Any, folder: Path) -> dict[str, Any]:
    """Customers, orders and lines, by the import of the product."""
    names = ("customers.csv", "orders.csv", "lines.csv")
    job = workshop.begin(*(folder / name for name in names), objects=["company", "order", "order_line"])

    def paths(*named: str, key: str = "", link_by: tuple[int, str] | None = None, **fixed: str) -> Any:
        def decide(plan: Any) -> None:
            for column, path in zip(plan.columns, named, strict=True):
                column.path, column.reason = path, "chosen"
            plan.fixed |= fixed
            plan.key, plan.title = key, []
            if link_by is not None:
                plan.columns[link_by[0]].link_by = link_by[1]

        return decide

    workshop.decide(job, "customers.csv", paths("external_id", "name", key="external_id"))
    orders = paths(
        "number", "company", "ordered_on", "status", key="number", link_by=(1, "external_id"),
        rounding="exact",
    )  # fmt: skip
    workshop.decide(job, "orders.csv", orders)
    workshop.decide(
        job, "lines.csv", paths("order", "title", "quantity", "unit_price", link_by=(0, "number"))
    )
    files: dict[str, Any] = workshop.run(job)
    return files


def test_the_shop_is_as_published(
    workshop: Any, shop: Any, clean: dict[str, Any], expected: dict[str, Any], tmp_path: Path, settings: Any
) -> None:
    files = bring(workshop, tmp_path)
    lines, credited = shop.execute(
        "SELECT count(*), count(*) FILTER (number LIKE 'C%') FROM lines"
    ).fetchone()
    assert {name: file.rejected for name, file in files.items()} == dict.fromkeys(files, 0)
    assert files["lines.csv"].created == lines
    settings.WAREHOUSE_DIR = tmp_path / "warehouse"
    rebuild()
    by = workshop.by

    sold = "order.status = delivered and quantity > 0 and unit_price > 0 and order.company is not empty"
    whole = ask(Cube("order_line", (), (), ("count", "sum:net", "distinct:order.company"), sold), by)
    count, amount, customers = whole.figures[(), ()]
    assert (count, cents(amount), customers) == (clean["rows"], cents(clean["amount"]), clean["customers"])
    back = ask(Cube("order_line", filter="order.status = returned"), by)
    assert back.figure((), (), 0) == credited
    months = ask(Cube("order", ("ordered_on:month",), (), ("sum:net",)), by)
    assert {row[0]: cents(months.figure(row, (), 0)) for row in months.rows if row} == {
        month: cents(amount)
        for month, amount in shop.execute(
            "SELECT date_trunc('month', first)::DATE, sum(amount) FROM (SELECT min(day) AS first,"
            " sum(quantity * price) AS amount FROM lines GROUP BY number) GROUP BY 1"
        ).fetchall()
    }

    sale = next(one for one in roles(Sale) if one.object == "order")
    db = lay_sale(sale, by)
    named = dict(connect(by, "company").execute("SELECT id, external_id FROM company").fetchall())
    span = Span(date(2010, 12, 1), DAY_AFTER)
    buyers = {int(named[key]): one for key, one in buyers_in(db, span).items()}
    assert {key: (one.days, one.orders) for key, one in buyers.items()} == {
        key: (days, orders)
        for key, days, orders in shop.execute(
            "SELECT customer, date_diff('day', max(day), $1), count(DISTINCT number) FROM lines"
            " WHERE clean GROUP BY 1", [DAY_AFTER]
        ).fetchall()
    }  # fmt: skip
    assert sum(one.orders for one in buyers.values()) == clean["invoices"]

    amounts = amounts_in(db, "customer", span)
    found = pareto({int(named[key]): value for key, value in amounts.items() if key is not None})
    first, worth = shop.execute(
        "SELECT customer, sum(quantity * price) FROM lines WHERE clean GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    ).fetchone()
    assert (found.rows[0].key, len(found.rows)) == (first, clean["customers"])
    # The analyses count in whole coins of each order; the shop has prices of a tenth of a penny.
    assert found.rows[0].value == pytest.approx(float(worth) * 100, abs=clean["invoices"])
    assert found.total == pytest.approx(float(clean["amount"]) * 100, abs=clean["invoices"])

    cohorts = {
        f"{row.period // 12}-{row.period % 12 + 1:02}": list(row.active)
        for row in cohorts_in(db, 1, DAY_AFTER - timedelta(days=1)).rows
    }
    assert {month: found[0] for month, found in cohorts.items()} == dict(
        shop.execute(
            "SELECT strftime(first, '%Y-%m'), count(*) FROM (SELECT min(day) AS first FROM lines WHERE clean"
            " GROUP BY customer) GROUP BY 1"
        ).fetchall()
    )
    if WHOLE:
        _as_published(expected["uci_online_retail"], clean, lines, buyers, found, cohorts)


def cents(value: Any) -> Decimal:
    """Four lines cost a tenth of a penny: amounts are kept in whole ones."""
    return Decimal(value).quantize(Decimal("0.01"))


def _as_published(
    wanted: dict[str, Any],
    clean: dict[str, Any],
    lines: int,
    buyers: dict[int, Any],
    found: Any,
    cohorts: dict[str, list[int]],
) -> None:
    published = wanted["clean (customer given, quantity>0, price>0)"]
    assert lines == wanted["rows"]
    assert (clean["rows"], clean["customers"], clean["invoices"]) == (397884, 4338, published["invoices"])
    assert round(clean["amount"], 2) == Decimal("8911407.90")
    table = next(value for name, value in wanted.items() if name.startswith("rfm on clean rows"))
    for values, name in (
        ([one.days - 1 for one in buyers.values()], "recency_days"),
        ([one.orders for one in buyers.values()], "frequency_invoices"),
    ):
        assert mean(values) == pytest.approx(table[name]["mean"], abs=5e-4)
        assert median(values) == table[name]["median"]
        assert max(values) == table[name]["max"]
    assert mean(one.amount for one in buyers.values()) / 100 == pytest.approx(
        table["monetary"]["mean"], abs=5e-3
    )
    assert str(found.rows[0].key) in wanted["top_customer"]
    for month, counts in wanted["cohort_clean"].items():
        assert cohorts[month][: len(counts)] == counts
