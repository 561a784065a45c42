"""The first step: files come in, are opened and planned, and nothing else happens."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_file
from pathlib import Path, PurePath
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from msgspec.structs import replace

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, right_of
from guanxi.platform.records.access import Refused
from guanxi.platform.records.importing.archives import is_archive, unpack_tables
from guanxi.platform.records.importing.attaching import ATTACHED
from guanxi.platform.records.importing.delimited import fold_header
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.platform.records.importing.headers import IS_COMPANY, KNOWN
from guanxi.platform.records.importing.headers import words as header_words
from guanxi.platform.records.importing.memberships import MEMBER, importables
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.planning import (
    FIRMS_AND_PEOPLE,
    Guess,
    plan_file,
    plan_files,
    run_order,
    tells_firms,
)
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.reading import Choice, Table, open_table
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.transactions import reading

REMEMBERED_FILES = 50


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that somebody brings: where it lies, what it was called, and what was decided about it."""

    path: Path
    name: str
    choice: Choice | None = None
    object: str = ""

    @property
    def encloses(self) -> bool:
        """Whether it is a ZIP or a folder, in which files lie that rows name."""
        return self.path.is_dir() or is_archive(self.path)


def may_import(by: Actor) -> bool:
    """Whether there is anything that `by` may bring in."""
    return by.administers or any(may_import_into(one, by) for one in importables())


def may_import_into(obj: Object, by: Actor) -> bool:
    """Whether `by` may bring in records of this object."""
    return by.may("import", obj.name) and by.may("create", obj.name)


@dataclass(frozen=True, slots=True)
class Opened:
    """Files that were looked into and belong to an import that is not written down yet."""

    job: Import
    files: list[Incoming]
    tables: list[tuple[str, Table]]


def begin_import(files: Sequence[Incoming], *, by: Actor, name: str = "") -> Import:
    """Open and plan files that belong together; returns a draft.

    Of a ZIP the tables at its top come in, and the others are there to be named by rows; so are those in a
    folder. Raises UnreadableFile, and keeps nothing then, and Refused without permission.
    """
    return plan_import(open_files(files, by=by, name=name), by=by)


def open_files(files: Sequence[Incoming], *, by: Actor, name: str = "") -> Opened:
    """The slow half of `begin_import`, which writes nothing into the database; raises what that raises."""
    if not may_import(by):
        raise Refused("import")
    job = Import(
        name=name or comma_list(one.name for one in files)[:200],
        member_id=by.member_id,
        enclosed=[str(one.path) for one in files if one.encloses],
    )
    job.scopes = None if by.scopes is None else sorted(by.scopes)
    room = workroom(job.pk)
    room.mkdir(parents=True, exist_ok=True)
    try:
        files = [table for one in files for table in _opened(one, room)]
        if not files:
            raise UnreadableFile("no_table_in_archive")
        opened = [(one, open_table(one.path, one.choice, workroom=room, known=KNOWN)) for one in files]
        pairs = [pair for one, table in opened for pair in _parted(one, table)]
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        raise
    return Opened(job, [one for one, _table in pairs], [(one.name, table) for one, table in pairs])


def plan_import(opened: Opened, *, by: Actor) -> Import:
    """The quick half of `begin_import`: where columns go is guessed, and the draft is written down."""
    job, files, tables = opened.job, opened.files, opened.tables
    guesses = plan_files(tables, [one.object for one in files], files=bool(job.enclosed))
    with reading():
        for guess in guesses:
            remember(guess.plan)
            leave_to_others(guess.plan, by=by)
    order = run_order([guess.plan for guess in guesses])
    with transaction.atomic():
        job.save(force_insert=True)
        for position, at in enumerate(order):
            one, (label, table), guess = files[at], tables[at], guesses[at]
            ImportFile(
                of_import=job,
                position=position,
                name=label,
                path=str(one.path),
                table=table.as_json(),
                plan=guess.plan.as_json(),
            ).save(force_insert=True)
    return job


