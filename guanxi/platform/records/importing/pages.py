"""The wizard: file, columns, check, import, result. Every step is a plain form; nothing needs JavaScript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.models import Job as Work
from guanxi.platform.jobs.running import cancel
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.importing import reports
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.enclosing import Enclosures
from guanxi.platform.records.importing.encodings import OFFERED
from guanxi.platform.records.importing.fixed import fixable, read_fixed
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.platform.records.importing.jobs import UNDER_WAY, State, begin, settle, work_on
from guanxi.platform.records.importing.lookups import PENDING
from guanxi.platform.records.importing.memberships import importable, importables
from guanxi.platform.records.importing.mending import checked_view, mend, tone_of
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.paths import field_at, path_label
from guanxi.platform.records.importing.plans import ColumnPlan, FilePlan
from guanxi.platform.records.importing.preparing import (
    begin_import,
    keep_uploads,
    may_import,
    read_anew,
)
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.products import product_of
from guanxi.platform.records.importing.reading import Choice
from guanxi.platform.records.importing.rejected import rejected_rows
from guanxi.platform.records.importing.rows import LINKS, Pending, ReadRow, RowReader
from guanxi.platform.records.importing.schedules import schedules_of
from guanxi.platform.records.opened import tell_opened
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.histories import keys_of
from guanxi.platform.records.titles import titles_of
from guanxi.platform.tenancy.context import in_workspace
from guanxi.web.components import Job, Option, Step
from guanxi.web.pages import render_page

CHECKED_AT_ONCE = 3_000  # rows that are checked while the page waits; more are for a worker
RECENT = 20
MOST_PICKED = 200  # places that each column can pick from a list of its own; of more their names are typed


@plain_door("GET", "POST")
def start(request: MemberRequest) -> HttpResponse:
    """Choose files, or look at what was brought in before."""
    if not may_import(request.actor):
        raise Refused("import")
    problem = ""
    if request.method == "POST":
        try:
            job = _receive(request)
        except UnreadableFile as unreadable:
            problem = str(unreadable)
        else:
            return HttpResponseRedirect(f"/import/{job.pk}/columns/")
    mine = Import.objects.order_by("-created_at")
    if not request.actor.administers:
        mine = mine.filter(member_id=request.actor.member_id)
    context = {
        "problem": problem,
        "recent": list(mine[:RECENT]),
        "steps": _steps(None, "file"),
        "state_label": state_label,
        "object": request.GET.get("object", ""),
        "schedules": schedules_of(request.actor),
    }
    return render_page(request, "records/importing/start.html", context, title=_("Import"))


@plain_door("GET", "POST")
def columns(request: MemberRequest, import_id: int, file_id: int = 0) -> HttpResponse:
    """Where each column of a file goes, and how the file is read."""
    job = find_import(import_id, by=request.actor)
    if job.ran:
        return HttpResponseRedirect(f"/import/{job.pk}/")
    files = list(job.files.order_by("position"))
    file = next((one for one in files if one.pk == file_id), files[0])
    problem = ""
    if request.method == "POST":
        try:
            _keep_decisions(request, file)
        except (UnreadableFile, FieldError) as refused:
            problem = str(refused)
        else:
            return HttpResponseRedirect(_after_columns(request, job, files, file))
    plan, table = file.file_plan, file.source
    sample = table.sample(200)
    profiles = profile_columns(table.columns, sample)
    places = _places(plan)
    context = {
        "job": job,
        "files": files,
        "file": file,
        "table": table,
        "plan": plan,
        "obj": importable(plan.object),
        "problem": problem,
        "steps": _steps(job, "columns"),
        "product": product_of(table.columns),
        "columns": [_column_row(file, plan, column, profiles[column.index]) for column in plan.columns],
        "targets": [Option(path, label) for path, label in places.items()],
        "places": places,
        "typed": len(places) > MOST_PICKED,
        "objects": [Option(one.name, str(one.plural_label)) for one in importables()],
        "keys": _keys(plan),
        "fixed": [(importable(plan.object)[name], text) for name, text in plan.fixed.items()],
        "fixable": [Option(one.name, str(one.label)) for one in fixable(plan) if one.name not in plan.fixed],
        "encodings": [Option(one, one.upper()) for one in dict.fromkeys([table.encoding, *OFFERED])],
        "delimiters": _delimiters(),
        "sheets": [Option(one, one) for one in table.sheets],
        "previews": _preview(file, plan, sample, files[: files.index(file)], request),
        "orders": [
            Option("DMY", _("Day, month, year")),
            Option("MDY", _("Month, day, year")),
            Option("YMD", _("Year, month, day")),
        ],
        "founds": [Option("update", _("updated")), Option("skip", _("skipped"))],
    }
    return render_page(request, "records/importing/columns.html", context, title=_("Import"))


@plain_door("GET", "POST")
def check(request: MemberRequest, import_id: int) -> HttpResponse:
    """What would become of the rows; problems by cause, each with a way to mend it."""
    job = settle(find_import(import_id, by=request.actor))
    if job.ran:
        return HttpResponseRedirect(f"/import/{job.pk}/")
    problem = ""
    if request.method == "POST":
        try:
            mend(request, job)
        except InvalidValues as refused:
            problem = refused.words
        else:
            _check(job)
            return HttpResponseRedirect(f"/import/{job.pk}/check/")
    files = list(job.files.order_by("position"))
    if job.state == State.DRAFT:
        _check(job)
        files = list(job.files.order_by("position"))
    shown = [checked_view(file, request, several=len(files) > 1) for file in files]
    wishes = [wish for one in shown for found in one["problems"] for wish, _label in found["mends"]]
    context = {
        "job": job,
        "steps": _steps(job, "check"),
        "work": _work(job),
        "files": shown,
        "may_empty": wishes.count("empty") > 1,
        "problem": problem,
        "ready": sum(file.checked.get("create", 0) + file.checked.get("update", 0) for file in files),
        "held": sum(file.checked.get("reject", 0) for file in files),
    }
    return render_page(request, "records/importing/check.html", context, title=_("Import"))


@plain_door("GET")
def result(request: MemberRequest, import_id: int) -> HttpResponse:
    """How far it is, and what came of it."""
    job = settle(find_import(import_id, by=request.actor))
    if not job.ran:
        return HttpResponseRedirect(f"/import/{job.pk}/columns/")
    if job.state not in UNDER_WAY:
        tell_opened("import", job.pk, by=request.actor)
    files = list(job.files.order_by("position"))
    context = {
        "job": job,
        "steps": _steps(job, "import"),
        "work": _work(job),
        "files": [_result(file) for file in files],
        "state_label": state_label,
        "may_repeat": job.state == State.DONE and len(files) == 1 and job.schedule_id is None,
        "may_undo": job.state in {State.DONE, State.CANCELLED, State.FAILED},
        "may_go_on": job.state in {State.CANCELLED, State.FAILED}
        and not all(file.finished for file in files),
    }
    return render_page(request, "records/importing/result.html", context, title=_("Import"))


@plain_door("POST")
def run(request: MemberRequest, import_id: int) -> HttpResponse:
    """Write it, in a worker. Also goes on with what was cancelled or broke off."""
    return _start(request, import_id, State.RUNNING, {State.CHECKED, State.CANCELLED, State.FAILED})


@plain_door("POST")
def undo(request: MemberRequest, import_id: int) -> HttpResponse:
    """Take all of it back, in a worker."""
    return _start(request, import_id, State.UNDOING, {State.DONE, State.CANCELLED, State.FAILED})


@plain_door("POST")
def stop(request: MemberRequest, import_id: int) -> HttpResponse:
    """Cancel what a worker is doing; rows that are done stay done."""
    job = find_import(import_id, by=request.actor)
    if job.state in UNDER_WAY and job.job_id:
        with transaction.atomic():
            cancel(int(job.job_id))
            settle(job)
    return HttpResponseRedirect(f"/import/{job.pk}/" if job.ran else f"/import/{job.pk}/columns/")


@plain_door("GET")
def progress(request: MemberRequest, import_id: int) -> HttpResponse:
    """The row that reports itself, once a second; reloads the page when the work is done."""
    job = settle(find_import(import_id, by=request.actor))
    work = _work(job)
    if work is None:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render_page(request, "records/importing/progress.html", {"work": work}, title=_("Import"))


@plain_door("GET")
def rejected(request: MemberRequest, import_id: int, file_id: int) -> HttpResponseBase:
    """The rows that were not taken, with the reason, as CSV."""
    job = find_import(import_id, by=request.actor)
    file = job.files.filter(pk=file_id).first()
    if file is None:
        raise NotFound(f"import {import_id}, file {file_id}")
    found: ImportFile = file

    def lines() -> Iterator[str]:
        # The answer is streamed after the request has left its workspace and its language.
        with in_workspace(request.actor.workspace_id), translation.override(request.actor.language):
            yield from rejected_rows(found)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    left = _("not imported")
    name = f"{Path(file.name).stem} {left}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def state_label(state: str) -> str:
    return {
        State.DRAFT: _("Begun"),
        State.CHECKING: _("Being checked"),
        State.CHECKED: _("Checked"),
        State.RUNNING: _("Under way"),
        State.DONE: _("Imported"),
        State.CANCELLED: _("Cancelled"),
        State.FAILED: _("Broken off"),
        State.UNDOING: _("Being taken back"),
        State.UNDONE: _("Taken back"),
    }[State(state)]


def find_import(import_id: int, *, by: Actor) -> Import:
    """An import of the member's own; administrators see all. Raises NotFound."""
    job: Import | None = Import.objects.filter(pk=import_id).first()
    if job is None or not (by.administers or job.member_id == by.member_id):
        raise NotFound(f"import {import_id}")
    return job


