from __future__ import annotations

from typing import Any

from django.db import models

from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import WorkspaceModel


class LearnedModel(WorkspaceModel):
    """What is learned of an object; changed only by the verbs in `actions.py`.

    kind      one of `kinds.py`
    field     the name of its first field; the others begin with it (`chance`, `chance_class`, …)
    came, gone  which records it came true for, and for which it did not, as filters of lists
    left_out  columns that it must not read; null leaves that to the warnings of the training
    high, middle  from which chance, in percent, a record is of the first and of the second class
    number    the version that speaks; null before the first
    on_at     since when it writes; null is off: the rules are alone
    schedule  when it is trained anew: "" by hand, "week", "month"
    last      how the last training ended: {"at", "outcome": "trained" | "thin" | "failed", "size", "why"}
    watch     what was last seen of the world: {"at", "moved", "off", "decided"} (watching.py)
    warned_at since when it has been drifting; null while all is well
    edition   renewed by every change
    written_at  when all records last had what this edition says; null while that is under way
    """

    kind = models.CharField(max_length=20)
    object = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    came = models.TextField(blank=True, default="")
    gone = models.TextField(blank=True, default="")
    left_out: Any = models.JSONField(null=True)
    high = models.PositiveSmallIntegerField(null=True)
    middle = models.PositiveSmallIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    on_at = models.DateTimeField(null=True)
    schedule = models.CharField(max_length=10, blank=True, default="")
    last = models.JSONField(default=dict)
    watch = models.JSONField(default=dict)
    warned_at = models.DateTimeField(null=True)
    training_id = models.BigIntegerField(null=True, help_text="the job that trains it, or did last")
    edition = models.BigIntegerField(default=new_key, editable=False)
    written_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "analytics_learned_model"
        constraints = (
            models.UniqueConstraint("workspace", "object", "field", name="analytics_learned_model_field"),
        )

    def __str__(self) -> str:
        from guanxi.analytics.learning.kinds import KINDS

        return str(KINDS[self.kind].label)


class ModelVersion(WorkspaceModel):
    """One training of a model: what it says, and how far that may be relied on. Never changed after it.

    recipe    what is applied to a record, without the library that learnt it
    features  the columns that it reads
    figures   how it did on cases that it has not seen: {"auc", "brier", "bins", …}
    leaks     columns that know the answer: [{"column", "signs", "alone", "left_out"}]
    doubts, assumes  names, whose words are in `insights/wording.py`
    spread    a hundred quantiles of what it said of the records then; null until it was written once
    """

    model = models.ForeignKey(LearnedModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=150, blank=True, default="")
    fed_at = models.DateTimeField(null=True, help_text="how fresh the warehouse was")
    size = models.PositiveIntegerField()
    events = models.PositiveIntegerField(default=0)
    recipe = models.JSONField(default=dict)
    features = models.JSONField(default=list)
    figures = models.JSONField(default=dict)
    leaks = models.JSONField(default=list)
    doubts = models.JSONField(default=list)
    assumes = models.JSONField(default=list)
    spread: Any = models.JSONField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "analytics_model_version"
        constraints = (
            models.UniqueConstraint("workspace", "model", "number", name="analytics_model_version_number"),
        )

    def __str__(self) -> str:
        return str(self.number)


class Estimate(WorkspaceModel):
    """What a model says of one record, and why.

    value    a chance in percent, a group, a product: what stands in the model's field
    tier     the class: "high", "middle", "low", or a group
    reasons  what moved it most, as the kind of the model writes it: [[column, value, points], …]
    """

    model = models.ForeignKey(LearnedModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    value: Any = models.JSONField(null=True)
    tier = models.CharField(max_length=20, blank=True, default="")
    reasons = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        db_table = "analytics_estimate"
        constraints = (
            models.UniqueConstraint(
                "workspace", "object", "record_id", "model", name="analytics_estimate_of"
            ),
        )

    def __str__(self) -> str:
        return f"{self.record_id}: {self.value}"
