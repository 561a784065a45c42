from __future__ import annotations

from typing import Any

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel

DAY, WEEK = "day", "week"
PERIODS = (DAY, WEEK)


class WorkReport(WorkspaceModel):
    """What one member reports of one day, or of the week that begins on it.

    owner_id  the member; team_id is theirs when they handed it in, by which rights are asked
    facts     [{"object", "what", "count", "ids"}]: what was done; words are made for each reader (telling.py)
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        READ = "read"

    owner_id = models.BigIntegerField()
    team_id = models.BigIntegerField(null=True)
    period = models.CharField(max_length=4, default=DAY)
    day = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    facts: Any = models.JSONField(default=list)
    review = models.TextField(blank=True, default="")
    plan = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    read_by_id = models.BigIntegerField(null=True)
    comment = models.TextField(blank=True, default="")

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_work_report"
        constraints = (
            models.UniqueConstraint("workspace", "period", "day", "owner_id", name="work_report_once"),
        )

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class ReportPolicy(WorkspaceModel):
    """Which reports a workspace asks for; without a row none, and each member may write one all the same."""

    daily = models.BooleanField(default=False)
    weekly = models.BooleanField(default=False)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_report_policy"
        constraints = (models.UniqueConstraint("workspace", name="report_policy_once"),)

    def __str__(self) -> str:
        return f"{self.daily} {self.weekly}"
