"""9,240 leads without a name in 37 columns, where "Select" means that nothing was chosen."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from guanxi.analytics.mining.leaks import find_leaks
from guanxi.analytics.mining.scores import Learned, learn
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.sales.leads.models import Lead

NAME = "leads.csv"


@pytest.mark.slow
def test_every_lead_arrives_and_select_does_not(workshop, data: Path, expected):
    wanted = expected["x_education_leads"]
    job = workshop.begin(data / "x_education_leads" / NAME, objects=["lead"])

    def decide(plan) -> None:
        plan.column("Converted").path = "status"
        plan.column("Converted").replace = {"1": "converted", "0": "new"}
        plan.column("Tags").path = ""
        plan.column("Lead Source").replace = {"google": "Google"}
        plan.key, plan.title = "external_id", [1]

    workshop.decide(job, NAME, decide)
    file = workshop.run(job)[NAME]
    assert (file.created, file.rejected) == (wanted["rows"], 0)
    assert len(file.file_plan.columns) == wanted["columns"]
    leads = list(Lead.objects.values_list("source", "status", "city"))
    assert sum(status == "converted" for _source, status, _city in leads) == wanted["converted"]
    sources = Counter(source for source, _status, _city in leads)
    slip = 5  # "google" is one of Google's, by a click on the hint
    for source, (count, _rate) in wanted["by_source"].items():
        assert sources[source] == count + (slip if source == "Google" else 0)
    assert not any(city == "Select" for _source, _status, city in leads)


def test_profiles_know_what_says_nothing(workshop, data: Path):
    job = workshop.begin(data / "x_education_leads" / NAME, objects=["lead"])
    table = workshop.file(job, NAME).source
    profiles = {one.header: one for one in profile_columns(table.columns, table.sample())}
    assert profiles["City"].not_given == ("Select",)
    assert profiles["Converted"].kind == "boolean"
    assert profiles["Prospect ID"].kind == "code"


@pytest.mark.slow
def test_a_score_without_the_columns_that_know_the_answer(data: Path, expected):
    wanted = expected["x_education_leads"]["model"]["logistic_regression_auc_10fold"]
    with (data / "x_education_leads" / NAME).open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in ("Prospect ID", "Lead Number", "Converted")]
    table = {name: [row[name] for row in rows] for name in names}
    came = [row["Converted"] == "1" for row in rows]
    leaks = {leak.column: leak for leak in find_leaks(table, came)}
    later = {"Tags", "Lead Quality", "Lead Profile", "Last Notable Activity"}
    later |= {name for name in names if name.startswith("Asymmetrique")}
    assert len(later) == 8
    assert later <= set(leaks)
    assert len(leaks) <= len(later) + 3  # a warning about everything warns of nothing
    assert leaks["Tags"].sure
    (honest,) = (value for name, value in wanted.items() if name.startswith("without"))
    with_all = learn(table, came, folds=3)
    without = learn({name: table[name] for name in names if name not in later}, came)
    assert isinstance(with_all, Learned)
    assert isinstance(without, Learned)
    assert with_all.auc == pytest.approx(wanted["all_columns"], abs=wanted["tolerance"])
    assert "too_good" in with_all.trust.doubts
    assert without.auc == pytest.approx(honest, abs=wanted["tolerance"])
    proof = find_leaks({"City": table["City"]}, came, filled_late={"City": 0.4})
    assert proof[0].signs == ("late",)
