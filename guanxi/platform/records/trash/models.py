from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Trashed(WorkspaceModel):
    """A record in the trash. It is archived, too, so that lists and indexes need not know of the trash.

    was_archived   it had been in the archive before, and goes back there
    """

    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=300, blank=True, default="")
    member_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, default="")
    at = models.DateTimeField()
    was_archived = models.BooleanField(default=False)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_trashed"
        indexes = (models.Index("workspace", "at", name="records_trashed_recent"),)
        constraints = (
            models.UniqueConstraint("workspace", "object", "record_id", name="records_trashed_record"),
        )

    def __str__(self) -> str:
        return self.title
