"""A thousand records of 251 people, a fifth of whose fields are blank: what a sweep finds of them."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor
from tests.realdata import data_set
from tests.realdata.sweeps import score, sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_sweep_finds_most_of_them_and_hardly_any_that_are_not(cast, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with (data_set("splink_fake_1000") / "fake_1000.csv").open(encoding="utf-8") as file:
        given = list(csv.DictReader(file))
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        ids, found = sweep("contact", [_person(row) for row in given], by)
    truth = [row["cluster"] for row in given]
    for least in (500, 200):
        said = score(ids, truth, found, least)
        print(f"{least}: precision {said.precision:.4f}, recall {said.recall:.4f}, F1 {said.f1:.4f}")
    likely, possible = score(ids, truth, found), score(ids, truth, found, 200)
    assert likely.precision >= 0.98, likely
    assert likely.recall >= 0.80, likely
    assert possible.f1 >= 0.90, possible


def _person(row: dict[str, str]) -> dict[str, object]:
    return {
        "name": f"{row['first_name']} {row['surname']}".strip(),
        "addresses": [{"kind": "home", "city": row["city"]}] if row["city"] else [],
        "birthday": date.fromisoformat(row["dob"]) if row["dob"] else None,
        "emails": [{"kind": "home", "email": row["email"]}] if row["email"] else [],
    }
