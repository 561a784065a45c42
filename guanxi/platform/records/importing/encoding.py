"""An import as programs are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from guanxi.platform.i18n.labels import kept_words
from guanxi.platform.jobs.models import Job
from guanxi.platform.records.importing.jobs import UNDER_WAY, State
from guanxi.platform.records.importing.models import Import, ImportFile, ImportRow
from guanxi.platform.records.importing.plans import ColumnPlan
from guanxi.platform.records.importing.products import product_of

AT_MOST = 1_000


def import_json(job: Import, files: list[ImportFile], *, whole: bool = True) -> dict[str, Any]:
    """Its state, and, of a whole one, what became of each file."""
    told: dict[str, Any] = {
        "id": str(job.pk),
        "name": job.name,
        "state": str(job.state),
        "member": str(job.member_id) if job.member_id else None,
        "schedule": str(job.schedule_id) if job.schedule_id else None,
        "error": job.error or None,
        "may_run": may_run(job, files),
        "may_undo": job.ran and job.state in MAY_UNDO,
        **{name: _time(getattr(job, name)) for name in _TIMES},
    }
    if whole:
        told |= {"progress": _progress(job), "files": [file_json(one) for one in files]}
    return told


MAY_UNDO = frozenset({State.DONE, State.CANCELLED, State.FAILED})
_TIMES = ("created_at", "started_at", "finished_at", "undone_at")


def may_run(job: Import, files: list[ImportFile]) -> bool:
    """Whether it waits to be written, or broke off and can go on."""
    broke_off = job.state in {State.CANCELLED, State.FAILED} and not all(one.finished for one in files)
    return job.state in {State.DRAFT, State.CHECKED} or broke_off


def file_json(file: ImportFile) -> dict[str, Any]:
    """How a file is read, where its columns go, what the check found, and what became of its rows."""
    table, plan = file.source, file.file_plan
    product = product_of(table.columns)
    names = table.columns
    counts = ("rows", "created", "updated", "skipped", "rejected", "undone", "kept")
    return {
        "id": str(file.pk),
        "file": file.name,
        "object": plan.object,
        "product": str(product.label) if product else None,
        **{name: getattr(table, name) for name in ("format", "encoding", "delimiter", "sheet", "header")},
        "sheets": list(table.sheets),
        "about_rows": table.about_rows,
        "columns": [_column(file, one) for one in plan.columns],
        **{name: getattr(plan, name) for name in ("key", "found", "missing", "alike", "fixed")},
        "checked": file.checked or None,
        "problems": [{**one, "column": _header(names, one["column"])} for one in file.problems_said],
        "like_records": [
            {"row": number, "title": title, "record": str(record), "fields": fields}
            for number, title, record, fields in file.alike.get("rows", [])
        ],
        "counts": {name: getattr(file, name) for name in counts},
    }


def rows_told(file: ImportFile, *, outcome: str, after: int, limit: int) -> list[dict[str, Any]]:
    """What became of rows, in the order of the file; those that were rejected come with their cells."""
    found = ImportRow.objects.filter(file=file, number__gt=after).order_by("number")
    rows = list((found.filter(outcome=outcome) if outcome else found)[:limit])
    table = file.source
    names = table.columns
    rejected = [one.number for one in rows if one.outcome == ImportRow.Outcome.REJECTED]
    cells = dict(_cells(file, rejected))
    told: list[dict[str, Any]] = []
    for one in rows:
        row: dict[str, Any] = {
            "row": one.number,
            "outcome": one.outcome,
            "record": str(one.record_id) if one.record_id else None,
            "reasons": [_reason(names, reason) for reason in one.reasons or []],
        }
        if one.number in cells:
            row["cells"] = dict(zip(names, cells[one.number], strict=False))
        told.append(row)
    return told


def _cells(file: ImportFile, numbers: list[int]) -> Iterator[tuple[int, list[str]]]:
    """The cells of these rows, read anew from the file."""
    if not numbers:
        return
    wanted, last = set(numbers), numbers[-1]
    for number, cells in file.source.rows(after=numbers[0] - 1):
        if number in wanted:
            yield number, list(cells)
        if number >= last:
            return


def _reason(names: list[str], reason: Any) -> dict[str, Any]:
    """Of a rejection [column, code, message, text]; of what an undo left alone only words."""
    if isinstance(reason, str):
        return {"column": None, "code": "kept", "title": reason, "text": None}
    column, code, message, text = reason
    return {"column": _header(names, column), "code": code, "title": kept_words(message), "text": text}


def _column(file: ImportFile, one: ColumnPlan) -> dict[str, Any]:
    given, arrived = file.columns.get(str(one.index), (0, 0))
    kept = ("order", "replace", "on_problem", "link_by", "on_missing")
    return {
        "header": one.header,
        "to": one.path.removesuffix(":") or None,
        "why": one.reason,
        "score": round(one.score, 2),
        **{name: getattr(one, name) for name in kept},
        "given": given,
        "arrived": arrived,
    }


def _progress(job: Import) -> dict[str, int] | None:
    if job.state not in UNDER_WAY or not job.job_id:
        return None
    work = Job.objects.filter(pk=job.job_id).first()
    told = (work.progress or {}) if work else {}
    return {"done": int(told.get("done") or 0), "total": int(told.get("total") or 0)}


def _header(names: list[str], column: int) -> str | None:
    return names[column] if 0 <= column < len(names) else None


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