def _receive(request: MemberRequest) -> Import:
    """Keep the uploaded files and plan them; raises UnreadableFile."""
    uploads = request.FILES.getlist("files")
    incoming = keep_uploads(uploads, too_large=getattr(request, "too_large", ""))
    asked = request.POST.get("object", "")
    if len(incoming) == 1 and asked in {one.name for one in importables()}:
        incoming = [replace(incoming[0], object=asked)]
    return begin_import(incoming, by=request.actor)


def _start(request: MemberRequest, import_id: int, state: str, allowed: Iterable[str]) -> HttpResponse:
    with transaction.atomic():
        find_import(import_id, by=request.actor)
        job = Import.objects.select_for_update().get(pk=import_id)
        if job.state in allowed:
            begin(job, state)
    return HttpResponseRedirect(f"/import/{job.pk}/")


def _check(job: Import) -> None:
    """Check it here and now where that is quick, else in a worker."""
    rows = sum(file.source.about_rows for file in job.files.all())
    if rows <= CHECKED_AT_ONCE:
        work_on(job, State.CHECKING, check_import, State.CHECKED)
        return
    with transaction.atomic():
        begin(job, State.CHECKING)


# Columns


def _keep_decisions(request: MemberRequest, file: ImportFile) -> None:
    """What the form says: first how the file is read, then where its columns go."""
    said = request.POST
    plan, table = file.file_plan, file.source
    asked: dict[str, Any] = {
        "encoding": said.get("encoding") or table.encoding,
        "delimiter": {"tab": "\t"}.get(said.get("delimiter", ""), said.get("delimiter") or table.delimiter),
        "sheet": said.get("sheet") or table.sheet,
        "header": table.header if (row := read_whole(said.get("header"))) is None else row,
    }
    named = said.get("object") or plan.object
    now = {name: getattr(table, name) for name in asked}
    if asked != now or named != plan.object:
        text = table.format == "delimited"
        choice = Choice(
            encoding=asked["encoding"] if text else None,
            delimiter=asked["delimiter"] if text else None,
            sheet=asked["sheet"] or None,
            header=asked["header"] if asked["header"] != table.header else None,
        )
        read_anew(file, choice, object_name=named)
        _reopen(file)
        return
    places = _places(plan)
    by_label = {label.casefold(): path for path, label in places.items()}
    for column in plan.columns:
        _keep_column(column, _path_said(column, said, by_label), places, said.get(f"order-{column.index}"))
    plan.key = said.get("key", plan.key) if said.get("key", plan.key) in dict(_key_names(plan)) else plan.key
    plan.found = "skip" if said.get("found") == "skip" else "update"
    _keep_fixed(plan, request)
    file.plan = plan.as_json()
    file.save(update_fields=["plan"])
    _reopen(file)


