"""What a file is about, by its name and its columns together."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.platform.records.importing.planning import plan_file
from guanxi.platform.records.importing.reading import open_table

PEOPLE = "Name,Company,Mobile,Email,Job title\nHannah Teo,Riverside,+65 9123 4567,h@riverside.example,Buyer\n"
FIRMS = "Name,Industry,Website,Employees\nRiverside,Water,riverside.example,120\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("customers.csv", PEOPLE, "contact"),
        ("clients.csv", PEOPLE, "contact"),
        ("customers.csv", FIRMS, "company"),
        ("客户.csv", FIRMS, "company"),
        ("Sheet1.csv", PEOPLE, "contact"),
    ],
)
def test_customers_are_people_or_firms_by_their_columns(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert plan_file(open_table(path, workroom=tmp_path), name=name).plan.object == expected
