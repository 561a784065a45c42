"""Files of records over the API and on the command line: the verbs of the tab, with its rights."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from PIL import Image as Picture

from guanxi.api.rest.problems import BadRequest
from guanxi.api.rest.uploads import sent_file
from guanxi.api.tests.test_rest import Program
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.attachments.tests.test_attachments import HTML, PNG, body
from guanxi.platform.events.models import Fact
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.storage import path_of
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import archive_record, create_record, restore_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
BYTES = "application/octet-stream"
EVERYTHING = ["*:read", "*:write"]


@pytest.fixture(autouse=True)
def kept_in(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def contact(cast: Cast) -> Any:
    with in_workspace(cast.xishan.pk):
        return create_record(object="contact", values={"name": "王若溪"}, by=actor(cast.rep))


@pytest.fixture
def rep(cast: Cast) -> Program:
    return Program(cast.rep, EVERYTHING)


def of(contact: Any, **more: str) -> dict[str, str]:
    return {"object": "contact", "record": str(contact.pk), **more}


def send(program: Program, path: str, content: bytes, asked: dict[str, str] | None = None, **headers: str):
    return program.client.post(
        f"/api/v1/attachments{path}",
        content,
        content_type=BYTES,
        query_params=asked,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.fixture
def plan(rep: Program, contact: Any) -> dict[str, Any]:
    made = send(rep, "", b"first", of(contact, name="plan.txt"))
    assert made.status_code == 201, made.content
    told: dict[str, Any] = made.json()
    return told


def test_the_life_of_a_file(cast: Cast, rep: Program, contact: Any, plan: dict[str, Any]):
    path = f"/attachments/{plan['id']}"
    assert plan == rep("GET", path).json()
    assert {name: plan[name] for name in ("object", "record", "name", "size", "type", "version")} == {
        "object": "contact", "record": str(contact.pk), "name": "plan.txt", "size": 5, "type": "text/plain",
        "version": 1,
    }  # fmt: skip
    got = rep("GET", f"{path}/content")
    assert (body(got), got["Content-Disposition"]) == (b"first", 'attachment; filename="plan.txt"')
    newer = send(rep, f"/{plan['id']}/versions", b"second").json()
    assert (newer["name"], newer["version"], newer["versions"], newer["newest"]) == ("plan.txt", 2, 2, True)
    told = [(one["version"], one["newest"]) for one in rep("GET", f"{path}/versions").json()["data"]]
    assert told == [(2, True), (1, False)]
    back = rep("POST", f"{path}/restoration").json()
    assert (back["version"], back["size"]) == (3, 5)
    (listed,) = rep("GET", f"/attachments?object=contact&record={contact.pk}").json()["data"]
    assert listed == back
    assert rep("DELETE", path).status_code == 204
    assert rep("GET", path).status_code == rep("GET", f"{path}/content").status_code == 404
    assert rep("GET", f"/attachments?object=contact&record={contact.pk}").json()["data"] == []
    (gone,) = rep("GET", f"/attachments?object=contact&record={contact.pk}&removed=true").json()["data"]
    assert (gone["id"], gone["removed_at"] is None) == (back["id"], False)
    assert rep("POST", f"{path}/return").json()["versions"] == 3
    with in_workspace(cast.xishan.pk):
        facts = Fact.objects.filter(object="contact", record_id=contact.pk).order_by("id")
        verbs = [fact.verb for fact in facts]
        assert verbs == ["created", "attached", "attached", "attached", "detached", "reattached"]
        assert {(fact.actor_kind, fact.actor_name) for fact in facts[1:]} == {("token", "林知遥")}


def test_a_form_is_taken_as_well_and_a_name_with_folders_loses_them(rep: Program, contact: Any):
    upload = SimpleUploadedFile("现场.png", PNG)
    made = rep.client.post("/api/v1/attachments", {"file": upload}, query_params=of(contact)).json()
    assert (made["name"], made["type"], made["preview"]) == ("现场.png", "image/png", True)
    for given, kept in (
        ("../../etc/passwd", "passwd"), ("C:\\a\\b.txt", "b.txt"), ('a"\r\nX-Evil: 1.txt', 'a"X-Evil: 1.txt'),
    ):  # fmt: skip
        named = send(rep, "", b"x", of(contact, name=given)).json()
        assert named["name"] == kept
        got = rep("GET", f"/attachments/{named['id']}/content")
        assert "X-Evil" not in got
        assert got["Content-Disposition"].startswith("attachment; filename=")


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a/*<script>alert(1)</script>*/=1;" + HTML,
        b"%PDF-1.4\n" + HTML,
    ],
)
def test_nothing_that_is_sent_runs(rep: Program, contact: Any, content: bytes):
    made = send(rep, "", content, of(contact, name="page.html")).json()
    for door in ("content", "preview"):
        got = rep("GET", f"/attachments/{made['id']}/{door}")
        if got.status_code == 404:  # no picture of it
            continue
        assert got["Content-Type"].split(";")[0] in ("text/plain", "image/gif", "application/pdf")
        assert got["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert got["X-Content-Type-Options"] == "nosniff"
        assert door == "preview" or got["Content-Disposition"].startswith("attachment")


def test_parts_of_it_and_pictures(rep: Program, contact: Any, plan: dict[str, Any]):
    path = f"/attachments/{plan['id']}"
    part = rep("GET", f"{path}/content", range="bytes=1-2")
    assert (part.status_code, body(part)) == (206, b"ir")
    assert rep("GET", f"{path}/content", if_none_match=part["ETag"]).status_code == 304
    head = rep.client.head(f"/api/v1{path}/content")
    assert (head.status_code, head["Content-Length"]) == (200, "5")
    assert rep("GET", f"{path}/preview").status_code == 404
    photo = send(rep, "", PNG, of(contact, name="a.png")).json()
    shown = rep("GET", f"/attachments/{photo['id']}/preview")
    assert (shown["Content-Type"], body(shown)) == ("image/png", PNG)


def test_a_list_is_turned_over_by_pages(rep: Program, contact: Any, monkeypatch: Any):
    monkeypatch.setattr("guanxi.collaboration.attachments.resources.PER_PAGE", 2)
    for name in ("a", "b", "c", "a"):
        send(rep, "", name.encode(), of(contact, name=name))
    first = rep("GET", f"/attachments?object=contact&record={contact.pk}").json()
    rest = rep("GET", f"/attachments?object=contact&record={contact.pk}&before={first['next']}").json()
    assert [one["name"] for one in first["data"]] == ["a", "c"]
    assert [one["name"] for one in rest["data"]] == ["b"]
    assert rest["next"] is None


def test_what_is_sent_twice_with_a_key_is_kept_once(cast: Cast, rep: Program, contact: Any):
    large = b"x" * 3_000_000  # more than a body that is held in memory
    sent = [send(rep, "", large, of(contact, name="a"), idempotency_key="k") for _turn in range(2)]
    assert sent[0].json() == sent[1].json()
    assert sent[1]["Idempotency-Replayed"] == "true"
    assert send(rep, "", b"y", of(contact, name="a"), idempotency_key="k").status_code == 422
    with in_workspace(cast.xishan.pk):
        assert Attachment.objects.count() == 1


def test_too_large_is_said_and_not_kept(cast: Cast, rep: Program, contact: Any, settings: Any):
    settings.UPLOAD_MAX_BYTES = 50
    upload = SimpleUploadedFile("a.txt", b"x" * 51)
    for answer in (
        send(rep, "", b"x" * 51, of(contact, name="a.txt")),
        rep.client.post("/api/v1/attachments", {"file": upload}, query_params=of(contact)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    with in_workspace(cast.xishan.pk):
        assert not StoredFile.objects.exists()


def test_what_comes_in_pieces_of_no_said_length_is_not_taken_for_an_empty_file(rep: Program, contact: Any):
    answer = rep.client.generic(
        "POST", f"/api/v1/attachments?object=contact&record={contact.pk}&name=a", "", content_type=BYTES,
        headers={"Transfer-Encoding": "chunked"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (411, "length")
    empty = rep.client.generic(
        "POST", f"/api/v1/attachments?object=contact&record={contact.pk}&name=a", "", content_type=BYTES,
        headers={"Content-Length": "0"},
    )  # fmt: skip
    assert (empty.status_code, empty.json()["size"]) == (201, 0)


def test_what_broke_off_on_the_way_is_not_kept():
    request = RequestFactory().post("/api/v1/attachments", b"half", content_type=BYTES)
    request.META["CONTENT_LENGTH"] = "9"
    with pytest.raises(BadRequest) as said, sent_file(request):
        pass
    assert said.value.code == "cut_off"


def test_what_is_missing_is_said(rep: Program, contact: Any, plan: dict[str, Any]):
    missing = send(rep, "", b"x", {"object": "contact", "name": "a"})
    assert (missing.status_code, list(missing.json()["fields"])) == (422, ["record"])
    assert send(rep, "", b"x", {"object": "contact", "record": "0", "name": "a"}).status_code == 404
    assert send(rep, "", b"x", of(contact)).json()["fields"]["name"][0]["code"] == "required"
    assert send(rep, "", b"x", {"object": "nothing", "record": "7", "name": "a"}).status_code == 404
    assert send(rep, "", b"x", of(contact, name="a", owner="1")).status_code == 400
    form = rep.client.post("/api/v1/attachments", {"text": "x"}, query_params=of(contact, name="a"))
    assert form.json()["fields"]["file"][0]["code"] == "required"
    broken = rep.client.post(
        "/api/v1/attachments", b"x", content_type="multipart/form-data", query_params=of(contact, name="a")
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "multipart")
    assert rep("PATCH", f"/attachments/{plan['id']}", {"name": ""}).status_code == 422
    assert rep("GET", f"/attachments/{2**63 + 1}/content").status_code == 404


def test_what_is_held_back_is_nobodys(cast: Cast, rep: Program, plan: dict[str, Any]):
    with in_workspace(cast.xishan.pk):
        StoredFile.objects.update(checked="found", finding="Eicar")
    for door in ("content", "preview"):
        got = rep("GET", f"/attachments/{plan['id']}/{door}")
        assert (got.status_code, got.json()["code"]) == (423, "held")
    assert "Eicar" in rep("GET", f"/attachments/{plan['id']}").json()["held"]


def every_door(program: Program, contact: Any, key: str) -> dict[str, int]:
    """What each door answers, with something that would be done."""
    here = f"/attachments/{key}"
    return {
        "list": program("GET", f"/attachments?object=contact&record={contact.pk}").status_code,
        "removed": program(
            "GET", f"/attachments?object=contact&record={contact.pk}&removed=true"
        ).status_code,
        "read": program("GET", here).status_code,
        "content": program("GET", f"{here}/content").status_code,
        "versions": program("GET", f"{here}/versions").status_code,
        "attach": send(program, "", b"x", of(contact, name="x")).status_code,
        "version": send(program, f"/{key}/versions", b"x").status_code,
        "rename": program("PATCH", here, {"name": "other.txt"}).status_code,
        "restore": program("POST", f"{here}/restoration").status_code,
        "remove": program("DELETE", here).status_code,
        "return": program("POST", f"{here}/return").status_code,
    }


READS = {"list", "read", "content", "versions"}


def test_strangers_find_nothing_and_readers_change_nothing(cast: Cast, contact: Any, plan: dict[str, Any]):
    for member in (cast.stranger, cast.outsider):
        found = every_door(Program(member, EVERYTHING), contact, plan["id"])
        assert set(found.values()) == {404}, member
    reader = every_door(Program(cast.observer, EVERYTHING), contact, plan["id"])
    assert reader == {door: 200 if door in READS else 403 for door in reader}
    with in_workspace(cast.xishan.pk):
        share_record(contact, to=To("member", cast.stranger.pk), by=actor(cast.rep))
    shared = every_door(Program(cast.stranger, EVERYTHING), contact, plan["id"])
    assert shared == reader
    with in_workspace(cast.xishan.pk):
        assert [one.name for one in Attachment.objects.filter(removed_at=None)] == ["plan.txt"]


def test_a_token_does_what_its_scopes_say(cast: Cast, contact: Any, plan: dict[str, Any]):
    reads = every_door(Program(cast.rep, ["contact:read"]), contact, plan["id"])
    assert reads == {door: 200 if door in READS else 403 for door in reads}
    other = every_door(Program(cast.rep, ["company:read", "company:write"]), contact, plan["id"])
    assert set(other.values()) <= {403, 404}
    assert client_for(cast.rep).get(f"/files/{plan['id']}/").status_code == 200


def test_without_a_token_nothing_is_read(client: Any, contact: Any):
    answer = client.post(
        f"/api/v1/attachments?object=contact&record={contact.pk}&name=a", b"x", content_type=BYTES
    )
    assert answer.status_code == 401


def test_a_photo_loses_its_place_here_too(cast: Cast, rep: Program, contact: Any):
    exif = Picture.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 15.0, 7.25)})
    out = BytesIO()
    Picture.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    made = send(rep, "", out.getvalue(), of(contact, name="a.jpg")).json()
    kept = Picture.open(BytesIO(body(rep("GET", f"/attachments/{made['id']}/content"))))
    assert not kept.getexif().get_ifd(0x8825)


def test_an_archived_record_keeps_its_files_as_they_are(
    cast: Cast, rep: Program, contact: Any, plan: dict[str, Any]
):
    newer = send(rep, f"/{plan['id']}/versions", b"second").json()
    gone = send(rep, "", b"x", of(contact, name="gone.txt")).json()
    assert rep("DELETE", f"/attachments/{gone['id']}").status_code == 204
    with in_workspace(cast.xishan.pk):
        archived = archive_record(contact, by=actor(cast.rep))
    assert every_door(rep, contact, plan["id"]) == {
        "list": 200, "removed": 200, "read": 200, "content": 200, "versions": 200,
        "attach": 403, "version": 403, "rename": 403, "restore": 403, "remove": 403,
        "return": 403,
    }  # fmt: skip
    assert rep("POST", f"/attachments/{gone['id']}/return").status_code == 403
    said = "已归档。请先恢复。"
    assert send(rep, "", b"x", of(contact, name="x")).json()["title"] == said
    page = client_for(cast.rep)
    upload = {"files": [SimpleUploadedFile("x.txt", b"x")]}
    for answer in (
        page.post(f"/contacts/{contact.pk}/attachments/", upload),
        page.post(f"/files/{plan['id']}/renaming/", {"name": "x.txt"}),
        page.post(f"/files/{plan['id']}/restoration/"),
        page.post(f"/files/{plan['id']}/removal/"),
        page.post(f"/files/{gone['id']}/return/"),
    ):
        assert (answer.status_code, said in answer.content.decode()) == (403, True)
    dropped = page.post(f"/contacts/{contact.pk}/attachments/", upload, headers={"HX-Request": "true"})
    assert (dropped.status_code, dropped.content.decode()) == (422, said)
    with in_workspace(cast.xishan.pk):
        here = Attachment.objects.filter(removed_at=None).order_by("version")
        assert [(one.pk, one.name) for one in here] == [
            (int(plan["id"]), "plan.txt"), (int(newer["id"]), "plan.txt"),
        ]  # fmt: skip
        restore_record(archived, by=actor(cast.rep))
    assert rep("PATCH", f"/attachments/{plan['id']}", {"name": "x.txt"}).status_code == 200


def ask(by: str, *said: str, **options: Any) -> str:
    out = StringIO()
    call_command("ask", *said, workspace="xishan", by=by, stdout=out, **options)
    return out.getvalue()


def test_on_the_command_line(cast: Cast, contact: Any, tmp_path: Path):
    mine, anothers = cast.rep.user.email, cast.stranger.user.email
    given, got = tmp_path / "offer.txt", tmp_path / "got.txt"
    given.write_text("three")
    to = ("object=contact", f"record={contact.pk}")
    made = json.loads(ask(mine, "attach_file", *to, f"file={given}"))
    assert (made["name"], made["size"]) == ("offer.txt", 5)
    assert ask(mine, "download_attachment", made["id"], out=got).strip() == str(got)
    assert got.read_text() == "three"
    assert json.loads(ask(mine, "rename_attachment", made["id"], "name=o.txt"))["name"] == "o.txt"
    assert [one["name"] for one in json.loads(ask(mine, "list_attachments", *to))["data"]] == ["o.txt"]
    for wrong in (
        ("attach_file", *to), ("attach_file", *to, "file=/nowhere"), ("download_attachment", made["id"]),
    ):  # fmt: skip
        with pytest.raises(CommandError):
            ask(mine, *wrong)
    for theirs in (("list_attachments", *to), ("attach_file", *to, f"file={given}")):
        with pytest.raises(CommandError):
            ask(anothers, *theirs)
    with pytest.raises(CommandError):
        ask(anothers, "download_attachment", made["id"], out=tmp_path / "taken.txt")
    assert not (tmp_path / "taken.txt").exists()


def test_the_bytes_are_one_file_of_the_workspace(cast: Cast, rep: Program, contact: Any):
    first = send(rep, "", b"same", of(contact, name="a.txt")).json()
    send(rep, "", b"same", of(contact, name="b.txt"))
    with in_workspace(cast.xishan.pk):
        stored = StoredFile.objects.get()
        assert path_of(stored).read_bytes() == b"same"
        assert {one.file_id for one in Attachment.objects.all()} == {stored.pk}
    assert first["size"] == 4
