"""guanxi ask: whatever the API can be asked, from the command line, with the rights of who is named."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from guanxi.api.openapi.building import build_openapi
from guanxi.api.openapi.operations import operations_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.importing.models import Import
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db(transaction=True)
REP, STRANGER, ADMIN, OUTSIDER = (
    "lin@xishan.example", "he@xishan.example", "gu@xishan.example", "rachel@marlin.example",
)  # fmt: skip


def told(by: str, *said: str, **options: Any) -> str:
    out = StringIO()
    call_command("ask", *said, workspace="xishan", by=by, stdout=out, **options)
    return out.getvalue()


def ask(by: str, *said: str, **options: Any) -> Any:
    return json.loads(told(by, *said, **options))


@pytest.fixture
def contact(cast: Cast) -> Any:
    with in_workspace(cast.xishan.pk):
        return create_record(object="contact", values={"name": "王若溪"}, by=actor(cast.rep))


def test_a_record_lives_on_the_command_line(cast: Cast):
    made = ask(REP, "create_contact", "name=陈一鸣", "phones=13812345678", "title=采购 = 经理")
    assert (made["name"], made["title"], made["phones"][0]["number"]) == (
        "陈一鸣",
        "采购 = 经理",
        "+8613812345678",
    )
    changed = ask(REP, "change_contact", made["id"], "If-Match=1", "title=")
    assert (changed["title"], changed["version"]) == (None, 2)
    with pytest.raises(CommandError, match="stale") as stale:
        ask(REP, "change_contact", made["id"], "if-match=1", "title=总监")
    assert "title" in str(stale.value)
    found = ask(REP, "list_contact", 'filter=name = "陈一鸣"', "fields=name")
    assert [one["id"] for one in found["data"]] == [made["id"]]
    assert told(REP, "archive_contact", made["id"]) == ""
    assert ask(REP, "restore_contact", made["id"])["archived_at"] is None


def test_what_is_wrong_is_said_for_each_field(cast: Cast):
    with pytest.raises(CommandError) as wrong:
        ask(ADMIN, "create_contact", "nme=x")
    lines = str(wrong.value).split("\n")
    assert lines[0].startswith("invalid: ")
    assert {one.partition(":")[0] for one in lines[1:]} == {"  nme", "  name"}
    for said in (
        ("list_contact", "7"), ("get_contact",), ("get_contact", "x"), ("get_contact", "7"),
        ("list_contact", "limit=0"), ("list_contact", "filter=name ="), ("list_contact", "colour=red"),
        ("bulk_change_contact", "do=archive", "ids=[7"), ("apply_shape",), ("apply_shape", "file=/nowhere"),
    ):  # fmt: skip
        with pytest.raises(CommandError):
            ask(ADMIN, *said)
    with pytest.raises(CommandError):
        ask(ADMIN, "batch_contact", json="/nowhere")


def test_neither_the_stranger_nor_the_outsider_reaches_it(cast: Cast, contact: Any):
    for nobody in (STRANGER, OUTSIDER):
        for said in (("get_contact", str(contact.pk)), ("change_contact", str(contact.pk), "title=taken")):
            with pytest.raises(CommandError):
                ask(nobody, *said)
    assert ask(STRANGER, "list_contact")["data"] == []
    with pytest.raises(CommandError, match="there is no 'list_roles'"):
        ask(REP, "list_roles")
    assert ask(REP, "get_contact", str(contact.pk))["title"] is None


def test_a_body_comes_from_a_file_and_an_export_goes_into_one(cast: Cast, contact: Any, tmp_path: Path):
    body, out = tmp_path / "body.json", tmp_path / "mine.csv"
    body.write_text(
        json.dumps({"operations": [{"do": "create", "values": {"name": f"N{n}"}} for n in range(3)]})
    )
    assert ask(REP, "batch_contact", json=str(body))["failed"] == 0
    with pytest.raises(CommandError, match="--out"):
        told(REP, "export_contact", "csv")
    with pytest.raises(CommandError, match="refused"):
        told(REP, "export_contact", "csv", out=out)
    assert not out.exists()
    assert told(ADMIN, "export_contact", "csv", "fields=name", out=out).strip() == str(out)
    assert set(out.read_text("utf-8-sig").split()[1:]) == {"王若溪", "N0", "N1", "N2"}


def test_files_are_sent_as_they_are(cast: Cast, tmp_path: Path, settings: Any):
    settings.MEDIA_ROOT, settings.DATA_DIR = tmp_path / "files", tmp_path
    table, shape = tmp_path / "people.csv", tmp_path / "shape.toml"
    table.write_text("Name,Mail\nAmir,amir@mail.example\n")
    sent = ask(ADMIN, "import_files", f"files={table}", 'plan=[{"object": "contact"}]')
    with in_workspace(cast.xishan.pk), reading():
        assert Import.objects.get().pk == int(sent["id"])
    run_pending_jobs()
    assert ask(ADMIN, "read_import", sent["id"])["files"][0]["counts"]["created"] == 1
    shape.write_text(told(ADMIN, "write_shape") + '\n[objects.machine]\nlabel = "Machine"\n')
    steps = ask(ADMIN, "apply_shape", "dry_run=true", f"file={shape}")["data"]
    assert [one["name"] for one in steps] == ["machine"]
    with in_workspace(cast.xishan.pk), reading():
        assert not registry.has("machine")


def test_every_operation_can_be_asked(cast: Cast):
    with in_workspace(cast.xishan.pk), reading():
        document = build_openapi(server="http://here", by=actor(cast.admin))
    found = operations_of(document)
    assert len(found) == sum(len(one) for one in document["paths"].values())
    out = StringIO()
    call_command("ask", "--list", "merge_", workspace="xishan", stdout=out)
    assert "merge_contact ID others=… [choose=…]: " in out.getvalue()


def test_what_is_asked_in_nobodys_name_or_to_nowhere_is_not_asked(cast: Cast, contact: Any, tmp_path: Path):
    with pytest.raises(CommandError, match="say in whose name it is asked: --by EMAIL"):
        ask("", "list_contact")
    with pytest.raises(CommandError, match="nobody who works here has the email"):
        ask("x@xishan.example", "list_contact")
    nowhere = tmp_path / "no" / "dir" / "mine.csv"
    with pytest.raises(CommandError, match="there is no folder"):
        told(ADMIN, "create_contact", "name=A", out=nowhere)
    with pytest.raises(CommandError, match="this is a folder, name a file; nothing was asked"):
        told(ADMIN, "create_contact", "name=A", out=tmp_path)
    with pytest.raises(CommandError, match="is not UTF-8; nothing was asked"):
        ask(ADMIN, "create_contact", "name=\udcd5\udcc5")
    with pytest.raises(CommandError, match="not found"):
        ask(ADMIN, "get_contact", f"{contact.pk}/facts")
    assert len(ask(ADMIN, "list_contact")["data"]) == 1


def test_what_a_door_needs_after_the_question_mark_is_shown_and_told(cast: Cast):
    out = StringIO()
    call_command("ask", "--list", "export_personal_data", workspace="xishan", stdout=out)
    assert out.getvalue().startswith("export_personal_data object=… record=…: ")
    with pytest.raises(CommandError, match="  record: "):
        ask(ADMIN, "read_score_reasons", "object=lead")


def test_layouts_live_on_the_command_line(cast: Cast):
    parts = {"columns": ["name", "city"]}
    kept = ask(ADMIN, "set_layout", "contact", f"columns={json.dumps(parts['columns'])}")
    assert kept["parts"]["columns"] == parts["columns"]
    assert ask(ADMIN, "read_layout", "contact") == kept
    with pytest.raises(CommandError, match="stale"):
        ask(ADMIN, "set_layout", "contact", "If-Match=0", 'columns=["name"]')
    for nobody in (REP, STRANGER):
        with pytest.raises(CommandError, match="there is no 'set_layout'"):
            ask(nobody, "set_layout", "contact", 'columns=["name"]')
    with pytest.raises(CommandError):
        ask(OUTSIDER, "read_layout", "contact")
    assert told(ADMIN, "drop_layout", "contact") == ""
    with pytest.raises(CommandError, match="not found"):
        ask(ADMIN, "read_layout", "contact")
