"""Exports with all the columns that a product writes, as people bring them, several objects at once."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.records.importing.delimited import fold_header
from guanxi.platform.records.importing.planning import plan_files
from guanxi.platform.records.importing.products import product_of
from guanxi.platform.records.importing.reading import open_table
from guanxi.platform.records.importing.rows import tidy_place
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading

# Beside each product's files a table of where their columns go: file, object, column, place, found by.
EXPORTS = Path(__file__).parent / "exports_whole"
LABELS = {
    "espocrm": "EspoCRM", "fxiaoke": "Fxiaoke", "hubspot": "HubSpot", "odoo": "Odoo", "odoo-tech": "Odoo",
    "pipedrive": "Pipedrive", "salesforce": "Salesforce", "salesforce-report": "Salesforce",
    "zoho": "Zoho CRM",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("product", LABELS)
def test_every_column_of_a_whole_export_finds_its_place(cast: Any, product: str, tmp_path: Path):
    files = sorted((EXPORTS / product).glob("*.csv"))
    with in_workspace(cast.xishan.pk), reading():
        tables = [(one.name, open_table(one, workroom=tmp_path)) for one in files]
        said = [product_of(table.columns) for _name, table in tables]
        found = [
            line for one, guess in zip(files, plan_files(tables), strict=True) for line in _lines(one, guess)
        ]
    assert {one.label.en for one in said if one} == {LABELS[product]}
    assert all(said) or product == "salesforce"  # its notes have hardly a column of their own
    assert found == (EXPORTS / product / "places.tsv").read_text(encoding="utf-8").splitlines()


def _lines(file: Path, guess: Any) -> Iterator[str]:
    for column in guess.plan.columns:
        if column.path:
            words = (file.name, guess.plan.object, column.header, column.path, column.link_by)
            yield "\t".join(words).rstrip()


@pytest.mark.django_db(transaction=True)
def test_a_list_of_firms_and_people_becomes_companies_and_their_contacts(
    cast: Any, settings: Any, tmp_path: Path
):
    settings.DATA_DIR = tmp_path
    options = ["--yes", "--by", "gu@xishan.example", "--rejected", str(tmp_path / "back")]
    said = StringIO()
    file = str(EXPORTS / "odoo" / "contacts.csv")
    call_command("import", file, *options, "--leave-empty", "language", "--workspace", "xishan", stdout=said)
    assert not list((tmp_path / "back").glob("*")), said.getvalue()
    with in_workspace(cast.xishan.pk), reading():
        company, contact = Company.objects.get(), Contact.objects.get()
        assert (company.name, company.tax_no) == ("Deco Addict OD", "US12345677")
        assert (contact.name, contact.title) == ("Addison Olson", "Sales Representative")
        assert contact.company_id == company.pk
        assert contact.addresses[0]["province"] == "California"
        # A number without a country is one of the country that the row names.
        assert company.phones[0]["number"] == "+16039963829"


def test_what_says_that_a_column_is_needed_is_no_part_of_its_name():
    assert fold_header("客户名称（必填）") == fold_header("客户名称(必填)") == fold_header("客户名称")
    assert fold_header("Name (required)") == "name"
    assert fold_header("Amount (CNY)") == "amountcny"


def test_a_street_does_not_repeat_what_other_columns_say():
    place = {"kind": "", "street": "Wensan Rd 9, 310012 Hangzhou, China", "city": "Hangzhou"}
    place |= {"postcode": "310012", "country": "China", "province": "Zhejiang (CN)"}
    tidy_place(place)
    assert (place["street"], place["province"]) == ("Wensan Rd 9", "Zhejiang")
    alone = {"kind": "", "street": "25 First Street, Suite 200", "city": "Boston"}
    tidy_place(alone)
    assert alone["street"] == "25 First Street, Suite 200"


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ({"street": "浙江省杭州市余杭区文一西路998号"}, ("浙江省", "杭州市", "余杭区", "文一西路998号")),
        (
            {"province": "浙江省", "city": "杭州市", "street": "浙江省杭州市西湖区文三路9号"},
            ("浙江省", "杭州市", "西湖区", "文三路9号"),
        ),
        ({"city": "杭州", "street": "上海路3号"}, (None, "杭州", None, "上海路3号")),
        ({"country": "美国", "city": "杭州", "street": "杭州市 1"}, (None, "杭州", None, "杭州市 1")),
    ],
)
def test_a_street_that_says_province_and_city_is_parted(
    cells: dict[str, str], wanted: tuple[str | None, ...]
):
    place = {"kind": "", **cells}
    tidy_place(place)
    assert tuple(place.get(part) for part in ("province", "city", "district", "street")) == wanted
