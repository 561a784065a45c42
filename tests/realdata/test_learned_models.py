"""Models that learn from real files, all the way: imported as records with own fields, trained, written back,
filtered."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from guanxi.analytics.learning.actions import add_learned, change_learned, switch_on
from guanxi.analytics.learning.models import Estimate, ModelVersion
from guanxi.analytics.learning.training import train, write_all
from guanxi.analytics.mining.survival import kaplan_meier
from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.analytics.warehouse.reading import connect
from guanxi.people.companies.models import Company
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.writing import change_record
from guanxi.sales.leads.models import Lead

pytestmark = [pytest.mark.slow, pytest.mark.one_database]
NUMBERS = (
    "tenure",
    "MonthlyCharges",
    "TotalCharges",
    "TotalVisits",
    "Page Views Per Visit",
    "Total Time Spent on Website",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.WAREHOUSE_DIR = tmp_path / "warehouse"


def test_who_leaves_is_learned_written_and_filtered(workshop: Any, data: Path, expected: Any) -> None:
    path = data / "ibm_telco_churn" / "Telco-Customer-Churn.csv"
    names = with_own_fields(workshop, path, "company", title="customerID")
    wanted = expected["ibm_telco_churn"]
    db = connect(workshop.by, "company")
    rows = db.execute(f"SELECT {names['tenure']}, {names['Churn']} FROM company").fetchall()
    curve = kaplan_meier([float(row[0]) for row in rows], [row[1] == "Yes" for row in rows])
    for month, share in wanted["kaplan_meier_survival"].items():
        assert curve.at(float(month)) == pytest.approx(share, abs=5e-5)
    came, gone = f"{names['Churn']} = Yes", f"{names['Churn']} = No"
    model = add_learned(kind="churn", object="company", came=came, gone=gone, by=workshop.by)
    version = train(model.pk)
    assert version is not None
    assert version.size == len(rows)
    assert version.events == wanted["churned"]
    assert version.figures["auc"] >= 0.84
    assert not version.leaks
    assert version.doubts == ["not_tried_forward"]
    switch_on(model.pk, by=workshop.by)
    write_all(model.pk)
    danger = filtered(workshop, "company", f"churn_class = high and {gone}")
    assert 300 < len(danger) < 1500
    assert len(danger) == Estimate.objects.filter(tier="high").count()
    first = Company.objects.get(pk=danger[0])
    assert registry.get("company")["churn"].get(first) >= 60
    assert registry.get("company")["churn_version"].get(first) == 1
    assert Estimate.objects.get(record_id=first.pk).reasons
    assert not filtered(workshop, "company", f"churn is not empty and {came}")


def test_leads_are_scored_without_the_columns_that_know_the_answer(
    workshop: Any, data: Path, expected: Any
) -> None:
    names = with_own_fields(workshop, data / "x_education_leads" / "leads.csv", "lead", title="Prospect ID")
    answer = names["Converted"]
    for lead in Lead.objects.order_by("pk")[:40]:
        change_record(lead, {answer: None}, by=workshop.by)  # these are open
    rebuild(["lead"])
    wanted = expected["x_education_leads"]["model"]["logistic_regression_auc_10fold"]
    (honest,) = (value for name, value in wanted.items() if name.startswith("without"))
    model = add_learned(
        kind="chance", object="lead", came=f"{answer} = 1", gone=f"{answer} = 0", by=workshop.by
    )
    version = train(model.pk)
    assert version is not None
    later = {names[one] for one in names if one.startswith("Asymmetrique")}
    later |= {names[one] for one in ("Tags", "Lead Quality", "Lead Profile", "Last Notable Activity")}
    warned = {one["column"]: one for one in version.leaks}
    assert later <= set(warned)
    assert all(warned[one]["left_out"] for one in later)
    assert not later & set(version.features)
    change_learned(model.pk, left_out=sorted(later), by=workshop.by)
    version = train(model.pk)
    assert version is not None
    assert version.figures["auc"] == pytest.approx(honest, abs=wanted["tolerance"])
    change_learned(model.pk, left_out=[], by=workshop.by)
    brilliant = train(model.pk)
    assert brilliant is not None
    assert brilliant.figures["auc"] == pytest.approx(wanted["all_columns"], abs=wanted["tolerance"])
    assert "too_good" in brilliant.doubts
    assert ModelVersion.objects.filter(model=model).count() == 3
    switch_on(model.pk, by=workshop.by)
    write_all(model.pk)
    said = filtered(workshop, "lead", "chance is not empty and chance_version = 3")
    assert len(said) == 40


def with_own_fields(workshop: Any, path: Path, object: str, *, title: str) -> dict[str, str]:
    """Brings a file in as records with a field of their own for every column; header → field."""
    with path.open() as file:
        headers = next(csv.reader(file))
    names = {one: "own_" + re.sub(r"\W+", "_", one).strip("_").lower()[:36].strip("_") for one in headers}
    for header, name in names.items():
        kind = "decimal" if header in NUMBERS else "text"
        add_field(object=object, type=kind, label=header, name=name, by=workshop.by)
    job = workshop.begin(path, objects=[object])

    def decide(plan: Any) -> None:
        for header, name in names.items():
            column = plan.column(header)
            column.path, column.on_problem, column.replace = name, "empty", {}
        plan.column(title).path = "name"
        plan.alike = "create"

    workshop.decide(job, path.name, decide)
    done = workshop.run(job)[path.name]
    assert done.rejected == 0
    rebuild([object])
    return names


def filtered(workshop: Any, object: str, text: str) -> list[int]:
    found, after = [], None
    while True:
        query = ListQuery(
            obj=registry.get(object), columns=("name",), filter=parse_filter(text), limit=500, after=after
        )
        page = list_records(query, by=workshop.by)
        found += [row.id for row in page.rows]
        after = page.after
        if after is None:
            return found
