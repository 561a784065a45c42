from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class MatchKey(WorkspaceModel):
    """What a record has in common with another that is the same: a number, a mailbox, a name. See keys.py."""

    object = models.CharField(max_length=40)
    kind = models.CharField(max_length=8)
    key = models.CharField(max_length=120)
    record_id = models.BigIntegerField()

    class Meta(WorkspaceModel.Meta):
        db_table = "records_match_key"
        indexes = (
            models.Index("workspace", "object", "kind", "key", "record_id", name="records_match_key_found"),
            models.Index("workspace", "object", "record_id", name="records_match_key_record"),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} {self.kind}={self.key}"


class DuplicateRule(WorkspaceModel):
    """What is done when a record is like one that is there; an object without a row has the shipped rule.

    kinds    the kinds of match keys that count
    others   what is said of records that the person may not see: "owner", "exists" or "nothing"
    """

    class Action(models.TextChoices):
        OFF = "off"
        WARN = "warn"
        REFUSE = "refuse"

    class Others(models.TextChoices):
        OWNER = "owner"
        EXISTS = "exists"
        NOTHING = "nothing"

    object = models.CharField(max_length=40)
    action = models.CharField(max_length=6, choices=Action.choices, default=Action.WARN)
    kinds = models.JSONField(default=list)
    others = models.CharField(max_length=7, choices=Others.choices, default=Others.EXISTS)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_duplicate_rule"
        constraints = (models.UniqueConstraint("workspace", "object", name="records_duplicate_rule_once"),)

    def __str__(self) -> str:
        return f"{self.object}: {self.action}"


class KeysFilled(WorkspaceModel):
    """How far the match keys of an object's older records have been made, by the backfill.

    scheme   of the keys (keys.py, SCHEME): another one means that all have to be made anew
    """

    object = models.CharField(max_length=40)
    scheme = models.CharField(max_length=80)
    after = models.BigIntegerField(default=0)
    done = models.BooleanField(default=False)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_keys_filled"
        constraints = (models.UniqueConstraint("workspace", "object", name="records_keys_filled_once"),)

    def __str__(self) -> str:
        return f"{self.object} up to {self.after}"


class Sweep(WorkspaceModel):
    """A look at all records of an object for those that are the same one.

    stage     what is done now, and how far: {"name", "after", "slice", "slices"}; a worker that takes over
              from one that died goes on there
    model     what was learnt of the data: splink's own JSON
    records, looked_at, found   how many records, pairs that were weighed, pairs for people to look at
    peak_mb   the most memory that the worker used
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    object = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stage = models.JSONField(default=dict)
    model = models.JSONField(default=dict)
    records = models.BigIntegerField(default=0)
    looked_at = models.BigIntegerField(default=0)
    found = models.BigIntegerField(default=0)
    peak_mb = models.PositiveIntegerField(default=0)
    member_id = models.BigIntegerField(null=True)
    job_id = models.CharField(max_length=32, blank=True, default="")
    error = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_sweep"
        indexes = (models.Index("workspace", "object", "created_at", name="records_sweep_recent"),)

    def __str__(self) -> str:
        return f"{self.object} {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state in (Sweep.State.DONE, Sweep.State.CANCELLED, Sweep.State.FAILED)


class DuplicatePair(WorkspaceModel):
    """Two records that may be one, as a sweep found them, and what a person said.

    low_id, high_id   the older one first: each pair is there once
    permille          how probable it is that they are one
    evidence          {column of the sweep: "same", "near" or "other"}
    """

    class State(models.TextChoices):
        OPEN = "open"
        LATER = "later"
        DIFFERENT = "different"
        MERGED = "merged"

    object = models.CharField(max_length=40)
    low_id = models.BigIntegerField()
    high_id = models.BigIntegerField()
    permille = models.PositiveSmallIntegerField()
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_duplicate_pair"
        indexes = (models.Index("workspace", "object", "state", "permille", "id", name="records_pair_queue"),)
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "object", "low_id", "high_id"), name="records_pair_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.low_id} and {self.high_id}: {self.permille / 10}%"
