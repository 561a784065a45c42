"""Customers in Latin-1, without a row of names, with NULL unquoted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from guanxi.people.companies.models import Company
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.measuring import measure_question
from guanxi.platform.records.questions import ask
from guanxi.sales.orders.models import Order
from guanxi.sales.receipts.models import Receipt
from tests.cast import Cast, client_for

NAME = "Customers.txt"
PATHS = (
    "external_id", "name", "", "", "phones:work", "addresses:office:street", "addresses:office:street",
    "addresses:office:city", "addresses:office:province", "addresses:office:postcode",
    "addresses:office:country", "", "",
)  # fmt: skip


def test_122_customers_with_their_accents(workshop, data: Path, expected):
    job = workshop.begin(data / "classicmodels" / NAME, objects=["company"])
    table = workshop.file(job, NAME).source
    assert (table.header, table.columns[:3], table.encoding) == (0, ["A", "B", "C"], "cp1252")

    def decide(plan) -> None:
        for column, path in zip(plan.columns, PATHS, strict=True):
            column.path, column.reason = path, "chosen"
        plan.key, plan.title = "external_id", []

    workshop.decide(job, NAME, decide)
    file = workshop.run(job)[NAME]
    assert (file.created, file.rejected) == (expected["classicmodels"]["rows"]["Customers"], 0)
    assert Company.objects.filter(city="Luleå", country="Sweden").exists()
    assert Company.objects.filter(city="Luleå", name="Volvo Model Replicas, Co").exists()
    assert not Company.objects.filter(province="NULL").exists()
    given, arrived = file.columns["8"]
    assert given == arrived == Company.objects.exclude(province=None).count()


FILES = {
    NAME: ("company", PATHS, "external_id"),
    "Orders.txt": (
        "order",
        ("number", "ordered_on", "due_on", "delivered_on", "status", "about", "company"),
        "number",
    ),
    "OrderDetails.txt": ("order_line", ("order", "title", "quantity", "unit_price", "position"), ""),
    "Payments.txt": ("receipt", ("company", "reference", "received_on", "amount"), ""),
}
STATES = {
    "Shipped": "delivered", "Resolved": "completed", "Cancelled": "cancelled", "In Process": "confirmed",
    "On Hold": "confirmed", "Disputed": "confirmed",
}  # fmt: skip


@pytest.mark.slow
def test_orders_and_payments_come_to_what_is_published(workshop, data: Path, expected, cast: Cast):
    wanted = expected["classicmodels"]
    paths = [data / "classicmodels" / name for name in FILES]
    job = workshop.begin(*paths, objects=[name for name, _paths, _key in FILES.values()])
    for name, (_object, columns, key) in FILES.items():
        workshop.decide(job, name, decided(columns, key))
    files = workshop.run(job)
    made = {name.removesuffix(".txt"): file.created for name, file in files.items()}
    assert made == {name: wanted["rows"][name] for name in made}
    assert sum(file.rejected for file in files.values()) == 0

    paid, ordered = Decimal(str(wanted["payments_total"])), Decimal(str(wanted["order_lines_total"]))
    assert Receipt.objects.aggregate(sum=Sum("amount"))["sum"] == paid
    assert Receipt.objects.values("company").distinct().count() == wanted["customers_who_paid"]
    assert sum(one.amount for one in Order.objects.all()) == ordered
    by_year = {year: Decimal(str(value)) for year, value in wanted["order_value_by_year"].items()}
    assert {
        year: sum(one.amount for one in Order.objects.filter(ordered_on__year=year)) for year in by_year
    } == by_year
    span: dict[str, Any] = {"first": date(2003, 1, 1), "last": date(2005, 12, 31)}
    assert ask(measure_question(metric("received_amount"), by=workshop.by, **span)) == (paid,)
    browser = client_for(cast.admin)
    of_lines = browser.get("/api/v1/order_lines/summary?sum=gross").json()["data"]
    assert [(one["count"], Decimal(one["sums"]["gross"])) for one in of_lines] == [(2996, ordered)]
    of_receipts = browser.get("/api/v1/receipts/summary?sum=amount").json()["data"]
    assert [Decimal(one["sums"]["amount"]) for one in of_receipts] == [paid]
    shown = browser.get(
        "/receipts/?count=1", headers={"HX-Request": "true", "HX-Target": "list-count"}
    ).content.decode()
    assert f"{paid:,}" in shown
    of_orders = browser.get("/api/v1/orders/summary?sum=amount").json()["data"]
    assert [Decimal(one["sums"]["amount"]) for one in of_orders] == [ordered]
    # Cancelled orders are no sales: the list has all lines, the metric what stands.
    cancelled = sum(one.amount for one in Order.objects.filter(status="cancelled"))
    assert ask(measure_question(metric("ordered_amount"), by=workshop.by, **span)) == (ordered - cancelled,)
    for path in ("/orders/?count=1&columns=number,amount", "/order_lines/?count=1&columns=title,gross"):
        foot = browser.get(path, headers={"HX-Request": "true", "HX-Target": "list-count"})
        assert f"{ordered:,}" in foot.content.decode(), path


def decided(columns: tuple[str, ...], key: str) -> Any:
    def decide(plan: Any) -> None:
        for column, path in zip(plan.columns, columns, strict=True):
            column.path, column.reason = path, "chosen"
            column.link_by = {"company": "external_id", "order": "number"}.get(path, column.link_by)
            if path == "status":
                column.replace = dict(STATES)
        plan.key, plan.title = key, []
        if "reference" in columns:
            plan.fixed["status"] = "confirmed"

    return decide
