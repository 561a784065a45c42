"""`guanxi import FILE…`: the import wizard without the pages; same plan, same check, same reconciliation."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation

from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.identity.management.commands.user import chosen_workspace
from guanxi.platform.identity.models import Member, Workspace, fold_email
from guanxi.platform.records.access import Refused
from guanxi.platform.records.importing import reports
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.jobs import State, work_on
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.plans import ColumnPlan, FilePlan
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.reading import Choice
from guanxi.platform.records.importing.rejected import rejected_rows
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.importing.undoing import undo_import
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading


class Command(BaseCommand):
    help = "Bring spreadsheets and address books in; files that name each other go together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="*", type=Path, metavar="FILE", help=".csv .tsv .xlsx .xls .ods .vcf .ics .zip"
        )
        parser.add_argument(
            "--files",
            action="append",
            default=[],
            type=Path,
            metavar="FOLDER",
            dest="named",
            help="where the files lie that rows name: a folder, or a .zip",
        )
        parser.add_argument("--workspace", default="", help="its slug; not needed where there is only one")
        parser.add_argument("--by", default="", metavar="EMAIL", help="the member who brings it in")
        parser.add_argument(
            "--object", action="append", default=[], metavar="[FILE=]NAME", help="company, contact …"
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="[FILE/]COLUMN=FIELD", help="nothing: keep out"
        )
        parser.add_argument(
            "--fix", action="append", default=[], metavar="[FILE/]COLUMN:TEXT=TEXT", help="cells to read so"
        )
        parser.add_argument(
            "--set", action="append", default=[], metavar="[FILE/]FIELD=TEXT", help="for all rows"
        )
        parser.add_argument(
            "--create-missing",
            action="append",
            default=[],
            metavar="[FILE/]FIELD",
            help="make what links name",
        )
        parser.add_argument(
            "--leave-empty",
            action="append",
            default=[],
            metavar="[FILE/]FIELD",
            help="cells that can't be read",
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="[FILE=]FIELD",
            help="tells rows apart; none: all new",
        )
        parser.add_argument(
            "--found", choices=["update", "skip"], help="what is done with rows that are there"
        )
        parser.add_argument(
            "--alike",
            choices=["create", "update", "skip"],
            help="what is done with new rows that are like records that are there: by phone, email, name",
        )
        parser.add_argument("--encoding", help="of all files, where it is guessed wrong")
        parser.add_argument("--delimiter", help="of all files: , ; | or tab")
        parser.add_argument("--sheet", help="of a workbook")
        parser.add_argument("--header", type=int, metavar="ROW", help="row with the names; 0: none")
        parser.add_argument("--dates", choices=["DMY", "MDY", "YMD"], help="order of day and month")
        parser.add_argument(
            "--rejected", type=Path, metavar="FOLDER", help="write the rows that were not taken here"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show the plan and the check, write nothing"
        )
        parser.add_argument("--yes", action="store_true", help="don't ask")
        parser.add_argument("--undo", type=int, metavar="IMPORT", help="take an earlier import back")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = chosen_workspace(options["workspace"])
        with in_workspace(workspace.pk), translation.override(workspace.language):
            by = _actor(workspace, options["by"])
            try:
                if options["undo"]:
                    self._undo(options["undo"])
                else:
                    self._import(by, options)
            except UnreadableFile as problem:
                raise CommandError(str(problem)) from problem
            except Refused as problem:
                raise CommandError(f"refused: {problem}") from problem

    def _import(self, by: Actor, options: dict[str, Any]) -> None:
        if not options["files"]:
            raise CommandError("name at least one file")
        job = begin_import(_incoming(options), by=by)
        files = _files(job)
        _check_columns(files, options)
        for file in files:
            plan = file.file_plan
            _decide(plan, file, options, {one.name for one in files})
            file.plan = plan.as_json()
            with transaction.atomic():
                file.save(update_fields=["plan"])
            self._print(reports.plan_lines(file))
        self._work(job, State.CHECKING, check_import, State.CHECKED)
        for file in _files(job):
            self._print(reports.check_lines(file))
        if options["dry_run"] or not (options["yes"] or self._agreed()):
            with transaction.atomic():
                job.delete()
            self.stdout.write("Nothing was written.")
            return
        with transaction.atomic():
            Import.objects.filter(pk=job.pk).update(started_at=timezone.now())
        self._work(job, State.RUNNING, run_import, State.DONE)
        for file in _files(job):
            self._print(reports.result_lines(file))
            if options["rejected"] and file.rejected:
                _write_rejected(file, options["rejected"])
        self.stdout.write(f"guanxi import --undo {job.pk} takes it all back, for 30 days.")

    def _undo(self, import_id: int) -> None:
        with reading():
            job = Import.objects.filter(pk=import_id).first()
        if job is None or not job.ran:
            raise CommandError(f"there is no import {import_id}")
        self._work(job, State.UNDOING, undo_import, State.UNDONE)
        for file in _files(job):
            self.stdout.write(f"{file.name}: {file.undone} undone, {file.kept} kept")

    def _work(self, job: Import, state: str, work: Any, end: str) -> None:
        work_on(job, state, work, end)
        if job.error:
            raise CommandError(job.error)

    def _agreed(self) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("nobody to ask: --yes writes, --dry-run looks")
        return input("Write this? [y/N] ").strip().casefold() in {"y", "yes", "是"}

    def _print(self, lines: list[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _files(job: Import) -> list[ImportFile]:
    with reading():
        return list(job.files.order_by("position"))


def _actor(workspace: Workspace, email: str) -> Actor:
    """The member with this email; the product itself where none is named."""
    if not email:
        return system_actor(workspace.pk, "import")
    with reading():
        member = Member.objects.select_related("user", "role", "team", "workspace").filter(
            user__email=fold_email(email), left_at=None
        )
        found = member.first()
        if found is None:
            raise CommandError(f"nobody in {workspace.slug} has the email {email}")
        return actor_for(found)


def _incoming(options: dict[str, Any]) -> list[Incoming]:
    delimiter = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"] or "", options["delimiter"])
    choice = Choice(
        encoding=options["encoding"], delimiter=delimiter, header=options["header"], sheet=options["sheet"]
    )
    found = []
    for path in options["files"]:
        if not path.is_file():
            raise CommandError(f"there is no file {path}")
        objects = [value for name, value in map(_named, options["object"]) if name in {"", path.name}]
        found.append(Incoming(path.resolve(), path.name, choice, objects[-1] if objects else ""))
    for path in options["named"]:
        if not path.exists():
            raise CommandError(f"there is no folder {path}")
        found.append(Incoming(path.resolve(), path.name))
        if not found[-1].encloses:
            raise CommandError(f"{path} is neither a folder nor a .zip")
    return found


def _decide(plan: FilePlan, file: ImportFile, options: dict[str, Any], names: set[str]) -> None:
    """What the options say about this file; raises CommandError for a column or field that is not there."""
    for name, column, value in _said(options["map"], file, names):
        one = _column(plan, column)
        if one is None:
            continue
        one.path, one.reason, one.score = ("" if value == "nothing" else value), "chosen", 1.0
        _check_path(plan, one.path, name)
    for _name, column, value in _said(options["fix"], file, names):
        header, _colon, text = column.partition(":")
        if one := _column(plan, header):
            one.replace[text] = value
    for _name, field, value in _said(options["set"], file, names):
        if field in importable(plan.object).fields_by_name:
            plan.fixed[field] = value
    for option, attribute, value in (
        ("create_missing", "on_missing", "create"),
        ("leave_empty", "on_problem", "empty"),
    ):
        for _name, field, _value in _said(options[option], file, names):
            for one in plan.goes_to(field):
                setattr(one, attribute, value)
                if value == "empty":
                    one.on_missing = "empty"
    for name, key in map(_named, options["key"]):
        if name in {"", file.name}:
            plan.key = "" if key == "none" else key
    if options["found"]:
        plan.found = options["found"]
    if options["alike"]:
        plan.alike = options["alike"]
    if options["dates"]:
        for one in plan.columns:
            one.order = options["dates"]


def _said(given: list[str], file: ImportFile, names: set[str]) -> list[tuple[str, str, str]]:
    """Options of this file: (as typed, what stands before "=", what stands after it)."""
    found = []
    for text in given:
        before, _equals, value = text.rpartition("=") if "=" in text else (text, "", "")
        name, slash, rest = before.partition("/")
        if slash and name == file.name:
            found.append((text, rest, value))
        elif not slash or name not in names:
            found.append((text, before, value))
    return found


def _column(plan: FilePlan, header: str) -> ColumnPlan | None:
    try:
        return plan.column(header)
    except KeyError:
        return None  # of another file


def _check_columns(files: list[ImportFile], options: dict[str, Any]) -> None:
    """Raises CommandError for a column that no file has: a slip would go unnoticed."""
    known = {one.header.casefold() for file in files for one in file.file_plan.columns}
    names = {file.name for file in files}
    for text in [*options["map"], *options["fix"]]:
        before = text.rpartition("=")[0]
        name, slash, rest = before.partition("/")
        header = rest if slash and name in names else before
        if header.casefold() not in known and header.partition(":")[0].casefold() not in known:
            raise CommandError(f"there is no column “{header}”; there are: {', '.join(sorted(known))}")


def _check_path(plan: FilePlan, path: str, typed: str) -> None:
    known = reports.paths_of(plan)
    if path and path not in known:
        raise CommandError(f"{typed}: {plan.object} has no “{path}”; it has: {', '.join(known)}")


def _named(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    return (name, value) if equals else ("", text)


def _write_rejected(file: ImportFile, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{Path(file.name).stem}-rejected.csv").open("w", encoding="utf-8", newline="") as out:
        out.writelines(rejected_rows(file))
