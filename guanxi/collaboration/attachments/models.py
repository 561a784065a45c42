from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Attachment(WorkspaceModel):
    """A file under a name at one record. Removed ones stay for a month, so that it can be undone.

    version   which file of this name it is at its record, from 1
    """

    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=255)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_attachment"
        indexes = (
            models.Index("workspace", "object", "record_id", "created_at", name="attachment_record"),
            models.Index("workspace", "file", name="attachment_file"),
        )

    def __str__(self) -> str:
        return self.name
