"""Customers in Latin-1, without a row of names, with NULL unquoted."""

from __future__ import annotations

from pathlib import Path

from guanxi.people.companies.models import Company

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
