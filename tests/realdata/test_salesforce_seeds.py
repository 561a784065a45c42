"""Accounts, contacts and opportunities under Salesforce's own names of columns; values are hashed."""

from __future__ import annotations

from pathlib import Path

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.sales.deals.models import Deal

FILES = {
    "company": "sf_account_data.csv",
    "contact": "sf_contact_data.csv",
    "deal": "sf_opportunity_data.csv",
}


def test_salesforce_columns_find_their_fields(workshop, data: Path):
    job = workshop.begin(*(data / "salesforce_seeds" / name for name in FILES.values()))
    plans = {file.file_plan.object: file.file_plan for file in job.files.all()}
    assert set(plans) == set(FILES)
    goes = {kind: {one.header: one.path for one in plan.columns if one.path} for kind, plan in plans.items()}
    assert goes["company"]["billing_city"] == "addresses:billing:city"
    assert goes["company"]["number_of_employees"] == "employees"
    assert goes["contact"]["mailing_postal_code"] == "addresses:office:postcode"
    assert goes["contact"]["account_id"] == "company"
    assert goes["deal"]["stage_name"] == "stage"
    assert goes["deal"]["close_date"] == "expected_close"
    assert plans["contact"].column("account_id").link_by == "external_id"
    assert all(plan.key == "external_id" for plan in plans.values())
    assert "system_modstamp" not in goes["contact"]
    gone = plans["company"].column("is_deleted").index
    assert plans["company"].leave_out == [(gone, "true"), (gone, "1")]


def test_every_row_is_accounted_for(workshop, data: Path):
    job = workshop.begin(*(data / "salesforce_seeds" / name for name in FILES.values()))
    for kind, name in FILES.items():
        workshop.decide(job, name, lambda plan, kind=kind: decide(plan, kind))
    files = workshop.run(job)
    accounts = files[FILES["company"]]
    assert (accounts.rows, accounts.created, accounts.skipped) == (
        10,
        10 - accounts.skipped,
        accounts.skipped,
    )
    assert Company.objects.filter(name="Eric's Test").exists()
    contacts = files[FILES["contact"]]
    assert (contacts.created, contacts.rejected) == (3, 1)  # one has neither a name nor an address
    assert Contact.objects.count() == 3
    assert Contact.objects.get(name="Janet Yellen").external_id == "0031G00000q9jPQAQ"
    assert files[FILES["deal"]].rejected == 0
    assert files[FILES["deal"]].created == Deal.objects.count()


def decide(plan, kind: str) -> None:
    """Owners and most linked records are hashes of what is not in the set; hashed choices say nothing."""
    for column in plan.columns:
        column.on_problem = "empty"
        column.on_missing = "create" if column.path == "stage" else "empty"
    if kind == "deal":
        plan.leave_out = []
