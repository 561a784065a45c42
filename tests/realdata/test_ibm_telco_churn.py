"""7,043 subscribers: how long they stay, and who is about to leave."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from guanxi.analytics.mining.leaks import find_leaks
from guanxi.analytics.mining.scores import Learned, drift, learn
from guanxi.analytics.mining.survival import kaplan_meier, log_rank
from guanxi.analytics.mining.trust import Trust


def test_customers_stay_as_long_as_published(data: Path, expected):
    wanted, rows = expected["ibm_telco_churn"], subscribers(data)
    groups: dict[str, tuple[list[float], list[bool]]] = {}
    for row in rows:
        tenures, left = groups.setdefault(row["Contract"], ([], []))
        tenures.append(float(row["tenure"]))
        left.append(row["Churn"] == "Yes")
    everybody = kaplan_meier([float(row["tenure"]) for row in rows], [row["Churn"] == "Yes" for row in rows])
    assert sum(row["Churn"] == "Yes" for row in rows) == wanted["churned"]
    for month, share in wanted["kaplan_meier_survival"].items():
        assert everybody.at(float(month)) == pytest.approx(share, abs=5e-5)
    assert (everybody.low <= everybody.share).all()
    assert (everybody.share <= everybody.high).all()
    for contract, shares in wanted["kaplan_meier_by_contract_12_24_36_60"].items():
        curve = kaplan_meier(*groups[contract])
        assert [curve.at(month) for month in (12, 24, 36, 60)] == pytest.approx(shares, abs=5e-5)
    chi_square, chance = log_rank(groups)
    assert chi_square == pytest.approx(wanted["logrank_chi2_by_contract"], abs=0.01)
    assert chance < 1e-9
    assert kaplan_meier([1, 2, 3], [True, False, True]).trust.thin


@pytest.mark.slow
def test_leaving_is_foretold_and_explained(data: Path, expected):
    wanted, rows = expected["ibm_telco_churn"]["model"]["logistic_regression_10fold"], subscribers(data)
    table = {name: [row[name] for row in rows] for name in rows[0] if name not in ("customerID", "Churn")}
    left = [row["Churn"] == "Yes" for row in rows]
    model = learn(table, left)
    assert isinstance(model, Learned)
    assert model.auc == pytest.approx(wanted["auc"], abs=wanted["tolerance"])
    assert model.auc >= 0.84
    assert model.accuracy == pytest.approx(wanted["accuracy"], abs=0.01)
    assert all(abs(one.said - one.came) < 0.08 for one in model.bins)  # what is said comes true
    assert model.trust.doubts == ("not_tried_forward",)
    assert not find_leaks(table, left)
    kept = Learned.from_json(json.loads(json.dumps(model.as_json())))
    chances = kept.chances(table)
    assert chances == pytest.approx(model.chances(table))
    assert drift(chances[::2], chances[1::2]) < 0.02
    first = {name: values[0] for name, values in table.items()}
    assert model.reasons(first)[0].column == "tenure"  # one month: that speaks for leaving
    assert model.reasons(first)[0].points > 0
    assert learn({name: values[:80] for name, values in table.items()}, left[:80]) == Trust(80, (), ("thin",))


def subscribers(data: Path) -> list[dict[str, str]]:
    with (data / "ibm_telco_churn" / "Telco-Customer-Churn.csv").open() as file:
        return list(csv.DictReader(file))
