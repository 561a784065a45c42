from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class MergedRecord(WorkspaceModel):
    """A record that was merged into another one: its address leads there.

    into_id    the record that it is part of now; moves on when that one is merged, too
    batch_id   of the merge: what undoes it
    """

    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    batch_id = models.BigIntegerField()

    class Meta(WorkspaceModel.Meta):
        db_table = "records_merged"
        indexes = (models.Index("workspace", "object", "into_id", name="records_merged_into"),)
        constraints = (
            models.UniqueConstraint(fields=("workspace", "object", "record_id"), name="records_merged_once"),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} → {self.into_id}"
