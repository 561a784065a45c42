from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from guanxi.collaboration.activities.models import Activity
from guanxi.people.contacts.models import Contact
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import Refused
from guanxi.platform.records.exporting.cards import export_cards
from guanxi.platform.records.exporting.tables import export_lines, export_workbook, neutral
from guanxi.platform.records.importing import jobs
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db

NAUGHTY = (
    "=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(1)", "'=already", "-5", "+86 138 5710 4426", '"x"\nline',
)  # fmt: skip
KEPT = ("name", "about", "phones", "addresses", "owner_id")


@pytest.fixture
def by(cast, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with in_workspace(cast.xishan.pk):
        yield actor(cast.admin)


def fill(by) -> None:
    work, mobile = {"kind": "work", "typed": "0571 8888 6666"}, {"kind": "mobile", "typed": "138 5710 4426"}
    for number, text in enumerate(NAUGHTY):
        values = {
            "name": f"Person {number}",
            "external_id": f"p{number}",
            "about": text,
            "phones": [mobile, work],
            "addresses": [{"kind": "billing", "city": "杭州", "street": "文三路 1 号"}],
        }
        create_record(object="contact", values=values, by=by)


def query() -> ListQuery:
    return ListQuery(obj=registry.get("contact"), columns=(), sort="name")


def test_no_cell_of_the_file_is_a_formula(by):
    fill(by)
    rows = list(csv.reader(io.StringIO("".join(export_lines(query(), by=by)).removeprefix("\ufeff"))))
    assert len(rows) == 1 + len(NAUGHTY)
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "@")), cell
        assert not cell.startswith(("+", "-")) or not any(sign.isalpha() for sign in cell), cell


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "vcf"])
def test_a_file_is_named_after_what_is_in_it(cast, by, form):
    fill(by)
    sent = client_for(cast.admin).get(f"/contacts/export.{form}")
    assert sent["Content-Disposition"] == f"attachment; filename*=utf-8''%E8%81%94%E7%B3%BB%E4%BA%BA.{form}"
    assert b"".join(sent)


def test_our_own_file_comes_back_as_it_was(by, tmp_path):
    fill(by)
    before = list(Contact.objects.order_by("external_id").values(*KEPT))
    path = tmp_path / "contacts.csv"
    path.write_text("".join(export_lines(query(), by=by)), encoding="utf-8")
    Contact.objects.all().delete()
    job = begin_import([Incoming(path, path.name)], by=by)
    jobs.work_on(job, "checking", check_import, "checked")
    assert job.files.get().problems == []
    jobs.work_on(job, "running", run_import, "done")
    assert list(Contact.objects.order_by("external_id").values(*KEPT)) == before


def test_a_workbook_holds_text_and_no_formulas(by, tmp_path):
    fill(by)
    target = tmp_path / "contacts.xlsx"
    assert export_workbook(query(), target, by=by) == len(NAUGHTY)
    rows = CalamineWorkbook.from_path(str(target)).get_sheet_by_index(0).to_python()
    about = rows[0].index(str(registry.get("contact")["about"].label))
    assert [row[about] for row in rows[1:]] == list(NAUGHTY)


def test_what_a_program_could_run_is_put_to_sleep():
    for text in ("=cmd|'/C calc'!A0", "@SUM(1+1)", "+1+cmd", "-x", "\t=1", "＝1+1x"):
        assert neutral(text) == f"'{text}"
    for text in ("-5", "+86 138", "plain", "'s-Hertogenbosch", "1=1"):
        assert neutral(text) == text


def test_the_page_exports_what_the_list_shows_and_no_more(by, cast):
    create_record(object="contact", values={"name": "Foreign", "owner": cast.stranger.pk}, by=by)
    create_record(object="contact", values={"name": "Mine"}, by=actor(cast.manager))
    text = b"".join(client_for(cast.manager).get("/contacts/export.csv")).decode("utf-8-sig")
    assert "Mine" in text
    assert "Foreign" not in text
    assert client_for(cast.admin).get("/contacts/export.xlsx").status_code == 200