def _places(plan: FilePlan) -> dict[str, str]:
    """Where columns can go, each under a label of its own."""
    obj = importable(plan.object)
    labels = {path: path_label(obj, path) for path in reports.paths_of(plan)}
    alike = Counter(label.casefold() for label in labels.values())
    return {
        path: label if alike[label.casefold()] == 1 else f"{label} ({path})" for path, label in labels.items()
    }


def _path_said(column: ColumnPlan, said: Any, by_label: Mapping[str, str]) -> str | None:
    """The path that the form gives a column, picked, or typed by its label; None where it says nothing of it.

    Raises FieldError for a label that nothing has.
    """
    if (typed := said.get(f"place-{column.index}")) is None:
        picked: str | None = said.get(f"path-{column.index}")
        return picked
    text = typed.strip()
    if text and text.casefold() not in by_label:
        message = _(
            "“%(column)s”: no field is called “%(field)s”. Pick one of those offered, or leave it empty."
        )
        raise FieldError("unknown", message % {"column": column.header, "field": text[:100]})
    return by_label[text.casefold()] if text else ""


def _keep_column(column: ColumnPlan, path: str | None, places: Mapping[str, str], order: Any) -> None:
    if path is not None and path != column.path and (not path or path in places):
        column.path, column.reason, column.score = path, "chosen" if path else "nothing", 1.0
    if order in {"DMY", "MDY", "YMD"}:
        column.order = order


