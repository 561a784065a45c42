"""A table brought in by a program: planned, looked at, written, told row by row, taken back."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanxi.api.tests.test_rest import Program
from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.facts import facts_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.importing.models import Import
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, client_for, give_role

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = (
    "Name,Mail,Firm,Since\nAnna,a@x.com,Acme Pumps,2024-03-01\nBert,not an address,Acme Pumps,\n,,Nobody,\n"
)
ALL: dict[str, Any] = {"verbs": ["*"], "see": "all", "edit": "all"}
PLAN = [
    {
        "object": "contact",
        "columns": {
            "Name": "name",
            "Mail": "emails",
            "Firm": {"to": "company", "on_missing": "create"},
            "Since": None,
        },
        "key": "emails",
    }
]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def manager(cast: Cast) -> Program:
    return Program(cast.manager, ["*:read", "*:write"])


def send(program: Program, *files: tuple[str, bytes | str], plan: Any = None, key: str = "", **more: str):
    parts: dict[str, Any] = {**more}
    if plan is not None:
        parts["plan"] = plan if isinstance(plan, str) else json.dumps(plan)
    parts["files"] = [
        SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text) for name, text in files
    ]
    headers = {"Idempotency-Key": key} if key else {}
    return program.client.post("/api/v1/imports", parts, headers=headers)


def people(cast: Cast) -> dict[str, str | None]:
    with in_workspace(cast.xishan.pk), reading():
        rows = Contact.objects.filter(archived_at=None).select_related("company")
        return {one.name: one.company.name if one.company else None for one in rows}


def test_a_file_is_sent_written_told_row_by_row_and_taken_back(cast: Cast, manager: Program):
    sent = send(manager, ("people.csv", PEOPLE), plan=PLAN)
    assert sent.status_code == 202, sent.content
    door = sent["Location"].removeprefix("/api/v1")
    assert sent.json()["state"] == "running"
    run_pending_jobs()
    done = manager("GET", door).json()
    assert (done["state"], done["may_undo"], done["error"]) == ("done", True, None)
    (file,) = done["files"]
    assert (file["file"], file["object"], file["key"]) == ("people.csv", "contact", "emails")
    assert {one["header"]: one["to"] for one in file["columns"]}["Since"] is None
    counts = file["counts"]
    assert (counts["rows"], counts["created"], counts["rejected"]) == (3, 1, 2)
    assert people(cast) == {"Anna": "Acme Pumps"}
    rows = f"{door}/files/{file['id']}/rows"
    told = manager("GET", f"{rows}?outcome=rejected").json()["data"]
    assert [one["row"] for one in told] == [3, 4]
    (reason,) = told[0]["reasons"]
    assert reason["column"] == "Mail"
    assert "not an address" in (reason["text"], *told[0]["cells"].values())
    assert reason["title"]
    (created,) = manager("GET", f"{rows}?outcome=created").json()["data"]
    assert manager("GET", f"/contacts/{created['record']}").json()["name"] == "Anna"
    page = manager("GET", f"{rows}?limit=2").json()
    assert [one["row"] for one in manager("GET", f"{rows}?after={page['next']}").json()["data"]] == [4]
    assert manager("POST", f"{door}/undoing").status_code == 202
    run_pending_jobs()
    over = manager("GET", door).json()
    assert (over["state"], over["files"][0]["counts"]["undone"]) == ("undone", 1)
    assert people(cast) == {}
    assert manager("POST", f"{door}/undoing").status_code == 409
    page_of_it = client_for(cast.manager).get(f"/import/{done['id']}/")
    assert page_of_it.status_code == 200, "the wizard shows what programs brought in"


def test_a_dry_run_writes_nothing_until_it_is_told_to(cast: Cast, manager: Program):
    sent = send(manager, ("people.csv", PEOPLE), plan=PLAN, dry_run="true").json()
    run_pending_jobs()
    door = f"/imports/{sent['id']}"
    checked = manager("GET", door).json()
    (file,) = checked["files"]
    assert (checked["state"], checked["may_run"], checked["may_undo"]) == ("checked", True, False)
    assert (file["checked"]["create"], file["checked"]["reject"]) == (1, 2)
    assert {one["column"] for one in file["problems"]} >= {"Mail"}
    assert people(cast) == {}
    mended = {"file": "people.csv", "columns": {"Mail": {"replace": {"not an address": "b@x.com"}}}}
    assert manager("PATCH", door, {"plan": [mended]}).status_code == 202
    run_pending_jobs()
    assert manager("GET", door).json()["files"][0]["checked"]["create"] == 2
    assert manager("POST", f"{door}/run").status_code == 202
    run_pending_jobs()
    assert people(cast) == {"Anna": "Acme Pumps", "Bert": "Acme Pumps"}
    assert manager("PATCH", door, {"plan": [mended]}).status_code == 409
    assert manager("DELETE", door).status_code == 409
    forgotten = send(manager, ("people.csv", PEOPLE), plan=PLAN, dry_run="true").json()
    run_pending_jobs()
    assert manager("DELETE", f"/imports/{forgotten['id']}").status_code == 204
    assert manager("GET", f"/imports/{forgotten['id']}").status_code == 404


def test_the_mapping_of_an_earlier_import_is_taken_and_what_is_there_is_skipped(cast: Cast, manager: Program):
    first = send(manager, ("people.csv", PEOPLE), plan=PLAN).json()
    run_pending_jobs()
    again = "Firm,Name,Colour,Mail,Since\nOther,Anna Maria,red,a@x.com,\nDorn,Dora,blue,d@x.com,\n"
    said = {"object": "contact", "like": first["id"], "found": "skip"}
    sent = send(manager, ("more.csv", again), plan=[said])
    assert sent.status_code == 202, sent.content
    run_pending_jobs()
    assert people(cast) == {"Anna": "Acme Pumps", "Dora": "Dorn"}
    counts = manager("GET", f"/imports/{sent.json()['id']}").json()["files"][0]["counts"]
    assert (counts["created"], counts["skipped"]) == (1, 1)
    lacks = send(manager, ("more.csv", "Name,Mail\nEmil,e@x.com\n"), plan=[said])
    assert (lacks.status_code, list(lacks.json()["fields"])) == (422, ["like"])


def test_files_that_name_each_other_come_in_one_call_also_packed(cast: Cast, manager: Program):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("companies.csv", "Company name,Website\nAcme Pumps,acme.example\n")
        archive.writestr("contacts.csv", "Full name,Email,Company\nAnna,a@x.com,Acme Pumps\n")
    plan = [{"file": "contacts.csv", "object": "contact"}, {"file": "companies.csv", "object": "company"}]
    sent = send(manager, ("both.zip", packed.getvalue()), plan=plan)
    assert sent.status_code == 202, sent.content
    run_pending_jobs()
    assert people(cast) == {"Anna": "Acme Pumps"}
    with in_workspace(cast.xishan.pk), reading():
        assert Company.objects.get().website == "https://acme.example"


def test_a_call_that_comes_twice_is_one_import(cast: Cast, manager: Program):
    first = send(manager, ("people.csv", PEOPLE), plan=PLAN, key="one")
    second = send(manager, ("people.csv", PEOPLE), plan=PLAN, key="one")
    assert second["Idempotency-Replayed"] == "true"
    assert second.json()["id"] == first.json()["id"]
    assert send(manager, ("people.csv", PEOPLE + "Carl,c@x.com,,\n"), plan=PLAN, key="one").status_code == 422
    run_pending_jobs()
    with in_workspace(cast.xishan.pk), reading():
        assert Import.objects.count() == 1
    assert people(cast) == {"Anna": "Acme Pumps"}


@pytest.mark.parametrize(
    ("plan", "names"),
    [
        ([{"object": "spaceship"}], {"object"}),
        ([{"object": "contact", "columns": {"Shoe": "name"}}], {"Shoe"}),
        ([{"object": "contact", "columns": {"Mail": "__class__"}}], {"Mail"}),
        ([{"object": "contact", "columns": {"Mail": "name"}, "key": "created_at"}], {"key"}),
        ([{"object": "contact", "fixed": {"emails": "a@x.com"}}], {"emails"}),
        ([{"object": "contact", "colour": "red"}], {"plan"}),
        ({"object": "contact"}, {"plan"}),
        ([{"object": "contact", "found": "burn"}], {"plan"}),
        ([{"object": "contact", "encoding": "klingon"}], None),
        ([{"file": "other.csv"}], None),
        ("{nothing", None),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_in_words_and_nothing_is_kept(
    cast: Cast, manager: Program, plan: Any, names: set[str] | None
):
    answer = send(manager, ("people.csv", PEOPLE), plan=plan)
    assert answer.status_code in (400, 422), answer.content
    if names is not None:
        assert set(answer.json()["fields"]) == names
    with in_workspace(cast.xishan.pk), reading():
        assert not Import.objects.exists()


def test_what_is_no_table_is_refused_in_words(cast: Cast, manager: Program):
    assert send(manager).json()["code"] == "no_file"
    page = send(manager, ("people.xls", "<html><body><table></table></body></html>"))
    assert (page.status_code, page.json()["code"]) == (422, "web_page")
    bare = manager.client.post("/api/v1/imports", PEOPLE, content_type="text/csv")
    assert bare.status_code == 415


def test_neither_stranger_nor_outsider_nor_a_narrow_token_reaches_an_import(cast: Cast, manager: Program):
    sent = send(manager, ("people.csv", PEOPLE), plan=PLAN).json()
    run_pending_jobs()
    door = f"/imports/{sent['id']}"
    file = manager("GET", door).json()["files"][0]["id"]
    whole = ["*:read", "*:write"]
    others = [Program(one, whole) for one in (cast.rep, cast.stranger, cast.outsider)]
    others += [Program(cast.admin, ["contact:read"]), Program(cast.admin, ["company:write"])]
    for other in others:
        for method, more in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("GET", f"/files/{file}/rows"),
            ("POST", "/run"),
            ("POST", "/undoing"),
            ("POST", "/cancellation"),
        ):
            assert other(method, door + more, {"plan": []}).status_code in (403, 404), (method, more)
        listed = other("GET", "/imports")
        assert listed.status_code == 403 or listed.json()["data"] == []
    assert manager("GET", door).json()["state"] == "done"
    assert Client().post("/api/v1/imports").status_code == 401


def test_a_token_for_contacts_makes_no_companies_by_an_import(cast: Cast):
    narrow = Program(cast.admin, ["contact:read", "contact:write"])
    sent = send(narrow, ("people.csv", PEOPLE), plan=PLAN)
    assert sent.status_code == 202, sent.content
    run_pending_jobs()
    with in_workspace(cast.xishan.pk), reading():
        assert not Company.objects.exists()
    assert send(narrow, ("firms.csv", "Name\nAcme\n"), plan=[{"object": "company"}]).status_code in (403, 422)


def test_a_token_for_contacts_does_not_run_what_was_begun_with_all_rights(cast: Cast):
    wide = Program(cast.admin, ["*:read", "*:write"])
    narrow = Program(cast.admin, ["contact:read", "contact:write"])
    door = f"/imports/{send(wide, ('p.csv', PEOPLE), plan=PLAN, dry_run='true').json()['id']}"
    run_pending_jobs()
    assert narrow("PATCH", door, {"plan": PLAN}).status_code == 403
    assert narrow("POST", f"{door}/run").status_code == 403
    run_pending_jobs()
    with in_workspace(cast.xishan.pk), reading():
        assert not Company.objects.exists()
    assert wide("POST", f"{door}/run").status_code == 202
    run_pending_jobs()
    assert narrow("POST", f"{door}/undoing").status_code == 403
    with in_workspace(cast.xishan.pk), reading():
        assert Company.objects.exists()


def test_a_field_that_the_role_does_not_write_is_not_filled(cast: Cast):
    with in_workspace(cast.xishan.pk):
        give_role(cast.manager, {"*": ALL, "contact": {**ALL, "fields": {"title": "see"}}})
    text = "Name,Title\nAnna,Boss\n"
    manager = Program(cast.manager, ["*:read", "*:write"])
    asked = [{"object": "contact", "columns": {"Title": "title"}}]
    refused = send(manager, ("p.csv", text), plan=asked)
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["Title"])
    send(manager, ("p.csv", text), plan=[{"object": "contact"}])
    run_pending_jobs()
    with in_workspace(cast.xishan.pk), reading():
        assert Contact.objects.get().title in (None, "")
        created = facts_of("contact", Contact.objects.get().pk).first()
        assert created is not None
        assert created.actor_kind == "import"
