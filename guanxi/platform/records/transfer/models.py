from __future__ import annotations

from typing import ClassVar

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Copy(WorkspaceModel):
    """A copy of the whole workspace as a file that an administrator takes along; a few days later it is gone.

    digest   of all tables: two copies of the same state have the same one
    """

    portable: ClassVar[bool] = False

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    member_id = models.BigIntegerField(null=True)
    job_id = models.CharField(max_length=32, blank=True, default="")
    rows = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0, help_text="files whose bytes were not on the disk")
    bytes = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_copy"
        indexes = (models.Index("workspace", "asked_at", name="records_copy_recent"),)

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M} {self.state}"