def _keep_fixed(plan: FilePlan, request: MemberRequest) -> None:
    """What every row is given; raises FieldError for a text that the field can't take."""
    said, obj = request.POST, importable(plan.object)
    given = {name: said.get(f"fixed-{name}", text).strip() for name, text in plan.fixed.items()}
    if (name := said.get("fixed-field", "")) in {one.name for one in fixable(plan)}:
        given[name] = said.get("fixed-value", "").strip()
    context = field_context(request.actor)
    for name, text in given.items():
        if text:
            read_fixed(obj, name, text, actor=request.actor, context=context)
    plan.fixed = {name: text for name, text in given.items() if text and not plan.goes_to(name)}


def _reopen(file: ImportFile) -> None:
    """A check that was made before says nothing any more."""
    Import.objects.filter(pk=file.of_import_id, started_at=None).update(state=State.DRAFT, error="")


def _after_columns(request: HttpRequest, job: Import, files: list[ImportFile], file: ImportFile) -> str:
    if "read" in request.POST:
        return f"/import/{job.pk}/columns/{file.pk}/"
    following = [one for one in files if one.position > file.position]
    if "next" in request.POST and following:
        return f"/import/{job.pk}/columns/{following[0].pk}/"
    return f"/import/{job.pk}/check/"


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column as the table of the wizard shows it."""

    column: ColumnPlan
    heading: str
    examples: str
    sureness: str
    tone: str
    is_date: bool


def _column_row(file: ImportFile, plan: FilePlan, column: ColumnPlan, profile: Any) -> ColumnRow:
    if not column.path:
        sureness, tone = "", ""
    elif column.reason == "chosen":
        sureness, tone = reports.reason_label("chosen"), "malachite"
    elif column.score >= 0.9:
        sureness, tone = _("Sure"), "malachite"
    else:
        sureness, tone = _("Guess"), "azurite"
    types = {"date", "datetime"}
    is_date = bool(column.path) and field_at(importable(plan.object), column.field).type in types
    examples = " · ".join(text[:24] for text in profile.examples[:3])
    return ColumnRow(column, file.heading(column.header), examples, sureness, tone, is_date)


def _key_names(plan: FilePlan) -> list[tuple[str, str]]:
    obj = importable(plan.object)
    fields = [one for one in obj.fields if one.identifies and plan.goes_to(one.name)]
    return [("", _("Nothing: every row is new")), *((one.name, str(one.label)) for one in fields)]


def _keys(plan: FilePlan) -> list[Option]:
    return [Option(name, label) for name, label in _key_names(plan)]


def _delimiters() -> list[Option]:
    return [
        Option(",", _("Comma")),
        Option(";", _("Semicolon")),
        Option("tab", _("Tab")),
        Option("|", _("Bar")),
    ]


def _preview(
    file: ImportFile,
    plan: FilePlan,
    sample: list[list[str]],
    before: list[ImportFile],
    request: MemberRequest,
) -> list[dict[str, Any]]:
    """The first rows as they will be saved; they may name what the files before them bring."""
    enclosed = Enclosures(file.enclosed)
    reader = RowReader(plan, actor=request.actor, pending=_brought(before, plan, request), files=enclosed)
    pieces = [(number, row) for number, row in enumerate(sample[:3], 1)]
    reader.prepare(pieces)
    rows = [reader.read(number, list(cells)) for number, cells in pieces]
    values = _Values(reader, rows)
    shown = []
    for (number, cells), row in zip(pieces, rows, strict=True):
        problems = {problem.column: problem for problem in (*row.notes, *row.problems)}
        shown.append(
            {
                "number": number,
                "title": reader.title_of(row) or _("Without a name"),
                "cells": [
                    (
                        path_label(importable(plan.object), one.path),
                        values.words(one, row, cells[one.index]),
                        said.say() if (said := problems.get(one.index)) else "",
                        tone_of(said.code, field_at(importable(plan.object), one.field), one) if said else "",
                    )
                    for one in plan.columns
                    if one.path and cells[one.index].strip()
                ],
            }
        )
    enclosed.close()
    return shown


class _Values:
    """The values of rows as a record says them; a cell as it stands where several make one value."""

    def __init__(self, reader: RowReader, rows: Sequence[ReadRow]) -> None:
        obj, actor = reader.obj, reader.actor
        self._plan, self._fields = reader.plan, {one.name: one for one in obj.fields}
        keys = {
            key
            for row in rows
            for name, value in row.values.items()
            if name in self._fields
            for key in keys_of(self._fields[name], value)
        }
        self._cells = Cells(obj, refs=titles_of(keys, by=actor), context=reader.context)

    def words(self, column: ColumnPlan, row: ReadRow, cell: str) -> str:
        """What a row gives a column's field; what the import has yet to make is called as in the file."""
        field, value = self._fields.get(column.field), row.values.get(column.field)
        alone = len(self._plan.goes_to(column.field)) == 1 and column.path.rstrip(":") == column.field
        if field is None or not alone or field.is_empty(value) or _is_made(field, value):
            return cell
        return self._cells.words(field, value)


