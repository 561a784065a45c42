"""Files and pictures in fields: forms, lists, the gallery, the API, versions, undo; strangers get none."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.facts import facts_of
from guanxi.platform.files.jobs import forget_unclaimed
from guanxi.platform.files.models import FieldFile, StoredFile
from guanxi.platform.files.storage import path_of
from guanxi.platform.identity.models import Role
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


@pytest.fixture
def shaped(cast: Cast, settings: Any, tmp_path: Any) -> Cast:
    settings.MEDIA_ROOT = tmp_path
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="file", label="Licence", by=actor(cast.admin))
        add_field(object="company", type="image", label="Front", by=actor(cast.admin))
    return cast


def png(size: int = 8) -> bytes:
    out = io.BytesIO()
    Picture.effect_noise((size, size), 90).save(out, "PNG")
    return out.getvalue()


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def made(cast: Cast, title: str = "A", **files: SimpleUploadedFile) -> int:
    sent: dict[str, Any] = {"name": title, "licence": "", "front": ""}
    sent |= {f"{name}-file": one for name, one in files.items()}
    answer = client_for(cast.rep).post("/companies/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    return int(answer["Location"].strip("/").rpartition("/")[2])


def value(cast: Cast, key: int, name: str) -> Any:
    with in_workspace(cast.xishan.pk):
        obj = registry.get("company")
        return obj[name].get(obj.rows().get(pk=key))


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_form_takes_files_and_every_page_shows_them(shaped: Cast):
    key = made(shaped, licence=upload("../执照.txt", b"licence no. 7"), front=upload("front.png", png()))
    rep = client_for(shaped.rep)
    licence, front = value(shaped, key, "licence"), value(shaped, key, "front")
    assert licence == {"id": licence["id"], "name": "执照.txt", "size": 13, "type": "text/plain"}
    for page in (f"/companies/{key}/", "/companies/?columns=name,licence,front", f"/companies/{key}/edit/"):
        shown = rep.get(page).content.decode()
        assert "执照.txt" in shown, page
        assert f"/field-files/{licence['id']}/" in shown, page
    gallery = rep.get("/companies/?layout=gallery").content.decode()
    assert f'class="cover" src="/field-files/{front["id"]}/picture/"' in gallery
    assert body(rep.get(f"/field-files/{licence['id']}/")) == b"licence no. 7"
    assert "licence no. 7" in rep.get(f"/field-files/{licence['id']}/look/").content.decode()
    assert rep.get(f"/field-files/{licence['id']}/picture/").status_code == 404
    assert rep.get(f"/field-files/{front['id']}/picture/")["Content-Type"] == "image/png"


def test_many_records_are_given_a_file_that_is_each_ones_own(shaped: Cast):
    first, second = made(shaped), made(shaped, "青禾", licence=upload("old.txt", b"old"))
    rep = client_for(shaped.rep)
    sent = {"id": [first, second], "apply": "1", "licence-do": "set"}
    wrong = {**sent, "front-do": "set", "front-file": upload("front.png", b"no picture")}
    assert rep.post("/companies/bulk/edit/", wrong).status_code == 422
    done = rep.post("/companies/bulk/edit/", {**sent, "licence-file": upload("new.txt", b"new")})
    assert done.status_code == 303, done.content.decode()
    one, other = value(shaped, first, "licence"), value(shaped, second, "licence")
    assert (one["name"], other["name"]) == ("new.txt", "new.txt")
    assert one["id"] != other["id"]
    assert body(rep.get(f"/field-files/{other['id']}/")) == b"new"
    assert client_for(shaped.stranger).get(f"/field-files/{other['id']}/").status_code == 404
    with in_workspace(shaped.xishan.pk):
        assert list(FieldFile.objects.filter(record_id=second).values_list("name", "version")) == [
            ("old.txt", 1), ("new.txt", 2),
        ]  # fmt: skip
        batch = Batch.objects.get()
    rep.post(f"/undo/batch/{batch.pk}/")
    assert value(shaped, first, "licence") is None
    assert value(shaped, second, "licence")["name"] == "old.txt"
    assert body(rep.get(f"/field-files/{value(shaped, second, 'licence')['id']}/")) == b"old"


def test_a_workbook_is_looked_at_by_its_first_rows_and_a_heavy_one_not_at_all(shaped: Cast):
    rep = client_for(shaped.rep)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for row in range(300):
            sheet.write_row(row, 0, ["name", "city"] if not row else [f"name {row}", "杭州"])
    key = made(shaped, licence=upload("names.xlsx", out.getvalue()))
    looked = rep.get(f"/field-files/{value(shaped, key, 'licence')['id']}/look/").content.decode()
    assert "<td>name 100</td>" in looked
    assert "name 101" not in looked
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/more.xml", "w") as part:
        for _part in range(70):
            part.write(b"0" * (1 << 20))
    key = made(shaped, title="B", licence=upload("heavy.xlsx", out.getvalue()))
    looked = rep.get(f"/field-files/{value(shaped, key, 'licence')['id']}/look/").content.decode()
    assert "<table" not in looked


def test_another_file_is_another_version_and_undo_brings_back_the_first(shaped: Cast):
    key = made(shaped, licence=upload("a.txt", b"one"))
    rep = client_for(shaped.rep)
    first = value(shaped, key, "licence")
    answer = rep.post(
        f"/companies/{key}/fields/licence/", {"licence": first["id"], "licence-file": upload("b.txt", b"two")}
    )
    assert answer.status_code == 302
    second = value(shaped, key, "licence")
    looked = rep.get(f"/field-files/{second['id']}/look/").content.decode()
    assert f"/field-files/{first['id']}/look/" in looked
    assert body(rep.get(f"/field-files/{first['id']}/")) == b"one"
    with in_workspace(shaped.xishan.pk):
        fact = facts_of("company", key).last()
        assert fact is not None
        assert fact.changes["licence"] == [first, second]
        undo_fact(fact.pk, by=actor(shaped.rep))
    assert value(shaped, key, "licence") == first
    rep.post(f"/companies/{key}/fields/licence/", {"licence": first["id"], "licence-removed": "1"})
    assert value(shaped, key, "licence") is None


def test_an_older_file_of_a_field_is_restored_by_those_who_may_change_it(shaped: Cast):
    key = made(shaped, licence=upload("a.txt", b"one"))
    rep = client_for(shaped.rep)
    first = value(shaped, key, "licence")
    rep.post(
        f"/companies/{key}/fields/licence/", {"licence": first["id"], "licence-file": upload("b.txt", b"two")}
    )
    door = f"/field-files/{first['id']}/restoration/"
    looked = rep.get(f"/field-files/{first['id']}/look/").content.decode()
    assert f'action="{door}"' in looked
    for member, refused in ((shaped.observer, 403), (shaped.stranger, 404), (shaped.outsider, 404)):
        assert client_for(member).post(door).status_code == refused
    assert value(shaped, key, "licence")["name"] == "b.txt"
    assert rep.post(door).status_code == 303
    assert value(shaped, key, "licence") == first
    assert f'action="{door}"' not in rep.get(f"/field-files/{first['id']}/look/").content.decode()


def test_what_is_no_picture_or_nobodys_upload_is_refused(shaped: Cast):
    rep = client_for(shaped.rep)
    sent = {"name": "A", "front": "", "front-file": upload("x.png", b"<script>"), "licence": ""}
    assert rep.post("/companies/new/", sent).status_code == 422
    for wrong in ("7", "x", "-1"):
        assert rep.post("/companies/new/", {"name": "A", "licence": wrong}).status_code == 422, wrong


def test_strangers_neither_read_nor_take_a_file(shaped: Cast):
    key = made(shaped, licence=upload("a.txt", b"secret"))
    found = value(shaped, key, "licence")["id"]
    for member in (shaped.stranger, shaped.outsider):
        client = client_for(member)
        for door in ("", "picture/", "look/"):
            assert client.get(f"/field-files/{found}/{door}").status_code == 404, (member, door)
        taken = client.post("/companies/new/", {"name": "B", "licence": found})
        assert taken.status_code == (
            422 if member is shaped.stranger else 302
        )  # elsewhere there is no such field
        assert Program(member, EVERYTHING)("GET", f"/files/{found}").status_code == 404
    with in_workspace(shaped.xishan.pk):
        assert FieldFile.objects.count() == 1
        role = Role.objects.get(pk=shaped.rep.role_id)
        role.grants["company"] = {**role.grants["*"], "fields": {"licence": "masked1"}}
        role.save()
    assert client_for(shaped.rep).get(f"/field-files/{found}/").status_code == 404
    assert "a.txt" not in client_for(shaped.rep).get(f"/companies/{key}/").content.decode()


def test_programs_send_the_bytes_and_name_them(shaped: Cast):
    program = Program(shaped.rep, EVERYTHING)
    sent = program.client.post(
        "/api/v1/files?object=company&field=licence&name=c.txt", b"three",
        content_type="application/octet-stream",
    )  # fmt: skip
    assert sent.status_code == 201, sent.content
    key = sent.json()["id"]
    assert client_for(shaped.below).get(f"/field-files/{key}/").status_code == 404
    record = program("POST", "/companies", {"name": "A", "licence": {"id": key}}).json()
    assert record["licence"] == {"id": key, "name": "c.txt", "size": 5, "type": "text/plain"}
    assert body(program("GET", f"/files/{key}")) == b"three"
    assert program("PATCH", f"/companies/{record['id']}", {"licence": None}).json()["licence"] is None
    assert program("POST", "/companies", {"name": "B", "licence": {"id": "1"}}).status_code == 422


def test_large_pictures_get_small_ones_and_forgotten_uploads_go(shaped: Cast):
    key = made(shaped, front=upload("big.png", png(900)))
    run_pending_jobs()
    found = value(shaped, key, "front")["id"]
    shown = client_for(shaped.rep).get(f"/field-files/{found}/picture/")
    assert shown["Content-Type"] == "image/webp"
    assert Picture.open(io.BytesIO(body(shown))).size == (480, 480)
    with in_workspace(shaped.xishan.pk):
        FieldFile.objects.update(record_id=None, created_at="2020-01-01T00:00:00Z")
        path = path_of(StoredFile.objects.exclude(preview=None).get())
        assert forget_unclaimed.call() == 1
        assert not StoredFile.objects.exists()
        assert not path.exists()
