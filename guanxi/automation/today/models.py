from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Snooze(WorkspaceModel):
    """A row of one member's Today that does not come back before a moment."""

    class Kind(models.TextChoices):
        LATER = "later"
        DONE = "done"
        WAVED = "waved"

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


class Answer(WorkspaceModel):
    """What a member did with a row of their Today: from these Today learns (learning.py)."""

    class Kind(models.TextChoices):
        DONE = "done"
        WAVED = "waved"
        LATER = "later"
        HANDED = "handed"

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    rule = models.CharField(max_length=40)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_answer"
        indexes = (models.Index("workspace", "member", "at", name="automation_answer_of"),)

    def __str__(self) -> str:
        return f"{self.member_id} {self.rule}: {self.kind}"
