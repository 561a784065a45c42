from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from guanxi.collaboration.attachments.actions import attach_file
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.files.models import StoredFile
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.batches.running import change_chosen
from guanxi.platform.records.privacy.models import Erasure
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.trash.actions import delete_record
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.models import Workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db

CONTACT = registry.get("contact")
NAME, MARK = "张瑾萱 Zyxmarker", "zyxmarker"
EMAIL, PHONE = "zyxmarker@erase.example", "+86 139 0707 0707"
SIGNS = (MARK, "张瑾萱", "13907070707", "zhangjinxuan", json.dumps("张瑾萱")[1:-1])


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, settings: object) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = tmp_path / "files"  # type: ignore[attr-defined]


@pytest.fixture
def person(shop: Shop):
    """Somebody of whom there are traces wherever the product keeps anything."""
    admin, browser = actor(shop.cast.admin), client_for(shop.cast.admin)
    values = {
        "name": NAME,
        "emails": EMAIL,
        "phones": PHONE,
        "wechat": "zyxmarker88",
        "about": f"{MARK} is kind",
    }
    sent = json.dumps(values | {"company": str(shop.company.pk)})
    made = browser.post(
        "/api/v1/contacts", sent, content_type="application/json", headers={"Idempotency-Key": "one"}
    )
    assert made.status_code == 201
    with in_workspace(shop.cast.xishan.pk):
        [found] = CONTACT.rows().filter(name=NAME)
        change_record(found, {"title": f"Friend of {MARK}"}, by=admin)
        upload = SimpleUploadedFile("card.txt", b"zyxmarker, by herself", "text/plain")
        attach_file(CONTACT, found.pk, upload, name="zyxmarker.txt", by=admin)
        change_record(
            shop.company, {"about": f"Ask {NAME} or {EMAIL}", "next_step": "139-0707-0707"}, by=admin
        )
        change_record(shop.deal, {"contact": found.pk, "name": f"Deal of {NAME}"}, by=admin)
        for about in ([["contact", found.pk]], [["contact", found.pk], ["company", shop.company.pk]]):
            words = {"subject": f"Call with {NAME}", "body": f"she is at {EMAIL}", "about": about}
            create_record(object="activity", values=words, by=admin)
        asked = {"values": {"next_step": f"write to {EMAIL}"}}
        change_chosen(registry.get("company"), [shop.company.pk], kind="change", values=asked, by=admin)
        gone = create_record(
            object="deal", values={"name": f"Old {NAME}", "stage": shop.stages[0].pk}, by=admin
        )
        delete_record(gone, by=admin)
    table = SimpleUploadedFile("people.csv", f"name,email\n{NAME},{EMAIL}\n".encode(), "text/csv")
    browser.post("/import/", {"object": "contact", "files": table})
    drain_events()
    return found


def traces() -> list[str]:
    """Where a sign of the person is in any table or file."""
    found = []
    with everywhere("a test looks into every table"), transaction.atomic():
        for table in connection.introspection.table_names():
            for column in connection.introspection.get_table_description(connection.cursor(), table):
                name = connection.ops.quote_name(column.name)
                whole = f"CAST({name} AS TEXT)"
                signs = " OR ".join([f"lower({whole}) LIKE %s"] * len(SIGNS))
                sql = f"SELECT count(*) FROM {connection.ops.quote_name(table)} WHERE {signs}"
                if fetch(sql, [f"%{one.lower()}%" for one in SIGNS])[0][0]:
                    found.append(f"{table}.{column.name}")
    for path in Path(settings.DATA_DIR).rglob("*"):
        if path.is_file() and any(one.encode() in path.read_bytes().lower() for one in SIGNS):
            found.append(str(path))
    return found


def erase_by_pages(shop: Shop, person: object) -> str:
    browser = client_for(shop.cast.admin)
    address = f"/contacts/{person.pk}/privacy/"  # type: ignore[attr-defined]
    assert "privacy/export/" in browser.get(address).content.decode()
    assert browser.post(address, {"typed": "Somebody", "ground": "request", "sure": "1"}).status_code == 422
    second = browser.post(address, {"typed": NAME, "ground": "request"})
    assert 'name="sure"' in second.content.decode()
    done = browser.post(address, {"typed": NAME, "ground": "request", "sure": "1"})
    run_pending_jobs()
    drain_events()
    return str(done["Location"])


