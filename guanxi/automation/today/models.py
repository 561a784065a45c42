from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Snooze(WorkspaceModel):
    """A row of one member's Today that does not come back before a moment."""

    class Kind(models.TextChoices):
        LATER = "later"
        DONE = "done"

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    rule = models.CharField(max_length=40)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_snooze"
        indexes = (models.Index("workspace", "member", "until", name="automation_snooze_live"),)

    def __str__(self) -> str:
        return f"{self.rule} {self.object} {self.record_id}"
