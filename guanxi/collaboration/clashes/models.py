from __future__ import annotations

from typing import Any

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Clash(WorkspaceModel):
    """Members who claim one customer, in one record or in several that are the same.

    claimants   ids of members: the owners of the records, and who reported it
    proposal    what the policy said when it was decided: {"owner", "split", "reasons"}
    evidence    what it was decided by: [{"member", "first", "active", "visits", "deals", …}]
    pattern     by what the proposed owner was ahead and behind: cases of one pattern are precedents
    owner_id    who has the customer now; `split` is {member: percent of what it brings}
    batch_id    the batch that moved the records, and that takes it back
    """

    class State(models.TextChoices):
        OPEN = "open"
        DECIDED = "decided"
        WITHDRAWN = "withdrawn"

    object = models.CharField(max_length=63)
    title = models.CharField(max_length=300)
    claimants: Any = models.JSONField(default=list)
    reason = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    opened_by_id = models.BigIntegerField(null=True)
    proposal: Any = models.JSONField(default=dict)
    evidence: Any = models.JSONField(default=list)
    pattern = models.CharField(max_length=40, blank=True, default="")
    owner_id = models.BigIntegerField(null=True)
    split: Any = models.JSONField(default=dict)
    note = models.CharField(max_length=1000, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_clash"
        indexes = (
            models.Index("workspace", "state", "opened_at", name="clash_state"),
            models.Index("workspace", "pattern", "decided_at", name="clash_pattern"),
        )

    def __str__(self) -> str:
        return self.title


class ClashRecord(WorkspaceModel):
    """One of the records that a clash is about; it follows when the record is merged."""

    clash = models.ForeignKey(Clash, on_delete=models.CASCADE, related_name="records", db_index=False)
    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_clash_record"
        indexes = (models.Index("workspace", "object", "record_id", name="clash_of_record"),)
        constraints = (
            models.UniqueConstraint("workspace", "clash", "object", "record_id", name="clash_record_once"),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id}"


class ClashPolicy(WorkspaceModel):
    """How a workspace settles clashes; without a row the shipped policy holds (policy.py).

    order   the criteria in the order in which they are asked: "deal", "active", "first"
    days    how far back activities count
    share   percent that somebody keeps who has worked on the customer too
    """

    order: Any = models.JSONField(default=list)
    days = models.PositiveSmallIntegerField(default=90)
    share = models.PositiveSmallIntegerField(default=30)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_clash_policy"
        constraints = (models.UniqueConstraint("workspace", name="clash_policy_once"),)

    def __str__(self) -> str:
        return ", ".join(self.order)
