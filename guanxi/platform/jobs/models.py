from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.fields import KeyField
from guanxi.platform.tenancy.models import Workspace, WorkspaceManager


class Job(models.Model):
    """A task that somebody asked for. `workspace` is none for work of the installation itself."""

    class State(models.TextChoices):
        READY = "ready"
        RUNNING = "running"
        SUCCESSFUL = "successful"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = KeyField()
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, null=True
    )
    task = models.CharField(max_length=200, help_text="where the function is: module.name")
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    queue = models.CharField(max_length=32)
    priority = models.SmallIntegerField(default=0)
    lane = models.CharField(
        max_length=22, help_text="priority and workspace, as digits: jobs of one lane run in order"
    )
    unique_key = models.CharField(max_length=64, null=True)  # null: no such promise
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    run_at = models.DateTimeField()
    enqueued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    last_attempted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    crashes = models.SmallIntegerField(default=0, help_text="workers that died while they ran it")
    worker = models.CharField(max_length=100, default="", help_text="the one that has or had it")
    lease_until = models.DateTimeField(null=True, help_text="in the database's time")
    cancel_requested_at = models.DateTimeField(null=True)
    progress = models.JSONField(null=True, help_text='{"done": 10, "total": 50, "note": "…"}')
    result = models.JSONField(null=True)
    errors = models.JSONField(default=list, help_text="[{class, traceback, at}], the latest last")

    objects: ClassVar[WorkspaceManager] = WorkspaceManager()

    class Meta:
        db_table = "jobs_job"
        indexes: ClassVar = [
            # Two small indexes, not one condition over both states: fast also beside millions of old jobs.
            models.Index(
                fields=["queue", "lane", "run_at", "id"], condition=Q(state="ready"), name="job_ready"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_leased"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=Q(state="ready", attempts=0, unique_key__isnull=False),
                name="job_waits_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} ({self.state})"


class ScheduleState(models.Model):
    """When a schedule is due next. Moving `next_at` on and enqueuing the job are one transaction."""

    name = models.CharField(max_length=63, primary_key=True)
    cron = models.CharField(max_length=100)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "jobs_schedule"

    def __str__(self) -> str:
        return f"{self.name} at {self.next_at}"
