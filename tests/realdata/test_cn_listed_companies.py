"""Listed companies and their holders; one file is in UTF-8 and in GB18030, and both must say the same."""

from __future__ import annotations

from pathlib import Path

from guanxi.people.companies.models import Company
from guanxi.platform.records.importing.reading import open_table


def test_the_gb18030_file_equals_its_twin(data: Path, tmp_path: Path, expected):
    folder = data / "cn_listed_companies"
    plain = open_table(folder / "stock_holders.csv", workroom=tmp_path)
    other = open_table(folder / "stock_holders_gb18030.csv", workroom=tmp_path)
    assert (plain.encoding, other.encoding) == ("utf-8", "gb18030")
    rows = list(plain.rows())
    assert rows == list(other.rows())
    assert len(rows) == expected["cn_listed_companies"]["stock_holders"]


def test_chinese_headers_find_their_fields(workshop, data: Path, expected):
    job = workshop.begin(data / "cn_listed_companies" / "stock_basic.csv")
    plan = workshop.file(job, "stock_basic.csv").file_plan
    assert plan.object == "company"
    assert {one.header: one.path for one in plan.columns if one.path} == {
        "股票名称": "name",
        "行业": "industry",
    }

    def with_code(plan) -> None:
        plan.column("TS代码").path = "external_id"
        plan.key = "external_id"

    workshop.decide(job, "stock_basic.csv", with_code)
    file = workshop.run(job)["stock_basic.csv"]
    assert file.created + file.updated == expected["cn_listed_companies"]["stock_basic"]
    assert file.created == Company.objects.count()  # a company that stands there twice is one
    assert Company.objects.get(external_id="688017.SH").name == "绿的谐波"


def test_a_gb18030_file_comes_in(workshop, data: Path):
    name = "stock_holders_gb18030.csv"
    job = workshop.begin(data / "cn_listed_companies" / name, objects=["company"])

    def decide(plan) -> None:
        plan.column("Holder_name").path = "name"
        plan.key = "name"
        plan.title = []

    workshop.decide(job, name, decide)
    file = workshop.run(job)[name]
    assert file.rows == 2003
    assert file.created == Company.objects.count()
    assert Company.objects.filter(name="左昱昱").count() == 1
    assert not Company.objects.filter(name__contains="\ufffd").exists()
