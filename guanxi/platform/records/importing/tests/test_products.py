"""Files of other products are recognised by their columns, find their places, and come in whole."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.metadata import registry
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.platform.records.importing.matching import match_columns
from guanxi.platform.records.importing.planning import kinds_of, targets
from guanxi.platform.records.importing.products import product_of
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.deals.models import Deal

# One firm, one person and one deal as each product writes them out: its own columns, its own way to say them.
EXPORTS = Path(__file__).parent / "exports"
PEOPLE = "external_id name:given name:family"
PLACES = {
    "espocrm/accounts": "external_id name website emails: phones: role industry addresses:billing:street"
    " addresses:billing:city addresses:billing:province addresses:billing:country"
    " addresses:billing:postcode addresses:shipping:city * - - - - owner",
    "espocrm/contacts": "external_id - name:given name:family title company - emails: phones:"
    " addresses::street addresses::city addresses::country - - - owner",
    "espocrm/opportunities": "external_id name amount amount:currency - company - contact - stage - *"
    " expected_close - - owner",
    "fxiaoke/客户": "external_id name level industry addresses::country addresses::province addresses::city"
    " addresses::district addresses::street phones: website emails: owner team - - *",
    "fxiaoke/联系人": "name company title phones:mobile phones: emails: owner - -",
    "fxiaoke/商机2.0": "name company amount amount:currency expected_close stage - pipeline owner -",
    "hubspot/companies": "external_id name owner - phones: - addresses::city addresses::country industry"
    " website addresses::street addresses::province addresses::postcode employees -",
    "hubspot/contacts": f"{PEOPLE} emails: phones: phones:mobile owner - company title - -",
    "hubspot/deals": "external_id name stage pipeline amount amount:currency expected_close owner company -",
    "odoo/companies": "external_id name - phones: emails: addresses::street addresses::city"
    " addresses::province addresses::postcode addresses::country website tax_no owner tags -",
    "odoo/contacts": "external_id name - company title phones: phones:mobile emails: addresses::city"
    " addresses::country owner",
    "odoo/opportunities": "external_id name company contact amount amount:currency - expected_close stage"
    " owner",
    "pipedrive/organizations": "external_id name owner addresses::street industry website tags",
    "pipedrive/people": "external_id name company emails:work emails:home phones:work phones:mobile title"
    " owner -",
    "pipedrive/deals": "external_id name owner amount amount:currency - - company pipeline contact stage"
    " status expected_close",
    "salesforce/accounts": "external_id name owner role industry phones: website addresses:billing:street"
    " addresses:billing:city addresses:billing:province addresses:billing:postcode"
    " addresses:billing:country addresses:shipping:city employees * -",
    "salesforce/contacts": "external_id - name:given name:family title company addresses:office:street"
    " addresses:office:city addresses:office:province addresses:office:postcode addresses:office:country"
    " phones: phones:mobile emails: owner -",
    "salesforce/opportunities": "external_id name company stage amount amount:currency - expected_close"
    " source owner next_step",
    "zoho/accounts": "external_id - owner name phones: website industry employees addresses:billing:street"
    " addresses:billing:city addresses:billing:province addresses:billing:postcode"
    " addresses:billing:country addresses:shipping:city - -",
    "zoho/contacts": "external_id - owner name:given name:family - company emails: title phones:"
    " phones:mobile addresses:office:street addresses:office:city addresses:office:postcode - -",
    "zoho/deals": "external_id - owner amount amount:currency name expected_close - company stage - - contact"
    " source",
}
LABELS = {
    "espocrm": "EspoCRM", "fxiaoke": "Fxiaoke", "hubspot": "HubSpot", "odoo": "Odoo",
    "pipedrive": "Pipedrive", "salesforce": "Salesforce", "zoho": "Zoho CRM",
}  # fmt: skip
# The pipelines that the files name.
PIPELINES = {"fxiaoke": "新客户流程", "hubspot": "Sales Pipeline", "pipedrive": "Pipeline"}
KINDS = {
    "company": {"accounts", "companies", "organizations", "客户"},
    "contact": {"contacts", "people", "联系人"},
    "deal": {"deals", "opportunities", "商机2.0"},
}
# What the labels of a screen say where the file of the same product has the names of its columns, and more.
HEADERS = [
    (
        "HubSpot", "deal",
        "Record ID,Deal Name,Deal Stage,Amount,Close Date,Deal owner,Primary Associated Company",
        "external_id name stage amount expected_close owner company",
    ),
    (
        "EspoCRM", "company",
        "ID,Name,Billing Address Street,Billing Address City,Billing Address Postal Code,Assigned User",
        "external_id name addresses:billing:street addresses:billing:city addresses:billing:postcode owner",
    ),
    (
        "Odoo", "contact",
        "External ID,Name,Is a Company,Related Company,Job Position,Zip",
        "external_id name - company title addresses::postcode",
    ),
    (
        "Zoho CRM", "deal",
        "Record Id,Deal Name,Account Name,Stage,Closing Date,Deal Owner,Deal Owner Id",
        "external_id name company stage expected_close owner -",
    ),
    (
        "Fxiaoke", "deal",
        "商机名称,客户名称,商机金额,预计成交日期,销售阶段,负责人",
        "name company amount expected_close stage owner",
    ),
]  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_the_columns_of_an_export_find_their_places(name: str):
    path = next(one for one in EXPORTS.rglob("*.csv") if name == f"{one.parent.name}/{one.stem}")
    with path.open(encoding="utf-8", newline="") as file:
        headers, *rows = csv.reader(file)
    said = product_of(headers)
    kind = next(kind for kind, names in KINDS.items() if path.stem in names)
    if (path.parent.name, kind) != ("fxiaoke", "contact"):  # 姓名, 客户名称, 职务: anybody's spreadsheet
        assert said is not None
        assert said.label.en == LABELS[path.parent.name]
    _find_places(kind, headers, rows, PLACES[name])


@pytest.mark.parametrize(("product", "object", "headers", "wanted"), HEADERS)
def test_an_export_is_recognised_and_its_columns_find_their_places(
    product: str, object: str, headers: str, wanted: str
):
    names = headers.split(",")
    found = product_of(names)
    assert found is not None
    assert found.label.en == product
    _find_places(object, names, [["x"] * len(names)], wanted)


def _find_places(object: str, headers: list[str], rows: list[list[str]], wanted: str) -> None:
    """`wanted`: a path for each header; "-" for nowhere, "*" for what the sample leaves open."""
    obj = registry.get(object)
    matches = match_columns(profile_columns(headers, rows), targets(obj), kinds_of(obj))
    for header, match, want in zip(headers, matches, wanted.split(), strict=True):
        assert want == "*" or (match.path or "-") == want, header


def test_a_plain_spreadsheet_is_nobodys():
    assert product_of(["Name", "Company", "Email", "姓名"]) is None


def test_what_a_column_says_of_rights_and_machines_is_nobodys_address():
    headers = ["Name", "Email Opt Out", "Do Not Call", "Phone number is opted out", "Created By.id"]
    obj = registry.get("contact")
    matches = match_columns(profile_columns(headers, [["x"] * 5]), targets(obj), kinds_of(obj))
    assert [one.path for one in matches] == ["name", "", "", "", ""]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("product", LABELS)
def test_three_files_of_a_product_come_in_at_once(cast: Any, settings: Any, tmp_path: Path, product: str):
    """Firm, person and deal, linked, with owner, place and currency, from what was guessed alone."""
    settings.DATA_DIR = tmp_path
    files = sorted(str(one) for one in (EXPORTS / product).glob("*.csv"))
    out = StringIO()
    options = ["--yes", "--by", "gu@xishan.example", "--rejected", str(tmp_path / "back")]
    options += ["--create-missing", "stage", "--create-missing", "pipeline"]
    call_command("import", *files, *options, "--workspace", "xishan", stdout=out)
    assert not (tmp_path / "back").exists() or not list((tmp_path / "back").iterdir()), out.getvalue()
    with in_workspace(cast.xishan.pk), reading():
        company, contact, deal = Company.objects.get(), Contact.objects.get(), Deal.objects.get()
        assert (company.name, company.owner_id) == ("Qinghe Water", cast.rep.pk)
        assert "qinghe.example" in company.website
        if product != "pipedrive":  # its address is one line
            assert company.city in {"Hangzhou", "杭州市"}
            assert company.country in {"China", "中国"}
        assert (contact.name, contact.title) == ("Ruoxi Wang", "Buyer")
        assert contact.company_id == company.pk
        assert contact.owner_id == cast.rep.pk
        assert contact.emails[0]["email"] == "w@qinghe.example"
        assert "+8613857104426" in {one["number"] for one in contact.phones}
        assert (deal.name, deal.company_id) == ("Pumps, phase 2", company.pk)
        assert (deal.amount, deal.amount_currency) == (Decimal(12000), "USD")
        assert deal.expected_close == date(2026, 12, 24)
        assert deal.stage.name == "Proposal"
        assert deal.stage.pipeline.name == PIPELINES.get(product, "销售")
        assert deal.owner_id == cast.rep.pk
        if product not in {"fxiaoke", "salesforce"}:  # their deals don't name one person
            assert deal.contact_id == contact.pk