def test_without_the_permission_there_is_no_file(by):
    nobody = replace(by, grants={}, administers=False)
    with pytest.raises(Refused):
        export_lines(query(), by=nobody)


def test_an_address_book_comes_back_as_it_was(by, tmp_path):
    person = {
        "name": "林知遥",
        "external_id": "p1",
        "title": "Head of procurement; Asia, Pacific",
        "about": "first line\nsecond, with a \\ and a ; in it " + "很长的一行" * 30,
        "birthday": "1990-02-28",
        "phones": [{"kind": "mobile", "typed": "138 5710 4426"}, {"kind": "fax", "typed": "0571 8888 66"}],
        "emails": [{"kind": "work", "email": "lin@example.com"}, {"kind": "home", "email": "y@example.org"}],
        "addresses": [{"kind": "home", "city": "杭州", "street": "文三路 1 号", "postcode": "310012"}],
    }
    create_record(object="contact", values=person, by=by)
    kept = (*KEPT, "title", "birthday", "emails")
    before = list(Contact.objects.values(*kept))
    path = tmp_path / "contacts.vcf"
    path.write_text("".join(export_cards(query(), by=by)), encoding="utf-8", newline="")
    assert all(len(line) <= 75 for line in path.read_bytes().split(b"\r\n"))
    Contact.objects.all().delete()
    job = begin_import([Incoming(path, path.name)], by=by)
    jobs.work_on(job, "checking", check_import, "checked")
    jobs.work_on(job, "running", run_import, "done")
    assert list(Contact.objects.values(*kept)) == before


def test_a_company_is_a_card_without_a_person(by):
    create_record(object="company", values={"name": "Acme; Sons, Ltd."}, by=by)
    card = "".join(export_cards(ListQuery(obj=registry.get("company"), columns=(), sort="name"), by=by))
    assert "FN:Acme\\; Sons\\, Ltd.\r\nN:;;;;\r\nX-ABSHOWAS:COMPANY\r\nORG:Acme\\; Sons\\, Ltd.\r\n" in card


def test_a_card_names_no_company_that_is_not_to_be_seen(by, cast):
    hidden = create_record(object="company", values={"name": "Hidden Ltd.", "owner": cast.stranger.pk}, by=by)
    create_record(object="contact", values={"name": "Lin", "company": hidden.pk, "owner": cast.rep.pk}, by=by)
    text = b"".join(client_for(cast.manager).get("/contacts/export.vcf")).decode()
    assert "FN:Lin" in text
    assert "Hidden" not in text


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_what_the_api_gives(by, cast, count):
    vip = add_tag(name="vip", by=by)
    for number in range(count):
        create_record(object="contact", values={"name": f"Person {number}", "tags": [vip.pk]}, by=by)
    told = json.loads(b"".join(client_for(cast.admin).get("/contacts/export.json")))
    assert [one["name"] for one in told] == [f"Person {number}" for number in range(count)]
    assert [[tag["title"] for tag in one["tags"]] for one in told] == [["vip"]] * count


def test_what_has_no_phone_stands_in_no_address_book(by, cast):
    assert client_for(cast.admin).get("/deals/export.vcf").status_code == 404
    assert client_for(cast.admin).get("/deals/export.exe").status_code == 404
    assert b"/contacts/export.vcf" in client_for(cast.admin).get("/contacts/").content
    assert b"export.vcf" not in client_for(cast.admin).get("/deals/").content
    assert client_for(cast.admin).get("/contacts/export.ics").status_code == 404


