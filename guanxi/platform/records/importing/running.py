"""Carrying an import out: a chunk of rows at a time, each in one transaction with what became of it.

The transaction that writes records also writes their facts, the row of the ledger for each, the counts, and
moves the file's cursor. So a worker that is killed leaves whole chunks, and the next one goes on behind them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.labels import in_every_language
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.fields.file import told_file
from guanxi.platform.records.access import NotFound, Refused, find_record, require
from guanxi.platform.records.duplicates.rules import Action, rule_of
from guanxi.platform.records.filing import holds_file, upload_file
from guanxi.platform.records.importing.asking import ask_rules
from guanxi.platform.records.importing.attaching import attach
from guanxi.platform.records.importing.checking import (
    chunks,
    refuse_repeat,
    refuse_twin,
    repeats_of,
    twins_of,
)
from guanxi.platform.records.importing.enclosing import Enclosures
from guanxi.platform.records.importing.making import ensure_group, make_targets
from guanxi.platform.records.importing.memberships import MEMBER, add_members
from guanxi.platform.records.importing.models import Import, ImportFile, ImportRow
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.preparing import workroom
from guanxi.platform.records.importing.reading import Row
from guanxi.platform.records.importing.rows import (
    WHOLE_ROW,
    ReadRow,
    RowProblem,
    RowReader,
    brought_for,
    file_columns,
    given_cells,
)
from guanxi.platform.records.importing.uniques import Uniques
from guanxi.platform.records.inserting import as_json, insert_rows
from guanxi.platform.records.writing import change_record, create_records
from guanxi.platform.tenancy.keys import new_keys
from guanxi.platform.tenancy.transactions import reading

CHUNK = 500
CHUNK_WITH_FILES = 50
LATER = "later"  # the code of a link to a row that was not a record yet
Outcome = ImportRow.Outcome


def run_import(job: Import, *, by: Actor) -> None:
    """Do all that is not done yet. Safe to call again after a crash: rows that are done stay done.

    Raises UnreadableFile where a file ends in the middle of a row, Refused where `by` may not create,
    JobCancelled when somebody cancels it: what was done until then is kept, and can be undone.
    """
    with reading():
        files = list(job.files.order_by("position"))
    total = sum(file.checked.get("rows") or file.source.about_rows for file in files)
    done = sum(file.rows for file in files)
    for file in files:
        if not file.finished:
            with closing(Enclosures(file.enclosed, room=workroom(job.pk) / "named")) as enclosed:
                done = _run_file(file, by, done, total, enclosed)


def _run_file(file: ImportFile, by: Actor, done: int, total: int, enclosed: Enclosures) -> int:
    writer: _Writer | None = None
    naming = file_columns(file.file_plan)
    for piece in chunks(file.source.rows(after=file.cursor), CHUNK_WITH_FILES if naming else CHUNK):
        if naming:  # outside of the transaction: what is fetched may take its time
            cells = [
                (one, row[one.index]) for _number, row in piece for one in naming if one.index < len(row)
            ]
            enclosed.bring(text for one, cell in cells for text in brought_for(one, cell))
        with transaction.atomic():
            held = ImportFile.objects.select_for_update().get(pk=file.pk)
            if held.cursor >= piece[-1][0]:
                continue  # another worker did it
            if writer is None:
                writer = _Writer(held, by, enclosed)
            writer.write(held, piece)
        file.cursor = held.cursor
        done += len(piece)
        report_progress(done, total, file.name)
    with transaction.atomic():
        writer = writer or _Writer(file, by, enclosed)
    writer.join_later(file)
    with transaction.atomic():
        ImportFile.objects.filter(pk=file.pk).update(finished=True)
    return done


@dataclass
class _Chunk:
    """What became of the rows of a chunk: (number, outcome, record, fact, reasons) for the ledger."""

    ledger: list[tuple[int, str, int | None, int | None, list[Any] | None]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def note(
        self,
        row: ReadRow,
        outcome: str,
        record_id: int | None = None,
        fact_id: int | None = None,
        problems: Sequence[RowProblem] = (),
    ) -> None:
        reasons = [[one.column, one.code, in_every_language(one.say), one.text] for one in problems] or None
        self.ledger.append((row.number, outcome, record_id, fact_id, reasons))
        self.counts[outcome] += 1


class _Writer:
    """Writes chunks of one file."""

    def __init__(self, file: ImportFile, by: Actor, enclosed: Enclosures) -> None:
        self.plan: FilePlan = file.file_plan
        self.by = by
        # What was made for somebody else gets its files, too, though its maker may not change it any more.
        product = system_actor(by.workspace_id, by.name)
        self.maker = replace(product, kind=by.kind, member_id=by.member_id)
        self.data: Mapping[str, Any] = {"import": str(file.of_import_id)}
        self.within = ensure_group(self.plan, by=by)
        self.started = file.of_import.started_at
        reader = RowReader(self.plan, actor=by)
        own = reader.own_keys(file.source.rows())
        self.reader = RowReader(
            self.plan, actor=by, pending=own, make_missing=self._make_missing, files=enclosed
        )
        if self.plan.object != MEMBER.name:
            require(by, "import", self.reader.obj)
            require(by, "create", self.reader.obj)

    def write(self, file: ImportFile, piece: Sequence[Row]) -> None:
        """Rows into records, the ledger and the counts, in the caller's transaction."""
        reader = self.reader
        reader.prepare(piece)
        rows = [reader.read(number, cells) for number, cells in piece]
        ask_rules(reader, rows)
        reader.learn_keys([row for row in rows if not row.problems])
        if self.plan.missing == "create" and (
            self.plan.alike != "create" or self.plan.alike_rows or self._refuses()
        ):
            self._join_alike(rows)
        chunk = _Chunk()
        new: list[ReadRow] = []
        repeated: list[tuple[ReadRow, ReadRow]] = []
        first: dict[str, ReadRow] = {}
        known: list[ReadRow] = []
        repeats = repeats_of(reader)
        for row in rows:
            if row.left_out:
                chunk.note(row, Outcome.SKIPPED)
            elif row.problems:
                chunk.note(row, Outcome.REJECTED, problems=row.problems)
            elif row.found:
                known.append(row)
            elif row.key and row.key in first:
                repeated.append((row, first[row.key]))
            elif self.plan.missing == "skip":
                chunk.note(row, Outcome.SKIPPED)
            elif refuse_repeat(row, reader, repeats):
                chunk.note(row, Outcome.REJECTED, problems=row.problems)
            else:
                first[row.key] = row
                new.append(row)
        self._create(chunk, [row for row in new if not row.later])
        later = [row for row in new if row.later]
        for row in later:
            reader.find_later(row)
        self._create(chunk, later)
        for row, earlier in repeated:
            row.found = earlier.found
            known.append(row)
        for row in known:
            self._change(chunk, row)
        self._keep(file, piece, rows, chunk)

    def _join_alike(self, rows: Sequence[ReadRow]) -> None:
        """Rows like records that were there before are those records, where somebody said so."""
        for number, twin in twins_of(rows, self.reader, before=self.started).items():
            row = next(one for one in rows if one.number == number)
            wish = self.plan.on_alike(number)
            if not refuse_twin(row, self.reader, twin, wish) and wish != "create" and twin.seen:
                row.wish, row.found = wish, twin.record_id
        if self._refuses():  # rows of pieces before this one are records by now
            for number, twin in twins_of(rows, self.reader).items():
                row = next(one for one in rows if one.number == number)
                refuse_twin(row, self.reader, twin, "create")

    def _refuses(self) -> bool:
        """Whether records that are there already may not come in again, by the object's rule."""
        return self.plan.object != MEMBER.name and rule_of(self.reader.obj).action == Action.REFUSE

    def join_later(self, file: ImportFile) -> None:
        """Links between rows of the file that could not be made when the row was written."""
        names = {link.index: link for link in self.reader.links}
        while True:
            with transaction.atomic():
                rows = list(
                    ImportRow.objects.filter(
                        file=file, outcome__in=[Outcome.CREATED, Outcome.UPDATED], reasons__isnull=False
                    ).order_by("number")[:CHUNK]
                )
                for row in rows:
                    values: dict[str, Any] = {}
                    for index, code, _message, text in row.reasons or []:
                        if code == LATER and (record_id := names[index].lookup.get(text)):
                            names[index].put(values, record_id)
                    if values:
                        record = find_record(self.reader.obj, row.record_id or 0, by=self.by, access="edit")
                        values = {name: self._joined(record, name, one) for name, one in values.items()}
                        past = row.outcome == Outcome.CREATED
                        change_record(record, values, by=self.by, data=self.data, past=past)
                    row.reasons = None
                    row.save(update_fields=["reasons"])
            if not rows:
                return

    def _create(self, chunk: _Chunk, rows: list[ReadRow]) -> None:
        rows = self._without_taken(chunk, rows)
        if not rows:
            return
        for row in rows:
            self._keep_files(row)
        if self.plan.object == MEMBER.name:
            ids = add_members([row.values for row in rows], by=self.by)
        else:
            records = create_records(
                object=self.plan.object,
                rows=[{**row.begins, **row.values} for row in rows],
                by=self.by,
                data=self.data,
            )
            ids = [record.pk for record in records]
        for row, record_id in zip(rows, ids, strict=True):
            row.found = record_id
            self.reader.made(row, record_id)
            self._attach(row, record_id, by=self.maker)
            waiting = [RowProblem(index, LATER, str, text) for index, _name, text in row.later]
            chunk.note(row, Outcome.CREATED, record_id, problems=waiting)

    def _without_taken(self, chunk: _Chunk, rows: list[ReadRow]) -> list[ReadRow]:
        """Unique fields of other records, and of rows before, are taken."""
        uniques = Uniques(self.reader.obj)
        uniques.look(rows, hold=True)
        free: list[ReadRow] = []
        for row in rows:
            if uniques.refuse(row, self.plan):
                chunk.note(row, Outcome.REJECTED, problems=row.problems)
            else:
                free.append(row)
        return free

    def _change(self, chunk: _Chunk, row: ReadRow) -> None:
        if (row.wish or self.plan.found) == "skip" or self.plan.object == MEMBER.name:
            chunk.note(row, Outcome.SKIPPED, row.found)
            return
        try:
            with transaction.atomic():
                record = find_record(self.reader.obj, row.found or 0, by=self.by, access="edit")
                self._keep_files(row, record)
                values = {name: self._joined(record, name, value) for name, value in row.values.items()}
                self._leave_open(record, values)
                self._attach(row, record.pk, by=self.by)  # before it may become somebody else's
                changed = change_record(record, values, by=self.by, data=self.data)
        except (NotFound, Refused):
            refused = RowProblem(WHOLE_ROW, "refused", lambda: _("You may not change this record."))
            chunk.note(row, Outcome.REJECTED, problems=[refused])
        except InvalidValues as invalid:
            problems = [
                RowProblem(WHOLE_ROW, problem.code, partial(str, problem))
                for found in invalid.errors.values()
                for problem in found
            ]
            chunk.note(row, Outcome.REJECTED, problems=problems)
        else:
            waiting = [RowProblem(index, LATER, str, text) for index, _name, text in row.later]
            chunk.note(row, Outcome.UPDATED, changed.pk, changed.last_fact_id, waiting)

    def _keep_files(self, row: ReadRow, record: Any = None) -> None:
        """Store what the row names for its fields; what stands in the record already is not brought again."""
        for name, found in row.files.items():
            field = self.reader.obj[name]
            if record is not None and holds_file(field.get(record), found):
                del row.values[name]
                continue
            row.values[name] = told_file(
                upload_file(self.reader.obj, field, found, name=found.name, by=self.by)
            )

    def _attach(self, row: ReadRow, record_id: int, *, by: Actor) -> None:
        for found in row.attached:
            attach(self.reader.obj, record_id, found, name=found.name, by=by, data=self.data)

    def _leave_open(self, record: Any, values: dict[str, Any]) -> None:
        """The expected close of what stays open is not the day it was closed."""
        closing, board = self.reader.closing, self.reader.obj.board
        if closing and board and getattr(record, closing[1]) is None:
            lanes = self.reader.obj[board.lanes]
            if values.get(board.lanes, lanes.get(record)) == lanes.get(record):
                values.pop(closing[1], None)

    def _joined(self, record: Any, name: str, value: Any) -> Any:
        """Of fields that hold several, an update adds; it takes nothing away."""
        if not self.reader.obj[name].multiple:
            return value
        before = list(self.reader.obj[name].get(record) or [])
        return before + [one for one in value if one not in before]

    def _make_missing(self, link: Any, target: Field, texts: list[str]) -> None:
        board = self.reader.obj.board
        within = self.within if board is not None and target.name == board.lanes else {}
        if board is not None and link.group is not None:
            within = {board.group: link.group}
        make_targets(target, texts, lookup=link.lookup, by=self.by, within=within, data=dict(self.data))

    def _keep(self, file: ImportFile, piece: Sequence[Row], rows: Sequence[ReadRow], chunk: _Chunk) -> None:
        _write_ledger(file, chunk)
        accepted = {number for number, outcome, *_rest in chunk.ledger if outcome in {"created", "updated"}}
        columns = {int(index): pair for index, pair in file.columns.items()} if file.cursor else {}
        width = len(self.plan.columns)
        for (number, cells), row in zip(piece, rows, strict=True):
            for index in given_cells(cells, width):
                columns.setdefault(index, [0, 0])[0] += 1
            if number in accepted:
                for index in row.arrived:
                    columns[index][1] += 1
        file.columns = {str(index): pair for index, pair in columns.items()}
        file.cursor = piece[-1][0]
        file.rows += len(piece)
        for name in ("created", "updated", "skipped", "rejected"):
            setattr(file, name, getattr(file, name) + chunk.counts[name])
        file.save(update_fields=["cursor", "rows", "created", "updated", "skipped", "rejected", "columns"])


