from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Erasure(WorkspaceModel):
    """A person who was erased: the certificate. When it is done nothing personal is left in it.

    marks    what the person is found by, until it is done: {"texts": [...], "near": [...]}
    counts   table → how many rows were deleted or made unreadable
    files    files of other records that mention the person: for somebody to look at
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    class Ground(models.TextChoices):
        REQUEST = "request"
        CONSENT = "consent"
        PURPOSE = "purpose"
        UNLAWFUL = "unlawful"

    object = models.CharField(max_length=63)
    record = models.BigIntegerField(help_text="the key that the record had; it leads nowhere any more")
    ground = models.CharField(max_length=10, choices=Ground.choices, default=Ground.REQUEST)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    member_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, default="")
    marks = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    files = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_erasure"
        indexes = (models.Index("workspace", "asked_at", name="records_erasure_recent"),)

    def __str__(self) -> str:
        return f"{self.object} {self.record}"