@pytest.mark.slow
def test_a_person_who_was_erased_is_found_nowhere(shop: Shop, person: object):
    assert len(traces()) > 15
    address = erase_by_pages(shop, person)
    assert traces() == []
    browser = client_for(shop.cast.admin)
    page = browser.get(address).content.decode()
    assert "历史记录" in page
    assert "events_fact" not in page
    assert client_for(shop.cast.manager).get(address).status_code == 404
    assert client_for(shop.cast.outsider).get(address).status_code == 404
    assert client_for(shop.cast.rep).get("/privacy/").status_code == 403
    assert address in browser.get("/privacy/").content.decode()
    with in_workspace(shop.cast.xishan.pk):
        assert Erasure.objects.get().marks == {}
        shop.deal.refresh_from_db()
        assert shop.deal.contact_id is None
        assert not StoredFile.objects.exists()
    assert browser.get(f"/companies/{shop.company.pk}/").status_code == 200
    assert browser.get(f"/deals/{shop.deal.pk}/changes/").status_code == 200


def test_what_is_also_somebody_elses_stays(shop: Shop, person: object):
    admin = actor(shop.cast.admin)
    with in_workspace(shop.cast.xishan.pk):
        twin = create_record(
            object="contact",
            values={"name": NAME, "phones": PHONE, "emails": "other@erase.example"},
            by=admin,
        )
    erase_by_pages(shop, person)
    with in_workspace(shop.cast.xishan.pk):
        twin.refresh_from_db()
        assert (twin.name, twin.phones[0]["typed"]) == (NAME, PHONE)
        shop.company.refresh_from_db()
        assert EMAIL not in shop.company.about


def test_erasing_is_a_right_of_its_own_and_reaches_no_other_workspace(shop: Shop):
    with in_workspace(shop.cast.marlin.pk):
        theirs = create_record(
            object="contact", values={"name": NAME, "emails": EMAIL}, by=actor(shop.cast.outsider)
        )
    address = f"/contacts/{shop.contact.pk}/privacy/"
    sent = {"typed": "李卓然", "ground": "request", "sure": "1"}
    for who, code in ((shop.cast.manager, 403), (shop.cast.rep, 403), (shop.cast.outsider, 404)):
        assert client_for(who).post(address, sent).status_code == code
    assert client_for(shop.cast.stranger).post(address, sent).status_code == 404
    assert client_for(shop.cast.admin).post(f"/companies/{shop.company.pk}/privacy/", sent).status_code == 404
    with in_workspace(shop.cast.marlin.pk):
        theirs.refresh_from_db()
        assert theirs.name == NAME
    assert Workspace.objects.count() == 2


def machine_of(shop: Shop, contact: int):
    """A record of an object of the workspace's own that can't be without its person."""
    admin = actor(shop.cast.admin)
    machine = add_object(label="Machine", by=admin).name
    settings = {"to": "contact"}
    who = add_field(object=machine, type="link", label="Keeper", settings=settings, required=True, by=admin)
    return create_record(object=machine, values={"name": "M1", who.name: contact}, by=admin)


def test_what_cannot_be_without_the_person_is_named_before_anything_is_erased(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        machine_of(shop, shop.contact.pk)
    address, browser = f"/contacts/{shop.contact.pk}/privacy/", client_for(shop.cast.admin)
    for sent in (
        {"typed": "李卓然", "ground": "request"},
        {"typed": "李卓然", "ground": "request", "sure": "1"},
    ):
        answer = browser.post(address, sent)
        assert answer.status_code == 422
        assert "Machine 1" in answer.content.decode()
    with in_workspace(shop.cast.xishan.pk):
        assert not Erasure.objects.exists()


def test_what_comes_to_need_the_person_meanwhile_stops_the_erasure_which_says_so(shop: Shop):
    address, browser = f"/contacts/{shop.contact.pk}/privacy/", client_for(shop.cast.admin)
    answer = browser.post(address, {"typed": "李卓然", "ground": "request", "sure": "1"})
    with in_workspace(shop.cast.xishan.pk):
        machine_of(shop, shop.contact.pk)
    run_pending_jobs()
    page = browser.get(answer["Location"]).content.decode()
    assert f'href="{address}"' in page
    assert "hx-trigger" not in page.split('id="erasure"')[1].split(">")[0], "nobody waits for it any more"
    with in_workspace(shop.cast.xishan.pk):
        [erasure] = Erasure.objects.all()
        assert (erasure.state, erasure.marks, erasure.counts) == (Erasure.State.FAILED, {}, {})
        assert CONTACT.rows().filter(pk=shop.contact.pk).exists()


def test_all_that_is_kept_about_a_person_is_one_file(shop: Shop, person: object):
    address = f"/contacts/{person.pk}/privacy/export/"  # type: ignore[attr-defined]
    assert client_for(shop.cast.rep).get(address).status_code in (403, 404)
    answer = client_for(shop.cast.admin).get(address)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        names = archive.namelist()
        content = json.loads(archive.read("data.json"))
        page = archive.read("page.html").decode()
        files = [archive.read(one) for one in names if one.startswith("files/")]
    assert content["values"]["name"] == NAME
    assert {"deal", "activity"} <= set(content["linked"])
    assert EMAIL in page
    assert files == [b"zyxmarker, by herself"]
