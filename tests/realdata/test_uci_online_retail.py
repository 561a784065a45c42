"""541,909 lines of a real shop: customers by RFM, by cohort and by Pareto, and what they will still buy."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import mean, median
from typing import Any

import duckdb
import pytest

from guanxi.analytics.mining.cohorts import cohorts, net_retention
from guanxi.analytics.mining.drivers import contributions, price_volume_mix
from guanxi.analytics.mining.lifetime import fit_bg_nbd, fit_gamma_gamma, lifetime_value
from guanxi.analytics.mining.pareto import movement, pareto
from guanxi.analytics.mining.rfm import Buyer, rfm

DAY_AFTER = date(2011, 12, 10)
# Only the columns that are needed, read once; sums in hundredths of a penny, so that none is rounded early.
LINES = """
CREATE TABLE lines AS
SELECT CAST(CAST(CustomerID AS DOUBLE) AS BIGINT) AS customer, InvoiceNo AS invoice, Country AS country,
       CAST(InvoiceDate AS DATE) AS day, CAST(ROUND(Quantity * UnitPrice * 10000) AS BIGINT) AS amount,
       CustomerID IS NOT NULL AND Quantity > 0 AND UnitPrice > 0 AS clean
FROM read_csv($1, types = {'InvoiceNo': 'VARCHAR', 'CustomerID': 'VARCHAR', 'InvoiceDate': 'TIMESTAMP'})
"""


@pytest.fixture(scope="module")
def shop(data: Path) -> Any:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(LINES, [str(data / "uci_online_retail" / "online_retail.csv.gz")])
    return connection


@pytest.fixture(scope="module")
def invoices(shop: Any) -> list[tuple[int, str, date, int]]:
    """Customer, number, day and sum of each invoice, of clean lines only."""
    found: list[Any] = shop.execute(
        "SELECT customer, invoice, MIN(day), SUM(amount) FROM lines WHERE clean GROUP BY 1, 2"
    ).fetchall()
    return found


def test_rfm_and_pareto_tables(invoices, expected):
    wanted = expected["uci_online_retail"]
    clean, table = (
        wanted["clean (customer given, quantity>0, price>0)"],
        next(value for name, value in wanted.items() if name.startswith("rfm on clean rows")),
    )
    buyers = by_customer(invoices)
    assert (len(invoices), len(buyers)) == (clean["invoices"], clean["customers"])
    for values, name, pounds in (
        ([one.days for one in buyers.values()], "recency_days", 1),
        ([one.orders for one in buyers.values()], "frequency_invoices", 1),
        ([one.amount for one in buyers.values()], "monetary", 10000),
    ):
        assert mean(values) / pounds == pytest.approx(table[name]["mean"], abs=5e-4)
        assert median(values) / pounds == pytest.approx(table[name]["median"], abs=5e-4)
        assert max(values) / pounds == pytest.approx(table[name]["max"], abs=5e-3)
    scored = rfm(buyers)
    assert sum(scored.sizes().values()) == len(buyers)
    assert scored.trust.sound
    assert scored.scored[14646].code == "555"
    assert {one.code[0] for one in scored.scored.values()} == set("12345")

    amounts = {key: one.amount for key, one in buyers.items()}
    found = pareto(amounts)
    assert round(found.total / 10000, 2) == clean["amount"]
    assert {str(found.rows[0].key): round(found.rows[0].value / 10000, 2)} == wanted["top_customer"]
    assert found.rows[found.vital - 2].reached < 0.8 <= found.vital_share
    assert 0.2 < found.vital / len(found.rows) < 0.3  # 26 % bring 80 %
    assert found.top_fifth == pytest.approx(0.747, abs=0.005)
    halves = [
        pareto(totals(row for row in invoices if (row[2] < date(2011, 6, 1)) is early))
        for early in (True, False)
    ]
    moved = movement(halves[1], halves[0])
    assert {one.key for one in moved if one.after == "A"}.isdisjoint(
        row.key for row in halves[0].of_grade("A")
    )


def test_cohorts_and_months(shop, invoices, expected):
    wanted = expected["uci_online_retail"]
    found = cohorts((key, day.year * 12 + day.month - 1) for key, _number, day, _amount in invoices)
    table = {f"{row.period // 12}-{row.period % 12 + 1:02}": row.active for row in found.rows}
    for month, counts in wanted["cohort_clean"].items():
        assert list(table[month][: len(counts)]) == counts
    assert sum(row.size for row in found.rows) == 4338
    assert found.mean_retention(0) == 1
    months = shop.execute("SELECT strftime(day, '%Y-%m'), SUM(amount) FROM lines GROUP BY 1").fetchall()
    assert {month: round(amount / 10000, 2) for month, amount in months} == wanted["amount_by_month"]
    places = shop.execute(
        "SELECT country, SUM(amount) FROM lines GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
    ).fetchall()
    assert {place: round(amount / 10000, 2) for place, amount in places} == wanted["amount_by_country_top"]
    early, late = (totals(row for row in invoices if row[2].month == month) for month in (10, 11))
    kept = net_retention(early, late)
    assert kept.start + kept.expansion - kept.contraction - kept.lost == sum(
        late.get(key, 0) for key in early
    )
    parts = contributions(early, late)
    assert sum(part.change for part in parts) == sum(late.values()) - sum(early.values())
    counted = [
        {country: (len(rows), sum(rows)) for country, rows in grouped.items()}
        for grouped in (by_tenth(invoices, 10), by_tenth(invoices, 11))
    ]
    split = price_volume_mix(*counted)
    assert split.price + split.volume + split.mix == split.change == sum(late.values()) - sum(early.values())


def test_orders_to_come_are_foretold_from_the_past_alone(invoices):
    cut = date(2011, 9, 9)
    past: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for key, _number, day, amount in invoices:
        if day < cut:
            past[key].append((day, amount))
    truth = len({(key, day) for key, _number, day, _amount in invoices if day >= cut and key in past})
    repeats, last, age, worth = [], [], [], []
    for rows in past.values():
        days = sorted({day for day, _amount in rows})
        repeats.append(len(days) - 1)
        last.append((days[-1] - days[0]).days)
        age.append((cut - days[0]).days)
        later = [amount / 10000 for day, amount in rows if day > days[0]]
        worth.append(sum(later) / (len(days) - 1) if later else 0.0)
    model = fit_bg_nbd(repeats, last, age)
    assert model.trust.size == len(past)
    assert model.expected(92, repeats, last, age).sum() == pytest.approx(truth, rel=0.25)
    alive = model.alive(repeats, last, age)
    assert (alive >= 0).all()
    assert (alive <= 1).all()
    values = fit_gamma_gamma(repeats, worth)
    total = lifetime_value(
        model, values, repeats, last, age, worth, periods=4, step=91, margin=0.3, discount=0.02
    )
    assert (total >= 0).all()
    assert fit_bg_nbd(repeats[:20], last[:20], age[:20]).trust.thin


def by_customer(invoices: list[tuple[int, str, date, int]]) -> dict[int, Buyer]:
    grouped: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for key, _number, day, amount in invoices:
        grouped[key].append((day, amount))
    return {
        key: Buyer(
            (DAY_AFTER - max(day for day, _amount in rows)).days - 1, len(rows), sum(a for _day, a in rows)
        )
        for key, rows in grouped.items()
    }


def totals(invoices: Any) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for key, _number, _day, amount in invoices:
        found[key] += amount
    return found


def by_tenth(invoices: list[tuple[int, str, date, int]], month: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for key, _number, day, amount in invoices:
        if day.month == month:
            found[key % 10].append(amount)
    return found
