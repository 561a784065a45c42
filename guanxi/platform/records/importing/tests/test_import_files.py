"""The wizard through the door: upload, columns, check, run, result, undo."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.importing.jobs import forget_old_imports
from guanxi.platform.records.importing.models import Import, ImportRow
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import client_for, give_role

pytestmark = pytest.mark.django_db

COMPANIES = "公司名称,行业\n青禾水务集团有限公司,水务\n锦江印染,纺织\n"
CONTACTS = (
    "姓名,单位,手机,电子邮箱,接待人,生日\n"
    "陈思远,青禾水务集团有限公司,138 5710 4426,siyuan@example.com,林知遥,1980-03-02\n"
    "王若溪,青禾水务,139 0573 8821,ruoxi@example.com,周砚,3月2日\n"
    "Rachel Tan,锦江印染,+65 9123 4567,not an address,何北,\n"
)


@pytest.fixture
def browser(cast, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return client_for(cast.admin)


@pytest.fixture
def there(cast):
    with in_workspace(cast.xishan.pk):
        yield


def upload(browser, **files: str) -> Import:
    sent = [
        SimpleUploadedFile(f"{name}.csv", text.encode("gb18030"), "text/csv") for name, text in files.items()
    ]
    answer = browser.post("/import/", {"files": sent})
    assert answer.status_code == 302, answer.content.decode()
    job: Import = Import.objects.get(pk=int(answer["Location"].split("/")[2]))
    return job


def mend(browser, job: Import, name: str, header: str, what: str, code: str) -> None:
    file = job.files.get(name=name)
    column = file.file_plan.column(header).index
    said = {"file": file.pk, "column": column, "mend": what, "code": code}
    assert browser.post(f"/import/{job.pk}/check/", said).status_code == 302


def test_from_the_file_to_the_undo(browser, there):
    job = upload(browser, contacts=CONTACTS, companies=COMPANIES)
    page = browser.get(f"/import/{job.pk}/columns/").content.decode()
    assert "gb18030" in page.lower()
    assert "青禾水务集团有限公司" in page
    assert browser.post(f"/import/{job.pk}/columns/", {"next": "1"})["Location"].count("columns") == 1
    assert browser.post(f"/import/{job.pk}/columns/", {})["Location"] == f"/import/{job.pk}/check/"

    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    assert "青禾水务 → 青禾水务集团有限公司" in page
    assert "not an address" in page
    assert not Contact.objects.exists()
    assert not Company.objects.exists()
    mend(browser, job, "contacts.csv", "单位", "suggested", "not_there")
    mend(browser, job, "contacts.csv", "生日", "empty", "date")
    job.refresh_from_db()
    assert job.files.get(name="contacts.csv").checked == {"rows": 3, "create": 2, "reject": 1}

    assert browser.post(f"/import/{job.pk}/run/")["Location"] == f"/import/{job.pk}/"
    assert "hx-get" in browser.get(f"/import/{job.pk}/").content.decode()
    run_pending_jobs()
    page = browser.get(f"/import/{job.pk}/").content.decode()
    assert "rejected.csv" in page
    contact = Contact.objects.get(name="王若溪")
    assert contact.company.name == "青禾水务集团有限公司"
    assert contact.phones[0]["number"] == "+8613905738821"
    assert contact.owner.user.name == "周砚"
    file = job.files.get(name="contacts.csv")
    text = b"".join(browser.get(f"/import/{job.pk}/files/{file.pk}/rejected.csv")).decode("utf-8-sig")
    assert len(text.splitlines()) == 2
    assert "not an address" in text

    browser.post(f"/import/{job.pk}/undo/")
    run_pending_jobs()
    job.refresh_from_db()
    assert job.state == "undone"
    assert not Contact.objects.filter(archived_at=None).exists()


def test_no_cell_of_the_rows_that_come_back_is_a_formula(browser, there):
    lines = "姓名,接待人,备注\n王若溪,林知遥,\n=1+2,无此人,'=kept\n@SUM(1),无此人,+cmd|' /C calc'!A0\n"
    job = upload(browser, people=lines)
    browser.post(f"/import/{job.pk}/columns/", {})
    browser.get(f"/import/{job.pk}/check/")
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    file = job.files.get()
    assert file.rejected == 2
    text = b"".join(browser.get(f"/import/{job.pk}/files/{file.pk}/rejected.csv")).decode("utf-8-sig")
    rows = [row[:3] for row in csv.reader(io.StringIO(text))][1:]
    assert rows == [
        ["'=1+2", "无此人", "'=kept"],
        ["'@SUM(1)", "无此人", "'+cmd|' /C calc'!A0"],
    ]


def test_what_cannot_be_read_is_said_and_nothing_kept(browser, there):
    answer = browser.post("/import/", {"files": [SimpleUploadedFile("x.csv", b"%PDF-1.7")]})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not Import.objects.exists()


def test_a_choice_of_how_it_is_read_is_followed(browser, there):
    job = upload(browser, people="Anna;Rome\nBert;Oslo\n")
    file = job.files.get()
    address = f"/import/{job.pk}/columns/{file.pk}/"
    said = {"object": "contact", "header": "0", "encoding": "utf-8", "delimiter": ";", "read": "1"}
    assert browser.post(address, said)["Location"] == address
    file.refresh_from_db()
    assert (file.source.header, file.source.columns, file.file_plan.object) == (0, ["A", "B"], "contact")
    browser.post(address, {"path-0": "name", "path-1": "addresses::city", "key": ""})
    file.refresh_from_db()
    assert [one.path for one in file.file_plan.columns] == ["name", "addresses::city"]


def test_others_do_not_find_it(browser, cast, there):
    job = upload(browser, companies=COMPANIES)
    for somebody in (cast.rep, cast.outsider):
        other = client_for(somebody)
        for path in ("columns/", "check/", ""):
            assert other.get(f"/import/{job.pk}/{path}").status_code == 404
        assert other.post(f"/import/{job.pk}/run/").status_code == 404
    assert client_for(cast.observer).get("/import/").status_code == 403


def test_cancelled_before_a_worker_took_it(browser, there):
    job = upload(browser, companies=COMPANIES)
    browser.get(f"/import/{job.pk}/check/")
    browser.post(f"/import/{job.pk}/run/")
    browser.post(f"/import/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.state == "cancelled"
    run_pending_jobs()
    assert not ImportRow.objects.exists()
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    assert Company.objects.count() == 2


def test_a_member_brings_in_own_records_only_for_those_they_reach(cast, settings, tmp_path, there):
    settings.DATA_DIR = tmp_path
    give_role(cast.rep, {"*": {"verbs": ["*"], "see": "team", "edit": "own"}})
    browser = client_for(cast.rep)
    job = upload(browser, contacts="姓名,手机\n陈思远,13857104426\n")
    browser.get(f"/import/{job.pk}/check/")
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    contact = Contact.objects.get()
    assert (contact.owner_id, contact.team_id) == (cast.rep.pk, cast.rep.team_id)


def test_after_thirty_days_the_files_are_gone_and_the_records_stay(browser, there, settings):
    job = upload(browser, companies=COMPANIES)
    browser.get(f"/import/{job.pk}/check/")
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    kept = Path(job.files.get().path)
    assert kept.exists()
    forget_old_imports.func()
    assert Import.objects.exists()
    Import.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert forget_old_imports.func() == 1
    assert not Import.objects.exists()
    assert not ImportRow.objects.exists()
    assert not kept.exists()
    assert Company.objects.count() == 2


def test_what_was_decided_about_such_a_file_is_remembered(browser, there):
    text = "姓名,手机,展位\n陈思远,13857104426,B3-12\n"
    job = upload(browser, first=text)
    browser.post(f"/import/{job.pk}/columns/", {"path-2": "department", "key": "phones"})
    browser.get(f"/import/{job.pk}/check/")
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    again = upload(browser, second=text.replace("B3-12", "B3-99")).files.get()
    plan = again.file_plan
    assert [one.path for one in plan.columns] == ["name", "phones:mobile", "department"]
    assert plan.key == "phones"
    browser.get(f"/import/{again.of_import_id}/check/")
    again.refresh_from_db()
    assert again.checked == {"rows": 1, "update": 1}


def test_a_column_that_was_empty_then_is_guessed_when_it_holds_something(browser, there):
    """Nobody decided that it stays out; what somebody did keep out stays so."""
    first = "姓名,手机,邮箱,部门\n陈思远,13857104426,,生产\n"
    job = upload(browser, first=first)
    assert [one.path for one in job.files.get().file_plan.columns][2] == ""
    browser.post(f"/import/{job.pk}/columns/", {"path-3": ""})
    browser.get(f"/import/{job.pk}/check/")
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    second = "姓名,手机,邮箱,部门\n周砚秋,13857104427,zhou@hemu.example,质检\n"
    paths = [one.path for one in upload(browser, second=second).files.get().file_plan.columns]
    assert paths == ["name", "phones:mobile", "emails:", ""]