def test_a_calendar_comes_back_as_it_was(by, cast, tmp_path):
    """Meetings, to-dos and notes; what stands for nothing in a calendar is left out."""
    person = create_record(object="contact", values={"name": "Anna", "owner": cast.admin.pk}, by=by)
    at = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    told = "first line\nsecond, with a \\ and a ; in it " + "很长的一行" * 30
    meeting: dict[str, Any] = {
        "subject": "Site visit, Hangzhou",
        "kind": "meeting",
        "place": "文三路 1 号",
        "body": told,
    }
    meeting |= {"starts_at": at, "ends_at": at + timedelta(hours=1), "about": [["contact", person.pk]]}
    todo: dict[str, Any] = {
        "subject": "Send the quote",
        "kind": "todo",
        "due_at": at,
        "done_at": at + timedelta(days=1),
    }
    note: dict[str, Any] = {"subject": "Thoughts", "kind": "note", "body": "…"}
    for number, values in enumerate((meeting, todo, note)):
        values = {**values, "external_id": f"a{number}", "owner": cast.admin.pk}
        create_record(object="activity", values=values, by=by)
    kept = ("subject", "kind", "starts_at", "ends_at", "due_at", "done_at", "place", "body", "external_id")
    before = list(Activity.objects.order_by("external_id").values(*kept))
    path = tmp_path / "activities.ics"
    path.write_bytes(b"".join(client_for(cast.admin).get("/activities/export.ics")))
    assert all(len(line) <= 75 for line in path.read_bytes().split(b"\r\n"))
    assert "CONTACT:Anna" in path.read_text()
    Activity.objects.all().delete()
    job = begin_import([Incoming(path, path.name)], by=by)
    jobs.work_on(job, "checking", check_import, "checked")
    jobs.work_on(job, "running", run_import, "done")
    after = list(Activity.objects.order_by("external_id").values(*kept))
    after[2]["starts_at"] = None  # a journal entry stands on the day on which it was written
    assert after == before


def test_a_calendar_names_nothing_that_is_not_to_be_seen(by, cast):
    hidden = create_record(object="company", values={"name": "Hidden Ltd.", "owner": cast.stranger.pk}, by=by)
    values = {"subject": "Call", "owner": cast.rep.pk, "about": [["company", hidden.pk]]}
    create_record(object="activity", values=values, by=by)
    text = b"".join(client_for(cast.manager).get("/activities/export.ics")).decode()
    assert "SUMMARY:Call" in text
    assert "Hidden" not in text
    assert "Call" not in b"".join(client_for(cast.outsider).get("/activities/export.ics")).decode()


def test_a_program_takes_a_view_along_as_the_page_does(by, cast):
    for name, owner in (("Anna", cast.manager.pk), ("Bert", cast.stranger.pk)):
        create_record(object="contact", values={"name": name, "owner": owner}, by=by)
    admin = client_for(cast.admin)
    assert b"".join(admin.get("/api/v1/contacts/export.csv")) == b"".join(admin.get("/contacts/export.csv"))
    for form in ("xlsx", "json", "vcf"):
        assert admin.get(f"/api/v1/contacts/export.{form}").status_code == 200
    some = b"".join(admin.get("/api/v1/contacts/export.csv", {"fields": "name", "filter": "name = Bert"}))
    assert [line.strip('"') for line in some.decode("utf-8-sig").split()][1:] == ["Bert"]
    mine = b"".join(client_for(cast.manager).get("/api/v1/contacts/export.json?view=mine&fields=name"))
    assert [one["name"] for one in json.loads(mine)] == ["Anna"]
    assert admin.get("/api/v1/contacts/export.csv?view=812").status_code == 404
    assert admin.get("/api/v1/contacts/export.csv?filter=nonsense+%3D").status_code == 400
    assert admin.get("/api/v1/deals/export.vcf").status_code == 404
    assert b"Anna" not in b"".join(client_for(cast.outsider).get("/api/v1/contacts/export.csv"))
    assert client_for(cast.rep).get("/api/v1/contacts/export.csv").status_code == 403  # sees, may not export