def _is_made(field: Field, value: Any) -> bool:
    """Whether a value names a record that is not there yet."""
    return field.type in LINKS | {"tags"} and PENDING in (value if isinstance(value, list) else [value])


def _brought(before: list[ImportFile], plan: FilePlan, request: MemberRequest) -> Pending:
    """Keys in the first rows of other files, by which rows of this one may link to theirs."""
    found: Pending = {}
    obj = importable(plan.object)
    for column in plan.columns:
        to = getattr(field_at(obj, column.path), "to", "") if column.path else ""
        for file in before:
            if file.file_plan.object != to:
                continue
            reader = RowReader(file.file_plan, actor=request.actor)
            by = column.link_by or reader.obj.title
            keys = found.setdefault((to, by), {})
            for number, cells in enumerate(file.source.sample(500)):
                row = reader.read(number, cells)
                keys |= dict.fromkeys(reader.keys_of(row, by), reader.title_of(row))
    return found


# Progress and result


def _steps(job: Import | None, now: str) -> list[Step]:
    names = [
        ("file", _("File"), "file-text"),
        ("columns", _("Match columns"), "arrow-left-right"),
        ("check", _("Check rows"), "list-checks"),
        ("import", _("Import"), "upload"),
    ]
    at = [name for name, _label, _icon in names].index(now)
    steps = []
    for index, (name, label, icon) in enumerate(names):
        open_ = job is not None and not job.ran and name in {"columns", "check"} and index < at
        steps.append(
            Step(
                label,
                icon=icon,
                state="done" if index < at else "now" if index == at else "",
                href=f"/import/{job.pk}/{name}/" if job is not None and open_ else "",
            )
        )
    if job is not None:
        files = list(job.files.all())
        rows = sum(file.source.about_rows for file in files)
        steps[0] = replace(steps[0], hint=_("about %(count)s rows") % {"count": rows})
    steps[3] = replace(steps[3], hint=_("undo for 30 days"))
    return steps


def _work(job: Import) -> Job | None:
    """What a worker is doing with it, as a row that reports itself; None when nothing is going on."""
    if job.state not in UNDER_WAY:
        return None
    work = Work.objects.filter(pk=job.job_id or 0).first()
    told = (work.progress or {}) if work else {}
    titles = {
        State.CHECKING: _("Checking"),
        State.RUNNING: _("Importing"),
        State.UNDOING: _("Taking it back"),
    }
    return Job(
        key=str(job.pk),
        title=f"{titles[State(job.state)]} · {job.name}",
        done=int(told.get("done") or 0),
        of=int(told.get("total") or 0),
        note=_("%(count)s rows done. You may leave this page.") % {"count": told.get("done") or 0},
        url=f"/import/{job.pk}/progress/",
        cancel_url=f"/import/{job.pk}/cancel/",
    )


def _result(file: ImportFile) -> dict[str, Any]:
    plan = file.file_plan
    counts = [
        (file.created, "create"),
        (file.updated, "update"),
        (file.skipped, "skip"),
        (file.rejected, "reject"),
    ]
    return {
        "file": file,
        "obj": importable(plan.object),
        "counts": [(count, reports.verb_label(verb)) for count, verb in counts],
        "columns": [
            (
                file.heading(one.header),
                path_label(importable(plan.object), one.path),
                *file.columns.get(str(one.index), (0, 0)),
            )
            for one in plan.columns
            if one.path
        ],
    }
