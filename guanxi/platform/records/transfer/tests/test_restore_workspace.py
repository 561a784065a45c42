"""A workspace leaves as open files and comes back to the same state; a damaged file changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from guanxi.collaboration.attachments.actions import attach_file
from guanxi.collaboration.notifications.models import Notification
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.storage import path_of
from guanxi.platform.identity.models import Member, Token, User
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.transfer.packing import Packed, pack_workspace
from guanxi.platform.records.transfer.tables import tables
from guanxi.platform.records.transfer.unpacking import NotRestored, unpack_workspace
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.models import Workspace, WorkspaceModel
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(cast: Cast, settings, tmp_path: Path) -> Cast:
    """Records, an own field, a tag, a file, facts that were heard; and a neighbour who has the like."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DATA_DIR = tmp_path
    for owner, mark in ((cast.admin, "溪山"), (cast.outsider, "Marlin")):
        by = actor(owner)
        with in_workspace(by.workspace_id):
            add_field(object="contact", type="text", label="Colour", name="colour", by=by)
            tag = add_tag(name=f"{mark} vip", by=by)
            company = create_record(
                object="company", values={"name": f"{mark} Ltd.", "revenue": "1234.5678 EUR"}, by=by
            )
            lin = create_record(
                object="contact",
                values={"name": f"{mark} Lin", "company": company.pk, "tags": [tag.pk], "colour": "ochre"},
                by=by,
            )
            change_record(lin, {"title": "Buyer"}, by=by)
            upload = SimpleUploadedFile("a.txt", mark.encode())
            attach_file(registry.get("contact"), lin.pk, upload, name="a.txt", by=by)
    drain_events()
    return cast


def wipe(workspace: Workspace) -> None:
    """As if the workspace had never been here; its people have accounts only if they work elsewhere."""
    with everywhere("test"), transaction.atomic(), connection.cursor() as cursor:
        users = list(Member.objects.filter(workspace=workspace).values_list("user_id", flat=True))
        for one in StoredFile.objects.filter(workspace=workspace):
            path_of(one).unlink()
        for model in apps.get_models():
            if issubclass(model, WorkspaceModel):
                cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE workspace_id = %s", [workspace.pk])
        cursor.execute("DELETE FROM jobs_job WHERE workspace_id = %s", [workspace.pk])
        Workspace.objects.filter(pk=workspace.pk).delete()
        User.objects.filter(pk__in=users).delete()


def pack(workspace: Workspace, folder: Path, name: str = "x.zip") -> Packed:
    return pack_workspace(workspace, folder / name)


def test_it_comes_back_to_the_same_state(filled: Cast, tmp_path: Path):
    before = pack(filled.xishan, tmp_path)
    assert before.rows["tables/people_contact"] == 1
    assert before.files == 1
    wipe(filled.xishan)
    workspace = unpack_workspace(tmp_path / "x.zip")
    assert pack(workspace, tmp_path, "again.zip").digest == before.digest


ANYTHING = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
KINDS = {
    "text": ANYTHING,
    "decimal": st.decimals(-10_000, 10_000, places=2).map(str),
    "date": st.dates().map(str),
    "boolean": st.booleans(),
    "json": st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | ANYTHING,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANYTHING, inner, max_size=3),
        max_leaves=5,
    ).map(lambda one: json.dumps([one])),
    "rich_text": ANYTHING,
}
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"name": ANYTHING.filter(str.strip)}, optional={f"own_{kind}": one for kind, one in KINDS.items()}
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@examples(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=RECORDS)
def test_whatever_was_written_comes_back(filled: Cast, tmp_path: Path, records: list[dict[str, Any]]):
    by = actor(filled.admin)
    with in_workspace(filled.xishan.pk):
        if "own_text" not in registry.get("contact").fields_by_name:
            for kind in KINDS:
                add_field(object="contact", type=kind, label=f"Own {kind}", name=f"own_{kind}", by=by)
        for values in records:
            create_record(object="contact", values=values, by=by)
    drain_events()
    before = pack(filled.xishan, tmp_path)
    wipe(filled.xishan)
    assert pack(unpack_workspace(tmp_path / "x.zip"), tmp_path, "again.zip").digest == before.digest


