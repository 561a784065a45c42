from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from guanxi.platform.i18n.labels import kept_words
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.reading import Table, photos_of
from guanxi.platform.records.importing.vcards import card_heading
from guanxi.platform.tenancy.models import WorkspaceModel
from guanxi.platform.tenancy.sealing import SealedJSON


class Import(WorkspaceModel):
    """Files that somebody brings in together, from the first look to the undo.

    Everything about it is kept for 30 days after it ran: the files, what became of each row, the way back.

    scopes     of the token that brings it in, which bound what is done; null: no limit
    enclosed   paths of archives and folders in which the files lie that rows name
    """

    portable: ClassVar[bool] = False

    class State(models.TextChoices):
        DRAFT = "draft"
        CHECKING = "checking"
        CHECKED = "checked"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"
        UNDOING = "undoing"
        UNDONE = "undone"

    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    member_id = models.BigIntegerField(null=True, help_text="who brings it in; null for the command line")
    job_id = models.CharField(max_length=32, blank=True, default="", help_text="the one that works on it")
    schedule_id = models.BigIntegerField(null=True, help_text="of what comes by the clock")
    scopes = models.JSONField(null=True)
    enclosed = models.JSONField(default=list)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_import"
        indexes = (models.Index("workspace", "created_at", name="records_import_recent"),)

    def __str__(self) -> str:
        return self.name

    @property
    def ran(self) -> bool:
        """Whether rows of it may have become records."""
        return self.started_at is not None


class ImportSchedule(WorkspaceModel):
    """Files that come again and again, brought in by the clock as one was before.

    member_id  whose rights it has
    scopes     of the token that set it up, which bound what is done; null: no limit
    address    https://…, or files below the workspace's folder of the installation: "orders/*.csv"
    sign_in    of an address: {"kind": "basic" or "bearer", "name", "secret", "origin"}; the secret is sent to
               this origin alone, and shown to nobody again
    choice     how a file is read, see Choice; plan: what is done with it
    hour       of the workspace's day; does not matter to what comes every hour
    next_at    null while it is paused
    seen       the name of a file → the digest of what was brought in
    marks      of an address: what the other side told of its version, to ask whether there is a newer one
    failures   how often in a row nothing could be brought in
    """

    portable: ClassVar[bool] = False

    class Every(models.TextChoices):
        HOUR = "hour"
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    name = models.CharField(max_length=200)
    member_id = models.BigIntegerField()
    scopes = models.JSONField(null=True)
    address = models.CharField(max_length=2000)
    sign_in = SealedJSON(default=dict, sealed=("secret",), secret=("secret",))
    choice = models.JSONField(default=dict)
    plan = models.JSONField()
    every = models.CharField(max_length=5, choices=Every.choices)
    hour = models.PositiveSmallIntegerField(default=6)
    next_at = models.DateTimeField(null=True)
    seen = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    last_at = models.DateTimeField(null=True)
    brought_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_import_schedule"
        indexes = (models.Index("workspace", "next_at", name="records_import_schedule_due"),)

    def __str__(self) -> str:
        return self.name

    @property
    def file_plan(self) -> FilePlan:
        return FilePlan.from_json(self.plan)


class ImportFile(WorkspaceModel):
    """One file of an import: how it is read, what is done with it, how far that is, and what came of it.

    cursor     number of the last row that is done; moves in the transaction that does the rows
    problems   of the check: [{column, code, message, count, note, texts: [[text, count, suggestion], …]}],
               the message by language; a note keeps no row out
    checked    of the check: {"rows", "create", "update", "skip", "reject"}
    columns    column index → [cells given, values that arrived]
    alike      of the check: {"count", "rows": [[number, title, record, [fields]], …]}, new rows that are
               like records that are there
    """

    portable: ClassVar[bool] = False

    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files", db_index=False)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=1000)
    table = models.JSONField()
    plan = models.JSONField()
    problems = models.JSONField(default=list)
    checked = models.JSONField(default=dict)
    cursor = models.BigIntegerField(default=0)
    finished = models.BooleanField(default=False)
    rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    undone = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0, help_text="not undone, since people went on with them")
    columns = models.JSONField(default=dict)
    alike = models.JSONField(default=dict)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_import_file"
        indexes = (models.Index("workspace", "of_import", "position", name="records_import_files"),)

    def __str__(self) -> str:
        return self.name

    def heading(self, header: str) -> str:
        """A column's header for the reader; those of address books are ours, and said in each language."""
        return card_heading(header) if self.table["format"] == "cards" else header

    @property
    def problems_said(self) -> list[dict[str, Any]]:
        """What the check found, in the language of whoever reads it."""
        return [{**one, "message": kept_words(one["message"])} for one in self.problems]

    @property
    def source(self) -> Table:
        """The rows, as they are in the file."""
        return Table.from_json(self.table)

    @property
    def file_plan(self) -> FilePlan:
        return FilePlan.from_json(self.plan)

    @property
    def enclosed(self) -> list[str]:
        """Where the files lie that its rows may name: the pictures of its own address book come first."""
        photos = photos_of(self.source)
        return [*([str(photos)] if photos else []), *self.of_import.enclosed]

    @property
    def balances(self) -> bool:
        """The promise of an import: each row of the file is in exactly one of the four heaps."""
        return self.rows == self.created + self.updated + self.skipped + self.rejected


class ImportRow(WorkspaceModel):
    """What became of one row of a file. One per row, so a row that is done is never done again.

    fact_id   of an update: the fact that says what changed, and so the way back
    reasons   of a rejection: [[column, code, message by language, text], …]; of what an undo left alone: why
    """

    portable: ClassVar[bool] = False

    class Outcome(models.TextChoices):
        CREATED = "created"
        UPDATED = "updated"
        SKIPPED = "skipped"
        REJECTED = "rejected"
        UNDONE = "undone"
        KEPT = "kept"

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.BigIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    record_id = models.BigIntegerField(null=True)
    fact_id = models.BigIntegerField(null=True)
    reasons = models.JSONField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_import_row"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "file", "number"], name="records_import_row_once")
        ]
        indexes = (models.Index("workspace", "file", "outcome", "number", name="records_import_row_outcome"),)

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
