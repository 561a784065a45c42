"""What a file is about, by its name and its columns together."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

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


@pytest.mark.parametrize(
    ("name", "text", "kind", "path"),
    [
        (
            "Note.csv",
            "Title,Body,Parent Account,Created Date\nCall,Price,Acme,2026-11-01\n",
            "Note",
            "done_at",
        ),
        ("all-tasks.csv", "Subject,Related To,Created Date\nCall,Acme,2026-11-01\n", "To-do", ""),
        ("任务.csv", "主题,关联客户,创建时间\n打电话,溪山,2026-11-01\n", "To-do", ""),
        (
            "events.csv",
            "Subject,Start,Related To,Created Date\nFair,2026-11-03,Acme,2026-11-01\n",
            "Meeting",
            "",
        ),
        ("events.csv", "Subject,Type,Related To\nFair,Visit,Acme\n", None, "about:deal"),
        ("tasks.csv", "Subject,Due Date,Status\nCall,2026-11-01,Completed\n", "To-do", "done_at:state"),
        ("任务.csv", "主题,截止日期,状态\n打电话,2026-11-01,进行中\n", "To-do", "done_at:state"),
        ("tasks.csv", "Subject,Due Date,Status\nCall,2026-11-01,Blue\n", "To-do", ""),
    ],
)
def test_a_file_of_activities_says_by_its_name_what_they_are(
    tmp_path: Path, name: str, text: str, kind: str | None, path: str
) -> None:
    (tmp_path / name).write_text(text)
    with translation.override("en"):
        plan = plan_file(open_table(tmp_path / name, workroom=tmp_path), name=name).plan
    assert (plan.object, plan.fixed.get("kind")) == ("activity", kind)
    assert plan.columns[-1].path == path


def test_what_a_task_is_related_to_is_what_the_other_files_hold(tmp_path: Path) -> None:
    tables = []
    for name, text in (
        ("accounts.csv", ACCOUNTS.replace("z2,Acme", "z2,Bolt")),
        ("deals.csv", "Record Id,Deal Name,Account Name\n1,Pumps,Acme\n"),
        ("tasks.csv", "Subject,Due Date,Related To\nCall,2026-12-01,Acme\nWrite,2026-12-02,Bolt\n"),
    ):
        (tmp_path / name).write_text(text)
        tables.append((name, open_table(tmp_path / name, workroom=tmp_path)))
    found = plan_files(tables)[-1].plan
    assert (found.object, found.columns[-1].path, found.columns[-1].link_by) == (
        "activity",
        "about:company",
        "",
    )


@pytest.mark.parametrize("object_name", ["lead", "deal", "contact"])
@pytest.mark.parametrize(
    "headers",
    [
        "Customer Level,Account Type,Account Rating,Company Size,Type of Account,Product Type,Owner Role",
        "客户级别,客户等级,客户类型,客户性质,公司规模,客户信用等级,产品类型,负责人角色",
        "客戶級別,客戶等級,客戶類型,客戶分級,公司規模,公司性質,聯絡人角色",
    ],
)
def test_what_a_customer_has_is_not_who_it_is(tmp_path: Path, headers: str, object_name: str) -> None:
    """A level, a kind, a size: of these no company is made, and they name nobody."""
    width = headers.count(",") + 1
    lines = [",".join([["重点", "Silver", "普通客户"][at % 3]] * width) for at in range(9)]
    (tmp_path / "list.csv").write_text("\n".join([headers, *lines]), encoding="utf-8")
    table = open_table(tmp_path / "list.csv", workroom=tmp_path)
    plan = plan_file(table, name="list.csv", object_name=object_name).plan
    assert {one.header: one.path for one in plan.columns if one.path} == {}


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("Customer Level", "level"),
        ("Account Rating", "level"),
        ("Account Type", "role"),
        ("客户等级", "level"),
        ("客户类型", "role"),
        ("客户编号", "external_id"),
        ("客戶級別", "level"),
        ("客戶類型", "role"),
        ("客戶編號", "external_id"),
    ],
)
def test_in_a_file_of_customers_it_is_theirs(tmp_path: Path, header: str, path: str) -> None:
    (tmp_path / "list.csv").write_text(f"Company name,{header}\nAcme,A\nBolt,B\n", encoding="utf-8")
    plan = plan_file(open_table(tmp_path / "list.csv", workroom=tmp_path), name="list.csv").plan
    assert (plan.object, plan.columns[1].path) == ("company", path)


@pytest.mark.parametrize("header", ["客户编号", "客戶編號", "Customer number", "Account code"])
def test_the_number_of_a_customer_leads_to_the_one_of_that_number(tmp_path: Path, header: str) -> None:
    (tmp_path / "deals.csv").write_text(
        f"Deal name,Amount,{header}\nPumps,100,K-7\nMeters,200,K-8\n", encoding="utf-8"
    )
    plan = plan_file(open_table(tmp_path / "deals.csv", workroom=tmp_path), name="deals.csv").plan
    assert (plan.object, plan.columns[2].path, plan.columns[2].link_by) == ("deal", "company", "external_id")


def test_a_column_of_letters_links_to_nothing_by_a_part_of_its_header(tmp_path: Path) -> None:
    lines = [f"Pump {at},{'ABC'[at % 3]}" for at in range(9)]
    (tmp_path / "deals.csv").write_text("\n".join(["Deal name,Customer potential", *lines]))
    plan = plan_file(open_table(tmp_path / "deals.csv", workroom=tmp_path), name="deals.csv").plan
    assert (plan.object, plan.columns[1].path) == ("deal", "")
