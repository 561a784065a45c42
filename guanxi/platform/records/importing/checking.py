"""The look before the leap: every row is read as it will be, nothing is written, and problems are grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import in_every_language
from guanxi.platform.identity.actors import Actor
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.metadata import registry
from guanxi.platform.records.duplicates.finding import Repeats, Twin, find_twins
from guanxi.platform.records.duplicates.rules import Action, rule_of
from guanxi.platform.records.importing.asking import ask_rules
from guanxi.platform.records.importing.enclosing import Enclosures
from guanxi.platform.records.importing.lookups import PENDING
from guanxi.platform.records.importing.memberships import MEMBER, importable
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.paths import field_at
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.reading import Row
from guanxi.platform.records.importing.rows import (
    LINKS,
    WHOLE_ROW,
    Pending,
    ReadRow,
    RowProblem,
    RowReader,
    given_cells,
)
from guanxi.platform.records.importing.suggesting import slips
from guanxi.platform.records.importing.uniques import Uniques
from guanxi.platform.tenancy.transactions import reading

CHUNK = 1_000
SHOWN_TEXTS = 12  # different cells of a problem that are kept to be shown, with a suggestion for each
SHOWN_NAMES = 200  # the same for members, teams and choices: each can be mapped by hand
MANY_WORDS = 200  # a column with more different words is not one of categories
SLIP = "slip"
SHOWN_ALIKE = 200  # rows like records that are there, which can be decided one by one
REMEMBERED_KEYS = 500_000
MAPPED = {"member", "team", "choice"}  # what a word can mean is little enough to choose from


@dataclass
class Group:
    """All problems of one cause in one column."""

    column: int
    code: str
    message: dict[str, str]  # by language
    count: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    suggestions: dict[str, str] = field(default_factory=dict)
    first_row: int = 0
    note: bool = False  # rows come in without it

    def as_json(self, more: Any, most: int = SHOWN_TEXTS) -> dict[str, Any]:
        shown = self.texts.most_common(most)
        return {
            "column": self.column,
            "code": self.code,
            "message": self.message,
            "count": self.count,
            "different": len(self.texts),
            "first_row": self.first_row,
            "note": self.note,
            "texts": [[text, count, self.suggestions.get(text) or more(text)] for text, count in shown],
        }


@dataclass
class _Known:
    """What the rows of an import's files are told apart by, for one object: they may meet across files."""

    repeats: Repeats | None
    uniques: Uniques


def check_import(job: Import, *, by: Actor) -> None:
    """Read every row of every file; keeps counts and grouped problems on the files. Writes no record.

    Raises UnreadableFile for a file that breaks off, Refused without the permission to import.
    """
    with reading():
        files = list(job.files.order_by("position"))
    wanted = _wanted_keys(files)
    pending: Pending = {}
    known: dict[str, _Known] = {}
    for file in files:
        with closing(Enclosures(file.enclosed)) as enclosed:
            _check_file(file, by, pending, wanted.get(file.file_plan.object, set()), enclosed, known)


def chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Rows in pieces of `size`."""
    iterator = iter(rows)
    while piece := list(islice(iterator, size)):
        yield piece


def _check_file(
    file: ImportFile,
    by: Actor,
    pending: Pending,
    keys: set[str],
    enclosed: Enclosures,
    known: dict[str, _Known],
) -> None:
    plan = file.file_plan
    table = file.source
    with reading():
        reader = RowReader(plan, actor=by, pending=pending, files=enclosed)
    counts: Counter[str] = Counter()
    groups: dict[tuple[int, str], Group] = {}
    given: Counter[int] = Counter()
    arrived: Counter[int] = Counter()
    seen: set[str] = set()
    words = _word_columns(plan)
    if plan.object not in known:
        known[plan.object] = _Known(repeats_of(reader), Uniques(reader.obj))
    repeats, uniques = known[plan.object].repeats, known[plan.object].uniques
    alike: dict[str, Any] = {"count": 0, "rows": []}
    # Rows may link to rows above and below them in the same file: its own keys are pending throughout.
    for where, own in reader.own_keys(table.rows()).items():
        pending.setdefault(where, {}).update(own)
    if any(where in pending for where in [(plan.object, name) for name in keys]):
        with reading():
            reader = RowReader(plan, actor=by, pending=pending, files=enclosed)
    brought = [pending.setdefault((plan.object, name), {}) for name in keys]
    for piece in chunks(table.rows(), CHUNK):
        with reading():
            reader.prepare(piece)
            rows = [reader.read(number, cells) for number, cells in piece]
            ask_rules(reader, rows)
            reader.learn_keys([row for row in rows if not row.problems])
            twins = twins_of(rows, reader)
            uniques.look([row for row in rows if not row.problems])
        for (number, cells), row in zip(piece, rows, strict=True):
            given.update(given_cells(cells, len(plan.columns)))
            for index, texts in words.items():
                if len(texts) < MANY_WORDS and (text := cells[index].strip()):
                    texts[text] += 1
            counts["rows"] += 1
            fate = _fate(row, plan, seen)
            if fate == "create" and (twin := twins.get(number)):
                fate = plan.on_alike(number)
                if refuse_twin(row, reader, twin, fate):
                    fate = "reject"
                if twin.seen:
                    _note_alike(alike, row, reader, twin)
            if fate == "create" and refuse_repeat(row, reader, repeats):
                fate = "reject"
            changes = fate == "update" and row.found
            if (fate == "create" or changes) and uniques.refuse(row, plan):
                fate = "reject"
            counts[fate] += 1
            _group(groups, row)
            if not row.problems:
                arrived.update(row.arrived)
                for name, target in zip(keys, brought, strict=True):
                    target.update(dict.fromkeys(reader.keys_of(row, name), reader.title_of(row)))
        report_progress(counts["rows"], table.about_rows, file.name)
    file.checked = dict(counts)
    file.columns = {str(index): [given[index], arrived[index]] for index in given}
    found = sorted(groups.values(), key=lambda one: -one.count)
    file.alike = alike
    file.problems = [_finish(group, reader) for group in found] + _slips(words, plan)
    with transaction.atomic():
        file.save(update_fields=["checked", "columns", "problems", "alike"])


def twins_of(
    rows: Sequence[ReadRow], reader: RowReader, *, before: datetime | None = None
) -> dict[int, Twin]:
    """By the numbers of rows that would become new records: the record that each is like."""
    if reader.obj.name == MEMBER.name:
        return {}
    new = [row for row in rows if not row.problems and not row.left_out and not row.found]
    found = find_twins(reader.obj, [row.values for row in new], by=reader.actor, before=before)
    return {row.number: twin for row, twin in zip(new, found, strict=True) if twin}


def refuse_twin(row: ReadRow, reader: RowReader, twin: Twin, wish: str) -> bool:
    """Whether a row may not become a record beside its twin, by the object's rule; then it has a problem."""
    if rule_of(reader.obj).action != Action.REFUSE or (twin.seen and wish != "create"):
        return False
    column = next(
        (one.index for one in reader.plan.columns if one.path and one.field in twin.fields), WHOLE_ROW
    )
    title = reader.title_of(row)
    row.problems.append(RowProblem(column, "duplicate", lambda: _("This is here already."), title))
    return True


def refuse_repeat(row: ReadRow, reader: RowReader, repeats: Repeats | None) -> bool:
    """Whether a row is like one before it in the file where the object's rule refuses that."""
    named = repeats.field_of(row.values) if repeats is not None else ""
    if not named:
        return False
    column = next((one.index for one in reader.plan.columns if one.path and one.field == named), WHOLE_ROW)
    title = reader.title_of(row)
    row.problems.append(
        RowProblem(column, "duplicate", lambda: _("Another row of the file is the same."), title)
    )
    return True


