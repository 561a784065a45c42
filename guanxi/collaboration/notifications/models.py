from __future__ import annotations

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.models import WorkspaceModel


class Notification(WorkspaceModel):
    """One thing that one member was told.

    object, record_id   the record it leads to; record_id 0 stands for several records of the object
    fact_id             the fact it came from: heard twice, a member is still told once
    text                the member's own words to go with it: what was written, what to be reminded of
    """

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    verb = models.CharField(max_length=63, default="")
    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    fact_id = models.BigIntegerField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200, default="")
    text = models.CharField(max_length=300, default="")
    count = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_notification"
        indexes = (
            models.Index("workspace", "member", "at", "id", name="notification_list"),
            models.Index(
                "workspace", "member", name="notification_unread", condition=Q(read_at__isnull=True)
            ),
        )
        constraints = (models.UniqueConstraint("workspace", "member", "fact_id", name="notification_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.object} {self.record_id}"


class NotificationChoice(WorkspaceModel):
    """The kinds that a member has switched on or off; what is not named is as it comes."""

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    kinds = models.JSONField(default=dict, help_text="kind → whether it is wanted")

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_notification_choice"
        constraints = (models.UniqueConstraint("workspace", "member", name="notification_choice_member"),)

    def __str__(self) -> str:
        return f"{self.member_id}: {self.kinds}"


class Follow(WorkspaceModel):
    """A member who wants to hear what happens to a record that is not theirs."""

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    since = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_follow"
        constraints = (
            models.UniqueConstraint("workspace", "object", "record_id", "member", name="follow_once"),
        )

    def __str__(self) -> str:
        return f"{self.member_id} follows {self.object} {self.record_id}"
