"""Writing the file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from django.utils import translation

from guanxi import __version__
from guanxi.platform.events.models import Cursor, Fact, FactHead
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.storage import path_of
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.models import Member, User
from guanxi.platform.metadata import registry
from guanxi.platform.records.exporting.tables import export_lines
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.transfer.tables import Table, as_line, read_line, tables
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import one_moment

FORM = 1
USER = ("id", "email", "name", "language", "timezone", "theme", "density", "shortcuts", "single_keys")


@dataclass
class Packed:
    """What was written: rows of each table, and their digests, by which two copies are compared."""

    rows: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    files: int = 0
    missing_files: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """One digest of all tables. Not of how far consumers have come: that is work, not what is kept."""
        kept = {name: one for name, one in self.digests.items() if name != f"tables/{Cursor._meta.db_table}"}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def pack_workspace(
    workspace: Workspace, target: Path, *, told: Callable[[int, int], None] | None = None
) -> Packed:
    """Write the whole workspace to `target`, whole or not at all, as it is at one moment.

    Nobody waits for it: others go on reading and writing. The file is for its owner only. `told` hears how
    many tables of how many are written; what it raises ends it.
    """
    aside = target.with_name(f"{target.name}.part")
    handle = os.open(aside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with (
            os.fdopen(handle, "wb") as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
            in_workspace(workspace.pk),
            translation.override(workspace.language),
            one_moment(),
        ):
            packed = _pack(archive, workspace, told or _nobody)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return packed


def _nobody(done: int, total: int) -> None:
    """Who does not ask is told nothing."""


def _pack(archive: ZipFile, workspace: Workspace, told_of: Callable[[int, int], None]) -> Packed:
    packed = Packed()
    users = User.objects.filter(pk__in=Member.objects.values("user_id")).order_by("pk")
    told = (as_line({name: getattr(one, name) for name in USER}) for one in users)
    _pack_lines(archive, packed, "users", told)
    places = _places()
    every = tables()
    for done, table in enumerate(every):
        told_of(done, len(every))
        lines = table.lines()
        if table.model in (Fact, FactHead, Cursor):
            lines = _in_order(lines, places)
        _pack_lines(archive, packed, f"tables/{table.name}", lines)
    by = system_actor(workspace.pk, "export")
    for obj in registry.objects():
        with archive.open(_member(f"records/{obj.plural}.csv"), "w", force_zip64=True) as out:
            for text in export_lines(ListQuery(obj=obj, columns=(), sort=obj.sort), by=by):
                out.write(text.encode())
    for stored in StoredFile.objects.order_by("pk").iterator():
        _pack_file(archive, packed, stored)
    manifest = {
        "form": FORM,
        "product": __version__,
        "packed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "workspace": read_line(next(Table(Workspace).lines(pk=workspace.pk))),
        "digest": packed.digest,
        "rows": packed.rows,
        "digests": packed.digests,
        "files": packed.files,
        "missing_files": packed.missing_files,
    }
    archive.writestr(_member("manifest.json"), json.dumps(manifest, ensure_ascii=False, indent=1))
    archive.writestr(_member("README.txt"), _README.format(name=workspace.name, at=manifest["packed_at"]))
    return packed


def _pack_lines(archive: ZipFile, packed: Packed, name: str, lines: Iterable[bytes]) -> None:
    digest, count = hashlib.sha256(), 0
    with archive.open(_member(f"{name}.jsonl"), "w", force_zip64=True) as out:
        for count, line in enumerate(lines, 1):  # noqa: B007 - the last one is what was counted
            whole = line + b"\n"
            digest.update(whole)
            out.write(whole)
    packed.rows[name], packed.digests[name] = count, digest.hexdigest()


def _pack_file(archive: ZipFile, packed: Packed, stored: StoredFile) -> None:
    """Bytes that are gone from the disk are named; the rest of the workspace is worth having without them."""
    try:
        source = path_of(stored).open("rb")
    except FileNotFoundError:
        packed.missing_files.append(stored.sha256)
        return
    with source, archive.open(_member(f"files/{stored.sha256}"), "w", force_zip64=True) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    packed.files += 1


def _places() -> array[int]:
    """The positions that the workspace's facts have in this installation, in order."""
    facts = Fact.objects.filter(position__isnull=False).order_by("position")
    return array("q", facts.values_list("position", flat=True).iterator())


def _in_order(lines: Iterable[bytes], places: array[int]) -> Iterator[bytes]:
    """Positions counted within the workspace: elsewhere other numbers are taken by other workspaces."""
    for line in lines:
        row = read_line(line)
        if row["position"] is not None:
            row["position"] = bisect_right(places, int(row["position"]))
        yield as_line(row)


def _member(name: str) -> ZipInfo:
    """A member with a fixed time: the same workspace gives the same bytes."""
    info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


_README = """{name}: everything that was kept in this workspace, as of {at}.

records/*.csv      your records, for any spreadsheet
files/             what was uploaded, named by SHA-256 as in tables/files_stored.jsonl
tables/*.jsonl     every table as it was, one row a line (JSON); times are UTC, large keys are text
users.jsonl        who worked here; there are no passwords in this file, nor tokens and secrets of workflows:
                   where a workflow calls somebody, enter these anew
manifest.json      rows and SHA-256 of every table

    guanxi workspace restore THIS-FILE.zip

brings it into another installation of Guanxi. Treat it like the database itself: it holds all of it.
"""