def _write_ledger(file: ImportFile, chunk: _Chunk) -> None:
    rows = [
        (key, file.workspace_id, file.pk, number, outcome, record_id, fact_id, as_json(reasons))
        for key, (number, outcome, record_id, fact_id, reasons) in zip(
            new_keys(len(chunk.ledger)), chunk.ledger, strict=True
        )
    ]
    insert_rows("records_import_row", _LEDGER, rows)


_LEDGER = (
    ("id", "bigint"), ("workspace_id", "bigint"), ("file_id", "bigint"), ("number", "bigint"),
    ("outcome", "text"), ("record_id", "bigint"), ("fact_id", "bigint"), ("reasons", "jsonb"),
)  # fmt: skip


_ENDS = {Import.State.DONE, Import.State.FAILED, Import.State.CANCELLED, Import.State.UNDONE}


def finish(job: Import, state: str, *, error: str = "") -> None:
    """Note how a step ended; where it was the last one, state import.finished."""
    with transaction.atomic():
        job.state = state
        job.error = error
        job.finished_at = timezone.now()
        job.save(update_fields=["state", "error", "finished_at"])
        if state in _ENDS:
            state_fact(
                "import",
                "finished",
                job.pk,
                by=system_actor(job.workspace_id, "import"),
                title=job.name,
                data={"state": str(state), "member": str(job.member_id) if job.member_id else None},
            )
