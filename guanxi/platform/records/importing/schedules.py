"""Imports by the clock: a file that stands at an address, or files that somebody lays into a folder.

An import that went well is the pattern: how its file was read, where its columns went, the key. The columns
are found again by their names; a file without one that is needed is not brought in, and the member is told.
"""

from __future__ import annotations

import hashlib
import shutil
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from cronsim import CronSim
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from guanxi.platform.calls.calling import CallFailed, fetch, refuse_inside
from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.numbers import labelled
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata.errors import FieldError, InvalidValues, words_of
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.jobs import begin, work_on
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import Import, ImportFile, ImportSchedule
from guanxi.platform.records.importing.plans import LacksColumns
from guanxi.platform.records.importing.preparing import (
    Incoming,
    begin_import,
    forget_files,
    leave_to_others,
    may_import,
    may_import_into,
    workroom,
)
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.reading import Choice, Table
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.home import zone_here
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

Every = ImportSchedule.Every
State = Import.State
MOST = 100  # schedules of a workspace
MOST_FILES = 200  # of a folder, looked at in one turn
MOST_TOLD = 3  # files of a turn whose fault is told
PATIENCE = 5  # turns in a row that may fail before it pauses
SECONDS = 600.0
_CRON = {
    Every.HOUR: "0 * * * *",
    Every.DAY: "0 {} * * *",
    Every.WEEK: "0 {} * * 1",
    Every.MONTH: "0 {} 1 * *",
}
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".vcf", ".ics")


class NotBrought(Exception):
    """Why nothing could be brought in, in the member's language."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How an address is told who asks: "" for not at all, "basic" by name and password, "bearer" by a token.

    An empty secret keeps the one that is there, as long as it goes to the same place.
    """

    kind: str = ""
    name: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, copied into a workroom of its own."""

    name: str
    path: Path
    digest: str


def schedules_of(by: Actor) -> list[ImportSchedule]:
    """A member's own, for administrators all."""
    rows = ImportSchedule.objects.order_by("name", "pk")
    return list(rows if by.administers else rows.filter(member_id=by.member_id))


def find_schedule(schedule_id: int, *, by: Actor) -> ImportSchedule:
    """Raises NotFound for another member's, but for administrators."""
    row: ImportSchedule | None = ImportSchedule.objects.filter(pk=schedule_id).first()
    if row is None or not (by.administers or row.member_id == by.member_id):
        raise NotFound(f"import schedule {schedule_id}")
    return row


@transaction.atomic
def schedule_import(
    job: Import, *, address: str, every: str, hour: int, sign_in: SignIn | None = None, by: Actor
) -> ImportSchedule:
    """Bring in what stands at an address by the clock, as this import was; it begins at the next full time.

    Raises Refused, and InvalidValues that names the field.
    """
    if by.member_id is None or not may_import(by):
        raise Refused("import")
    files = list(job.files.all())
    if len(files) != 1 or job.state != State.DONE:
        said = _("An import of one file that went well can be repeated.")
        raise InvalidValues({"": [FieldError("file", said)]})
    if ImportSchedule.objects.count() >= MOST:
        raise InvalidValues({"": [FieldError("many", _("These are too many."))]})
    file: ImportFile = files[0]
    plan = file.file_plan
    if not may_import_into(importable(plan.object), by):
        raise Refused("import")
    plan.alike_rows = {}
    row = ImportSchedule(
        name=job.name, member_id=by.member_id, plan=plan.as_json(), choice=_choice(file.source)
    )
    row.scopes = None if by.scopes is None else sorted(by.scopes)
    _set_times(row, address, every, hour)
    _set_sign_in(row, sign_in or SignIn())
    row.save(force_insert=True)
    _state(row, "created", by)
    return row


