"""Bringing a workspace into this installation: all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, transaction
from django.utils.timezone import now

from guanxi.platform.events.consuming import CONSUMERS
from guanxi.platform.events.models import Cursor, Fact, FactHead, RelayState
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.storage import path_of, put_back
from guanxi.platform.identity.models import Member, User
from guanxi.platform.metadata import registry
from guanxi.platform.records.search.store import index_records
from guanxi.platform.records.transfer.packing import FORM
from guanxi.platform.records.transfer.tables import AT_ONCE, Table, read_line, tables
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace

LONGEST_LINE = 64 << 20


class NotRestored(Exception):
    """Why nothing was brought in. The message says what is wrong with the file or the place."""


def unpack_workspace(source: Path, *, slug: str = "") -> Workspace:
    """Bring in what `pack_workspace` wrote; `slug` is its new address where the old one is taken.

    People who are here already (by their email) keep their account; the others get one without a password
    and set it by "forgot password". Raises NotRestored, and then nothing was changed.
    """
    try:
        with ZipFile(source) as archive:
            return _unpack(archive, slug)
    except (zipfile.BadZipFile, KeyError, ValueError, msgspec.DecodeError, EOFError) as problem:
        raise NotRestored(f"{source.name} is damaged, or no export of a workspace: {problem}") from problem
    except DatabaseError as problem:
        raise NotRestored(f"the database refused a row: {problem}") from problem


def _unpack(archive: ZipFile, slug: str) -> Workspace:
    manifest = json.loads(archive.read("manifest.json"))
    if manifest["form"] != FORM:
        raise NotRestored(
            f"it was made by Guanxi {manifest['product']}, in a form that this version can\u2019t read"
        )
    known = {f"tables/{one.name}" for one in tables()} | {"users"}
    if unknown := manifest["rows"].keys() - known:
        raise NotRestored(f"it comes from a newer version, which has {min(unknown)}")
    placed: list[Path] = []
    try:
        with everywhere("a workspace is brought in"), transaction.atomic():
            workspace = _workspace(manifest["workspace"], slug)
            with in_workspace(workspace.pk):
                users = _users(list(_lines(archive, manifest, "users")))
                before = _make_room(manifest["rows"]["tables/events_fact"])
                for table in tables():
                    _fill(table, _lines(archive, manifest, f"tables/{table.name}"), workspace, users, before)
                _begin_consumers(before)
                _place_files(archive, placed)
                _index()
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise
    return workspace


def _workspace(line: dict[str, Any], slug: str) -> Workspace:
    line["slug"] = slug or line["slug"]
    if Workspace.objects.filter(pk=line["id"]).exists():
        raise NotRestored("this workspace is here already; nothing was changed")
    if Workspace.objects.filter(slug=line["slug"]).exists():
        raise NotRestored(f"the address {line['slug']!r} is taken here; give another one with --slug")
    Table(Workspace).insert([line])
    return Workspace.objects.get(pk=line["id"])


def _users(lines: list[dict[str, Any]]) -> dict[int, int]:
    """Key in the file \u2192 key here. Who is here by email stays as he is."""
    known = dict(User.objects.filter(email__in=[one["email"] for one in lines]).values_list("email", "pk"))
    taken = set(User.objects.filter(pk__in=[one["id"] for one in lines]).values_list("pk", flat=True))
    new = [
        one | {"password": make_password(None), "created_at": now().isoformat()}
        for one in lines
        if one["email"] not in known
    ]
    for one in new:
        if int(one["id"]) in taken:
            one["id"] = new_key()
        known[one["email"]] = int(one["id"])
    Table(User).insert(new)
    return {int(one["id"]): known[one["email"]] for one in lines}


def _make_room(facts: int) -> int:
    """Take places for that many facts in the one order of this installation; returns the last one before."""
    RelayState.objects.get_or_create(pk=1)
    state = RelayState.objects.select_for_update().get(pk=1)
    before = state.position
    state.position += facts
    state.save()
    return before


def _fill(
    table: Table, lines: Iterable[dict[str, Any]], workspace: Workspace, users: dict[int, int], before: int
) -> None:
    held: list[dict[str, Any]] = []
    for line in lines:
        if table.model is Member and line["user_id"] is not None:
            line["user_id"] = users[int(line["user_id"])]
        if table.model in (Fact, FactHead, Cursor) and line["position"] is not None:
            line["position"] = int(line["position"]) + before
        held.append(line)
        if len(held) == AT_ONCE:
            table.insert(held, workspace_id=workspace.pk)
            held = []
    if held:
        table.insert(held, workspace_id=workspace.pk)


def _begin_consumers(before: int) -> None:
    """Who has not begun in this workspace: one that listens from now on must not hear what is long past."""
    head = FactHead.objects.values_list("position", flat=True).first() or before
    begun = set(Cursor.objects.values_list("consumer", flat=True))
    Cursor.objects.bulk_create(
        Cursor(consumer=one.name, position=head if one.starts == "now" else before)
        for one in CONSUMERS.values()
        if one.name not in begun
    )


def _place_files(archive: ZipFile, placed: list[Path]) -> None:
    """The bytes, each checked against its name; what was missing when it was packed is missing here too."""
    inside = set(archive.namelist())
    for stored in StoredFile.objects.iterator():
        name, target = f"files/{stored.sha256}", path_of(stored)
        if name not in inside or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".incoming")
        placed += [aside, target]
        digest = hashlib.sha256()
        with archive.open(name) as source, aside.open("wb") as out:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                out.write(chunk)
        if digest.hexdigest() != stored.sha256:
            raise NotRestored(f"{name} is damaged")
        put_back(stored, aside)


def _index() -> None:
    for obj in registry.objects():
        rows = obj.rows().filter(archived_at=None).order_by("pk").iterator(AT_ONCE)
        while batch := list(islice(rows, AT_ONCE)):
            index_records(obj, batch)


def _lines(archive: ZipFile, manifest: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table, checked against the manifest; a table that is younger than the file has none."""
    if name not in manifest["digests"]:
        return
    digest = hashlib.sha256()
    with archive.open(f"{name}.jsonl") as source:
        while line := source.readline(LONGEST_LINE):
            digest.update(line)
            yield read_line(line)
    if digest.hexdigest() != manifest["digests"][name]:
        raise NotRestored(f"{name}.jsonl is damaged")
