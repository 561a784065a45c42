from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Batch(WorkspaceModel):
    """Something that one actor did to one or many records, and what it takes to undo it.

    kind        "change", "archive", "paste", "fill", "merge" … : undoing.py and the words know them
    values      what was asked: {"values": {field: …}, "add": {…}, "remove": {…}}
    query       of "all that match": {"filter", "search", "archived"}, until the records are written down
    scopes      of the token that asked; null: no limit
    undoes_id   the batch that this one takes back; undone_by_id the other way round
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    kind = models.CharField(max_length=20)
    object = models.CharField(max_length=63, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    member_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10, default="member")
    actor_name = models.CharField(max_length=200, default="")
    scopes = models.JSONField(null=True)
    values = models.JSONField(default=dict)
    query = models.JSONField(null=True)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    job_id = models.CharField(max_length=32, blank=True, default="")
    undoes_id = models.BigIntegerField(null=True)
    undone_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_batch"
        indexes = (models.Index("workspace", "created_at", name="records_batch_recent"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.object}"

    @property
    def mark(self) -> Mapping[str, str]:
        """What the facts of this batch say in `data`: hand it to the verbs that belong to it."""
        return {"batch": str(self.pk)} | ({"undoes": str(self.undoes_id)} if self.undoes_id else {})

    @property
    def is_over(self) -> bool:
        return self.state in (Batch.State.DONE, Batch.State.CANCELLED, Batch.State.FAILED)


class BatchPart(WorkspaceModel):
    """Up to 1,000 records of a batch, done in one transaction: what is done is never done again.

    wanted       [[record, version that was seen], …]; for a paste [[record, version, {field: value}], …]
    first_fact,  its facts are among those with keys between these two, and say so in their `data`
    last_fact
    refusals     [[record, why], …], why in the words of whoever asked
    steps        what was done to rows that have no facts: steps.py
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="parts", db_index=False)
    position = models.PositiveIntegerField()
    object = models.CharField(max_length=63, blank=True, default="")
    wanted: Any = models.JSONField(default=list)
    first_fact = models.BigIntegerField(null=True)
    last_fact = models.BigIntegerField(null=True)
    changed = models.PositiveIntegerField(default=0)
    refusals: Any = models.JSONField(default=list)
    steps: Any = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_batch_part"
        constraints = (
            models.UniqueConstraint("workspace", "batch", "position", name="records_batch_part_once"),
        )

    def __str__(self) -> str:
        return f"{self.batch_id} part {self.position}"