@transaction.atomic
def change_schedule(
    row: ImportSchedule, *, address: str, every: str, hour: int, sign_in: SignIn | None = None, by: Actor
) -> None:
    """Where it comes from and when; what was paused goes on. Raises InvalidValues that names the field.

    Without `sign_in` it asks there as before, but not elsewhere: a secret goes where it was given for.
    A token may not say what comes in with wider rights than it has: Refused.
    """
    if _wider(row.scopes, by):
        raise Refused("import")
    before = row.address
    _set_times(row, address, every, hour)
    kept = SignIn(row.sign_in.get("kind", ""), row.sign_in.get("name", ""))
    _set_sign_in(row, kept if sign_in is None else sign_in)
    if row.address != before:
        row.marks, row.seen = {}, {}
    row.error, row.failures = "", 0
    row.save()
    _state(row, "changed", by)


@transaction.atomic
def pause_schedule(row: ImportSchedule, *, by: Actor) -> None:
    row.next_at = None
    row.save(update_fields=["next_at"])
    _state(row, "paused", by)


@transaction.atomic
def delete_schedule(row: ImportSchedule, *, by: Actor) -> None:
    """What it brought in stays."""
    _state(row, "deleted", by)
    row.delete()


def folder_of_workspace() -> str:
    """Where files have to be laid for this workspace; "" where the installation has no such folder."""
    if not settings.IMPORT_FOLDER:
        return ""
    slug = Workspace.objects.values_list("slug", flat=True).get(pk=require_workspace_id())
    return str(Path(settings.IMPORT_FOLDER) / slug)


def next_time(every: str, hour: int, after: datetime) -> datetime:
    """The next turn by the clock of the workspace, also over a change to summer time."""
    return next(CronSim(_CRON[Every(every)].format(hour), after.astimezone(zone_here())))


def schedule_json(row: ImportSchedule) -> dict[str, Any]:
    """A schedule as programs are told of it: without the secret."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "object": row.file_plan.object,
        "address": row.address,
        "sign_in": {"kind": row.sign_in["kind"], "name": row.sign_in["name"]} if row.sign_in else None,
        "every": row.every,
        "hour": row.hour,
        **{name: _told_time(getattr(row, name)) for name in ("next_at", "last_at", "brought_at")},
        "error": row.error or None,
        "failures": row.failures,
    }


def _told_time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def due_schedules(now: datetime) -> list[int]:
    return list(
        ImportSchedule.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", flat=True)
    )


def take_turn(schedule_id: int) -> int:
    """Bring in what is new; returns how many files. What goes wrong is noted, and told after a while."""
    with reading():
        row = ImportSchedule.objects.filter(pk=schedule_id).first()
        if row is None:
            return 0
        member = working_member(member_id=row.member_id)
        actor = actor_for(member, kind="import", scopes=row.scopes) if member is not None else None
        folder = folder_of_workspace()
    _forget_half_done(row)
    if actor is None:
        _fail(row, _("The member who set this up is gone."))
        return 0
    with translation.override(actor.language):
        brought, problems = _bring_new(row, folder, actor)
    if problems:
        _fail(row, " ".join(problems))
    else:
        with transaction.atomic():
            _note(row, error="", failures=0)
    return brought


def _bring_new(row: ImportSchedule, folder: str, actor: Actor) -> tuple[int, list[str]]:
    """Bring in the new files, also those after one that can't be; how many came, and what kept others out."""
    brought, problems = 0, []
    try:
        for found in _new_files(row, folder):
            try:
                _bring(row, found, actor)
                brought += 1
            except (NotBrought, UnreadableFile) as problem:
                problems.append(
                    labelled(found.name, words_of(problem)) if _is_folder(row) else words_of(problem)
                )
    except (NotBrought, Refused, CallFailed) as problem:
        problems.append(words_of(problem) or _("You may not do this."))
    return brought, problems[:MOST_TOLD]


def _is_folder(row: ImportSchedule) -> bool:
    return "://" not in row.address


def _wider(scopes: list[str] | None, by: Actor) -> bool:
    """Whether what is limited to `scopes` (None: not at all) may do what this caller's token may not."""
    if by.scopes is None:
        return False
    return scopes is None or not all(
        one in by.scopes or f"*:{one.rpartition(':')[2]}" in by.scopes for one in scopes
    )


def _set_times(row: ImportSchedule, address: str, every: str, hour: int) -> None:
    row.address = _checked(address.strip())
    if every not in Every.values:
        raise InvalidValues({"every": [FieldError("choice", _("Say how often."))]})
    if not 0 <= hour <= 23:
        raise InvalidValues({"hour": [FieldError("choice", _("Say at which hour."))]})
    row.every, row.hour = every, hour
    row.next_at = next_time(every, hour, timezone.now())