def keep_uploads(uploads: Sequence[UploadedFile[Any]], *, too_large: str = "") -> list[Incoming]:
    """Uploaded files, kept in a workroom of their own; raises UnreadableFile for none and too large ones.

    too_large   the name of one that was skipped for its size (files/uploading.py)
    """
    if too_large:
        raise UnreadableFile("upload_too_large", name=too_large, limit=settings.UPLOAD_MAX_BYTES // 1_000_000)
    if not uploads:
        raise UnreadableFile("no_file")
    room = new_key()
    names = [str(upload.name)[:255] for upload in uploads]
    return [
        Incoming(store_upload(upload, name, room), name) for upload, name in zip(uploads, names, strict=True)
    ]


def _opened(one: Incoming, room: Path) -> list[Incoming]:
    """What it brings to be imported: itself, or the tables in it."""
    if not one.encloses:
        return [one]
    if one.path.is_dir():
        return []
    return [replace_file(one, path=path, name=name) for path, name in unpack_tables(one.path, room)]


def _parted(one: Incoming, table: Table) -> list[tuple[Incoming, Table]]:
    """A list of firms and people in one comes in twice: its firms as companies, its people as contacts."""
    named = header_words(IS_COMPANY)
    if one.object or not any(fold_header(header) in named for header in table.columns):
        return [(one, table)]
    if tells_firms(profile_columns(table.columns, table.sample())) is None:
        return [(one, table)]
    path = PurePath(one.name)
    return [
        (
            replace_file(
                one, name=f"{path.stem} – {registry.get(name).plural_label}{path.suffix}", object=name
            ),
            table,
        )
        for name in FIRMS_AND_PEOPLE
    ]


def leave_to_others(plan: FilePlan, *, by: Actor) -> None:
    """Columns that would fill what the actor may not write go nowhere, until somebody else chooses that."""
    if plan.object == MEMBER.name:
        return
    obj = registry.get(plan.object)

    def writes(path: str) -> bool:
        if path == ATTACHED:
            return by.may("change", obj.name)
        return right_of(obj, path.partition(":")[0], by) == EDIT

    for one in plan.columns:
        if one.path and not writes(one.path):
            one.path, one.reason, one.score = "", "nothing", 1.0
    plan.fixed = {name: text for name, text in plan.fixed.items() if writes(name)}
    if plan.key and not writes(plan.key):
        plan.key = ""


def remember(plan: FilePlan) -> None:
    """Decide as before about a file of the same columns: where they go, the key, the fixes."""
    headers = [one.header for one in plan.columns]
    earlier = ImportFile.objects.filter(finished=True, plan__object=plan.object).order_by("-pk")
    for file in earlier[:REMEMBERED_FILES]:
        before = file.file_plan
        if [one.header for one in before.columns] != headers:
            continue
        for one, known in zip(plan.columns, before.columns, strict=True):
            # Nobody decided anything of a column that was empty: what it holds now says where it goes.
            undecided = not known.path and known.reason == "empty"
            if known.path != one.path and not undecided:
                one.path, one.reason, one.score = known.path, "chosen" if known.path else "nothing", 1.0
            one.replace = dict(known.replace)
            one.on_problem, one.on_missing, one.link_by = known.on_problem, known.on_missing, known.link_by
        plan.key, plan.found, plan.title = before.key, before.found, before.title
        plan.fixed, plan.alike = dict(before.fixed), before.alike
        return


def read_anew(file: ImportFile, choice: Choice, *, object_name: str = "") -> Guess:
    """Open a file as its reader says, and plan it anew; what was decided about columns of that name stays."""
    before = file.file_plan
    table = open_table(Path(file.path), choice, workroom=workroom(file.of_import_id), known=KNOWN)
    guess = plan_file(
        table,
        name=file.name,
        object_name=object_name or before.object,
        files=bool(file.of_import.enclosed),
    )
    if guess.plan.object == before.object:
        decided = {one.header: one for one in before.columns if one.reason == "chosen"}
        guess.plan.columns = [
            replace(decided[one.header], index=one.index) if one.header in decided else one
            for one in guess.plan.columns
        ]
    keep(file, table, guess)
    return guess


def keep(file: ImportFile, table: Table, guess: Guess) -> None:
    """Note how a file is read and what is done with it; what a check said before holds no longer."""
    file.table, file.plan = table.as_json(), guess.plan.as_json()
    file.problems, file.checked, file.columns, file.alike = [], {}, {}, {}
    file.save(update_fields=["table", "plan", "problems", "checked", "columns", "alike"])


def store_upload(upload: IO[bytes] | UploadedFile[Any], name: str, import_id: int) -> Path:
    """Keep an uploaded file, piece by piece, under a name of ours."""
    room = workroom(import_id)
    room.mkdir(parents=True, exist_ok=True)
    target = room / f"{len(list(room.iterdir()))}{Path(name).suffix[:10].lower()}"
    with target.open("wb") as out:
        shutil.copyfileobj(upload, out, 1 << 20)
    return target


def forget_files(job: Import) -> None:
    """Remove what was uploaded and unpacked for an import; files of the command line are their owner's."""
    _forget(job, [file.path for file in job.files.all()])


def forget_opened(opened: Opened) -> None:
    """Remove what was kept for an import that is not going to be: refused, or sent a second time."""
    _forget(opened.job, [str(one.path) for one in opened.files])


def _forget(job: Import, paths: list[str]) -> None:
    root = workroom(job.pk).parent
    for folder in {workroom(job.pk), *(Path(path).parent for path in [*paths, *job.enclosed])}:
        if folder.parent == root:
            shutil.rmtree(folder, ignore_errors=True)


def workroom(import_id: int) -> Path:
    """The folder of an import: its files and what was unpacked from them."""
    return Path(settings.DATA_DIR) / "imports" / str(require_workspace_id()) / str(import_id)