def test_people_find_everything_in_its_place(filled: Cast, tmp_path: Path):
    pack(filled.xishan, tmp_path)
    wipe(filled.xishan)
    workspace = unpack_workspace(tmp_path / "x.zip")
    with in_workspace(workspace.pk):
        admin = Member.objects.select_related("user", "workspace", "role").get(pk=filled.admin.pk)
        lin = Contact.objects.get()
        assert [one.verb for one in facts_of("contact", lin.pk)] == ["created", "changed", "attached"]
        assert path_of(StoredFile.objects.get()).read_text() == "溪山"
        told = Notification.objects.count()
    assert not admin.user.has_usable_password()
    page = client_for(admin).get(f"/contacts/{lin.pk}/").content.decode()
    assert "溪山 Ltd." in page
    assert "ochre" in page
    assert "溪山 Lin" in client_for(admin).get("/search/?q=溪山").content.decode()
    drain_events()
    with in_workspace(workspace.pk):
        assert Notification.objects.count() == told  # nobody is told once more what is long past
        change_record(Contact.objects.get(), {"title": "Head"}, by=actor(admin))
    drain_events()
    assert "Head" in client_for(admin).get(f"/contacts/{lin.pk}/").content.decode()


def test_nothing_of_a_neighbour_and_no_secret_goes_along(filled: Cast, tmp_path: Path):
    with in_workspace(filled.xishan.pk):
        Token.objects.create(member=filled.admin, name="x", prefix="gx_", hash="a-hash-of-a-token")
    pack(filled.xishan, tmp_path)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
    assert "溪山 Ltd." in whole
    for secret in ("Marlin", "a-hash-of-a-token", "argon2", filled.outsider.user.email):
        assert secret not in whole
    assert (tmp_path / "x.zip").stat().st_mode & 0o077 == 0


def test_who_has_an_account_keeps_it(filled: Cast, tmp_path: Path):
    pack(filled.xishan, tmp_path)
    email = filled.rep.user.email
    wipe(filled.xishan)
    here = User(email=email, name="Here before")
    here.set_password("stone-bridge-43")
    here.save()
    unpack_workspace(tmp_path / "x.zip")
    with in_workspace(filled.xishan.pk):
        member = Member.objects.select_related("user").get(pk=filled.rep.pk)
    assert member.user_id == here.pk
    assert member.user.name == "Here before"
    assert member.user.check_password("stone-bridge-43")


def test_what_is_here_is_not_brought_in_twice(filled: Cast, tmp_path: Path):
    pack(filled.xishan, tmp_path)
    with pytest.raises(NotRestored, match="here already"):
        unpack_workspace(tmp_path / "x.zip")
    wipe(filled.xishan)
    Workspace.objects.create(slug=filled.xishan.slug, name="Another")
    with pytest.raises(CommandError, match="--slug"):
        call_command("workspace", "restore", str(tmp_path / "x.zip"))
    said = io.StringIO()
    call_command("workspace", "restore", str(tmp_path / "x.zip"), slug="moved", stdout=said)
    assert "moved" in said.getvalue()


def test_a_damaged_file_changes_nothing(filled: Cast, tmp_path: Path):
    pack(filled.xishan, tmp_path)
    wipe(filled.xishan)
    with everywhere("test"):
        before = {one.name: one.model._default_manager.count() for one in tables()}
    for harm in ("digest", "column", "table", "form", "cut", "file", "line"):
        damage(tmp_path / "x.zip", tmp_path / "y.zip", harm)
        with pytest.raises(NotRestored):
            unpack_workspace(tmp_path / "y.zip")
        with everywhere("test"):
            after = {one.name: one.model._default_manager.count() for one in tables()}
        assert after == before, harm
        assert not Workspace.objects.filter(pk=filled.xishan.pk).exists()
        left = (tmp_path / "media" / str(filled.xishan.pk)).rglob("*")
        assert not [one for one in left if one.is_file()], harm


def damage(source: Path, target: Path, harm: str) -> None:
    if harm == "cut":
        target.write_bytes(source.read_bytes()[:-200])
        return
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        manifest = json.loads(old.read("manifest.json"))
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("files/") and harm == "file":
                content = b"other bytes"
            if name == "tables/people_contact.jsonl":
                if harm == "digest":
                    content = content.replace(b"Buyer", b"Owner")
                if harm in {"column", "line"}:
                    content = content.replace(b'"title"', b'"titel"') if harm == "column" else b"[1]\n"
                    manifest["digests"]["tables/people_contact"] = hashlib.sha256(content).hexdigest()
            if name != "manifest.json":
                new.writestr(name, content)
        if harm == "table":
            manifest["rows"]["tables/people_spouse"] = 1
        if harm == "form":
            manifest["form"] = 99
        new.writestr("manifest.json", json.dumps(manifest))