def _set_sign_in(row: ImportSchedule, given: SignIn) -> None:
    if not given.kind:
        row.sign_in = {}
        return
    said: dict[str, str] = {}
    if given.kind not in ("basic", "bearer"):
        said["sign_in"] = _("Say how to sign in there.")
    elif "://" not in row.address:
        said["sign_in"] = _("Only an address asks for signing in.")
    name = given.name.strip() if given.kind == "basic" else ""
    if given.kind == "basic" and not (name and ":" not in name and len(name) <= 200 and name.isprintable()):
        said["name"] = _("Say the name to sign in with.")
    origin = _origin(row.address)
    secret = given.secret.strip()
    if not secret and row.sign_in.get("origin") == origin and row.sign_in.get("kind") == given.kind:
        secret = row.sign_in["secret"]
    if not secret or len(secret) > 4_000 or not (secret.isascii() and secret.isprintable()):
        said["secret"] = _("Give the password or token for this address.")
    if said:
        raise InvalidValues({name: [FieldError("sign_in", one)] for name, one in said.items()})
    row.sign_in = {"kind": given.kind, "name": name, "secret": secret, "origin": origin}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _signed_in(row: ImportSchedule) -> dict[str, str]:
    """The header that says who asks; the caller drops it where the address leads on to another origin."""
    known = row.sign_in
    if not known or known["origin"] != _origin(row.address):
        return {}
    if known["kind"] == "bearer":
        return {"Authorization": f"Bearer {known['secret']}"}
    pair = b64encode(f"{known['name']}:{known['secret']}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _checked(address: str) -> str:
    try:
        scheme = urlsplit(address).scheme if "://" in address else ""
        refuse_inside(address)
    except CallFailed as problem:
        raise InvalidValues({"address": [FieldError("inside", str(problem))]}) from problem
    except ValueError:  # "http://[": no address at all
        scheme = "?"
    if scheme in ("http", "https") and len(address) <= 2_000:
        return address
    path = PurePosixPath(address)
    fits = (
        address and not scheme and not path.is_absolute() and ".." not in path.parts and "\0" not in address
    )
    if not fits or len(address) > 500:
        said = _("An address begins with https://, or it is a file of your folder, such as orders/*.csv.")
        raise InvalidValues({"address": [FieldError("address", said)]})
    if not settings.IMPORT_FOLDER:
        said = _("This installation has no folder for imports; its administrator sets GUANXI_IMPORT_FOLDER.")
        raise InvalidValues({"address": [FieldError("folder", said)]})
    return address


def _choice(table: Table) -> dict[str, Any]:
    """As the pattern was read; the encoding is found out anew where it was plain UTF-8."""
    text = table.format == "delimited"
    header = table.header if table.format in ("delimited", "workbook") else None
    return asdict(
        Choice(
            encoding=table.encoding if text else None,
            delimiter=table.delimiter if text else None,
            quote=table.quote if text else None,
            header=header,
            sheet=table.sheet or None,
        )
    )


def _new_files(row: ImportSchedule, folder: str) -> Iterator[Found]:
    """Files whose content was not brought in yet, each in its own workroom, oldest name first."""
    if "://" in row.address:
        if (found := _fetched(row)) is not None:
            yield found
        return
    root = Path(folder)
    if not folder or not root.is_dir():
        raise NotBrought(_("The folder %(name)s is not there.") % {"name": root.name})
    inside = root.resolve()
    names = sorted(root.glob(row.address))[:MOST_FILES]
    files = [one for one in names if one.is_file() and one.resolve().is_relative_to(inside)]
    for file in files:
        if file.suffix.lower() not in _SUFFIXES:
            continue
        name = str(file.relative_to(root))
        copied = _room() / f"0{file.suffix.lower()}"
        shutil.copyfile(file, copied)
        digest = _digest(copied)
        if row.seen.get(name) == digest:
            shutil.rmtree(copied.parent, ignore_errors=True)
            continue
        yield Found(name, copied, digest)


def _fetched(row: ImportSchedule) -> Found | None:
    """What stands at the address, None where it is what was brought in last."""
    asked = {"User-Agent": "Guanxi", "Accept-Encoding": "identity", **_signed_in(row)}
    if etag := row.marks.get("etag"):
        asked["If-None-Match"] = etag
    elif modified := row.marks.get("last-modified"):
        asked["If-Modified-Since"] = modified
    name = unquote(PurePosixPath(urlsplit(row.address).path).name)[:200] or "import.csv"
    suffix = PurePosixPath(name).suffix.lower()
    path = _room() / f"0{suffix if suffix in _SUFFIXES else '.csv'}"
    try:
        with path.open("wb") as out:
            answer = fetch(row.address, out, headers=asked, most=settings.UPLOAD_MAX_BYTES, seconds=SECONDS)
        digest = _digest(path)
        if answer.status != 304 and row.seen.get("") != digest:
            told = {name: said for name in ("etag", "last-modified") if (said := answer.headers.get(name))}
            row.marks = told
            return Found(name, path, digest)
    except BaseException:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    shutil.rmtree(path.parent, ignore_errors=True)
    return None


def _bring(row: ImportSchedule, found: Found, actor: Actor) -> None:
    """One file, checked and handed to a worker: noted as seen in the transaction that hands it over."""
    plan = row.file_plan
    try:
        incoming = Incoming(found.path, found.name, Choice(**row.choice), plan.object)
        job = begin_import([incoming], by=actor, name=found.name if _is_folder(row) else row.name)
    except BaseException:
        shutil.rmtree(found.path.parent, ignore_errors=True)
        raise
    with transaction.atomic():
        Import.objects.filter(pk=job.pk).update(schedule_id=row.pk)
        file: ImportFile = job.files.get()
    try:
        decided = plan.for_columns(file.source.columns)
    except LacksColumns as lacks:
        said = _("The file has no column “%(name)s”, which the import needs.")
        raise NotBrought(said % {"name": ", ".join(lacks.headers)}) from None
    with transaction.atomic():
        leave_to_others(decided, by=actor)
        file.plan = decided.as_json()
        file.save(update_fields=["plan"])
    work_on(job, State.CHECKING, check_import, State.CHECKED)
    if job.state != State.CHECKED:
        raise NotBrought(job.error)
    name = found.name if _is_folder(row) else ""
    with transaction.atomic():
        kept = ImportSchedule.objects.select_for_update().filter(pk=row.pk).first()
        if kept is None:
            return  # deleted meanwhile
        begin(job, State.RUNNING)
        row.seen = {**kept.seen, name: found.digest}
        row.brought_at = timezone.now()
        row.save(update_fields=["seen", "marks", "brought_at"])


def _forget_half_done(row: ImportSchedule) -> None:
    """What a killed worker had begun and not handed over comes again, so its beginning goes."""
    with transaction.atomic():
        for job in Import.objects.filter(schedule_id=row.pk, started_at=None):
            forget_files(job)
            job.delete()


def _fail(row: ImportSchedule, said: str) -> None:
    row.failures += 1
    with transaction.atomic():
        pausing = row.failures >= PATIENCE
        if pausing:
            ImportSchedule.objects.filter(pk=row.pk).update(next_at=None)
        _note(row, error=said, failures=row.failures)
        if pausing or row.failures == 1:
            by = system_actor(row.workspace_id, "import")
            state_fact(
                "import_schedule", "stopped" if pausing else "failed", row.pk, by=by, title=row.name,
                data={"member": str(row.member_id), "error": said[:500]},
            )  # fmt: skip


def _note(row: ImportSchedule, *, error: str, failures: int) -> None:
    ImportSchedule.objects.filter(pk=row.pk).update(error=error, failures=failures, last_at=timezone.now())


def _state(row: ImportSchedule, verb: str, by: Actor) -> None:
    state_fact("import_schedule", verb, row.pk, by=by, title=row.name, data={"address": row.address})


def _room() -> Path:
    room = workroom(new_key())
    room.mkdir(parents=True)
    return room


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