def repeats_of(reader: RowReader) -> Repeats | None:
    """What tells rows of a file that are like each other; members have no rule."""
    return None if reader.obj.name == MEMBER.name else Repeats(reader.obj, by=reader.actor)


def _note_alike(alike: dict[str, Any], row: ReadRow, reader: RowReader, twin: Twin) -> None:
    alike["count"] += 1
    if len(alike["rows"]) < SHOWN_ALIKE:
        alike["rows"].append([row.number, reader.title_of(row), str(twin.record_id), list(twin.fields)])


def _fate(row: ReadRow, plan: FilePlan, seen: set[str]) -> str:
    """What the run will do with a row."""
    if row.left_out:
        return "skip"
    if row.problems:
        return "reject"
    there = (row.found is not None and row.found != PENDING) or row.key in seen
    if row.key and len(seen) < REMEMBERED_KEYS:
        seen.add(row.key)
    if there:
        return plan.found
    return plan.missing


def _word_columns(plan: FilePlan) -> dict[int, Counter[str]]:
    """Columns of free words, in which a slip makes two of what is one: industries, sources."""
    obj = importable(plan.object)
    return {
        one.index: Counter()
        for one in plan.columns
        if one.path
        and field_at(obj, one.field).type == "text"
        and one.field not in {obj.title, "external_id"}
    }


def _slips(words: dict[int, Counter[str]], plan: FilePlan) -> list[dict[str, Any]]:
    """Hints, not problems: nothing is rejected for its spelling."""
    found: list[dict[str, Any]] = []
    for index, counts in words.items():
        if len(counts) >= MANY_WORDS:
            continue
        mended = plan.columns[index].replace
        texts = [[text, counts[text], usual] for text, usual in slips(counts).items() if text not in mended]
        if texts:
            found.append(
                {
                    "column": index,
                    "code": SLIP,
                    "message": in_every_language(lambda: _("Probably another spelling.")),
                    "count": sum(count for _text, count, _usual in texts),
                    "different": len(texts),
                    "first_row": 0,
                    "texts": texts[:SHOWN_TEXTS],
                }
            )
    return found


def _group(groups: dict[tuple[int, str], Group], row: ReadRow) -> None:
    for problem in (*row.problems, *row.notes):
        where = (problem.column, problem.code)
        group = groups.get(where)
        if group is None:
            note = problem in row.notes
            with reading():
                message = in_every_language(problem.say)
            group = groups[where] = Group(*where, message, first_row=row.number, note=note)
        group.count += 1
        if problem.text and (len(group.texts) < 1_000 or problem.text in group.texts):
            group.texts[problem.text] += 1
            if problem.suggestion:
                group.suggestions[problem.text] = problem.suggestion


def _finish(group: Group, reader: RowReader) -> dict[str, Any]:
    link = next((one for one in reader.links if one.index == group.column), None)
    column = next((one for one in reader.plan.columns if one.index == group.column and one.path), None)
    few = column is not None and field_at(reader.obj, column.field).type in MAPPED
    most = SHOWN_NAMES if few else SHOWN_TEXTS
    if link is None or group.code != "not_there":
        return group.as_json(lambda text: "", most)
    with reading():
        return group.as_json(link.lookup.nearest, most)


def _wanted_keys(files: Sequence[ImportFile]) -> dict[str, set[str]]:
    """Object → fields by which columns of the files look for its records."""
    wanted: dict[str, set[str]] = {}
    for file in files:
        plan = file.file_plan
        obj = importable(plan.object)
        for column in plan.columns:
            if not column.path or (field := field_at(obj, column.path)).type not in LINKS:
                continue
            to = getattr(field, "to", "")
            title = registry.get(to).title if registry.has(to) else "name"
            wanted.setdefault(to, set()).add(column.link_by or title)
    return wanted
