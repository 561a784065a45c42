"""People of Febrl with slips, in a sweep: recall, precision and F1 as EXPECTED.json counts its pairs."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest

from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor
from tests.realdata import data_set
from tests.realdata.sweeps import score, sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_database]


@pytest.mark.parametrize(("number", "least"), [(1, 0.98), (2, 0.98), (3, 0.95)])
def test_a_sweep_finds_the_people_who_are_there_twice(cast, settings, tmp_path, number: int, least: float):
    settings.DATA_DIR = tmp_path
    folder = data_set("febrl")
    expected = json.loads((folder.parent / "EXPECTED.json").read_text())["febrl"][f"dataset{number}"]
    with (folder / f"dataset{number}.csv").open(encoding="utf-8") as file:
        given = [
            {key.strip(): (value or "").strip() for key, value in row.items()}
            for row in csv.DictReader(file, skipinitialspace=True)
        ]
    assert len(given) == expected["records"]
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        add_field(object="contact", type="text", label="Insurance number", name="insurance", by=by)
        ids, found = sweep("contact", [_person(row) for row in given], by)
    said = score(ids, [row["rec_id"].split("-")[1] for row in given], found)
    print(f"febrl {number}: precision {said.precision:.4f}, recall {said.recall:.4f}, F1 {said.f1:.4f}")
    assert said.f1 >= least, said


def _person(row: dict[str, str]) -> dict[str, object]:
    street = " ".join(part for part in (row["street_number"], row["address_1"], row["address_2"]) if part)
    address = {"kind": "home", "street": street, "city": row["suburb"], "postcode": row["postcode"]}
    address["province"] = row["state"]
    return {
        "name": f"{row['given_name']} {row['surname']}".strip(),
        "addresses": [{part: text for part, text in address.items() if text}],
        "birthday": _day(row["date_of_birth"]),
        "insurance": row["soc_sec_id"] or None,
    }


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
