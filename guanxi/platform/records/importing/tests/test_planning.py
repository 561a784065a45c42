"""What a file is about, by its name and its columns together."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.platform.records.importing.planning import plan_file, plan_files
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


ACCOUNTS = "Record Id,Account Name,Phone\nz1,Acme,+65 6123 4567\nz2,Acme,+65 6123 4568\n"


@pytest.mark.parametrize(
    ("deals", "wanted"),
    [
        ("Account Name.id,Account Name\n1,A,z2,Acme\n2,B,z1,Acme\n", "company:external_id -"),
        ("Associated Company IDs,Account Name\n1,A,z2,Acme\n2,B,z1,Acme\n", "company:external_id -"),
        ("Account Name.id,Account Name\n1,A,z8,Acme\n2,B,z9,Acme\n", "- company:"),  # of no file here
        ("Associated Company IDs,Account Name\n1,A,z1;z2,Acme\n2,B,z2,Acme\n", "- company:"),  # several
        ("Batch ID,Account Name\n1,A,z1,Acme\n2,B,z2,Acme\n", "- company:"),
    ],
)
def test_ids_of_a_file_that_comes_along_link_before_names_do(tmp_path: Path, deals: str, wanted: str) -> None:
    tables = []
    for name, text in (("accounts.csv", ACCOUNTS), ("deals.csv", f"Record Id,Deal Name,{deals}")):
        (tmp_path / name).write_text(text)
        tables.append((name, open_table(tmp_path / name, workroom=tmp_path)))
    _accounts, found = plan_files(tables, ["company", "deal"])
    said = [f"{one.path}:{one.link_by}" if one.path else "-" for one in found.plan.columns[2:]]
    assert said == wanted.split()


@pytest.mark.parametrize(
    "text",
    [
        "姓名,公司,電話\n陳大文,溪山儀器股份有限公司,0912345678\n林小姐,青禾科技,0922333444\n",
        "姓名,公司,电话\n陈大文,溪山仪器,13800138000\n",
    ],
)
def test_who_has_a_persons_name_is_a_contact(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    assert plan_file(open_table(path, workroom=tmp_path), name=path.name).plan.object == "contact"
