from __future__ import annotations

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.models import WorkspaceModel
from guanxi.platform.tenancy.sealing import SealedText

CHANNELS = ("email", "push", "robot")  # beside the page, on which everything stands


class Notification(WorkspaceModel):
    """One thing that one member was told.

    object, record_id   the record it leads to; record_id 0 stands for several records of the object
    fact_id             the fact it came from: heard twice, a member is still told once
    count               how many it stands for: records, or files of the one record
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
    """What a member wants to be told, by which channels and when; what is not named is as it comes.

    quiet_from, quiet_until   by the member's clock; both or neither
    robot_url, robot_secret   where the robot is, with its token, and what signs; no page shows them again
    """

    class Digest(models.TextChoices):
        NONE = ""
        DAILY = "daily"
        WEEKLY = "weekly"

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    kinds = models.JSONField(default=dict, help_text="kind → whether it is wanted")
    channels = models.JSONField(default=dict, help_text='kind → some of "email", "push", "robot", "urgent"')
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    digest = models.CharField(max_length=6, choices=Digest.choices, default=Digest.NONE)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    digest_day = models.PositiveSmallIntegerField(default=0, help_text="of the weekly one; 0 is Monday")
    robot = models.CharField(max_length=8, default="")
    robot_url = SealedText(default="")
    robot_secret = SealedText(default="")

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_notification_choice"
        constraints = (models.UniqueConstraint("workspace", "member", name="notification_choice_member"),)

    def __str__(self) -> str:
        return f"{self.member_id}: {self.kinds}"


class Sending(WorkspaceModel):
    """A notification that is to go out by one channel; deleted in the transaction that hands it over."""

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=5)
    due_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_sending"
        indexes = (models.Index("workspace", "member", "channel", "due_at", name="sending_due"),)
        constraints = (models.UniqueConstraint("workspace", "notification", "channel", name="sending_once"),)

    def __str__(self) -> str:
        return f"{self.channel} of {self.notification_id}"


class Browser(WorkspaceModel):
    """A browser that takes messages for a member, as the Push API describes it.

    signed_in_at   when the member signed in there, which tells the session: messages go as long as it lasts.
                   Without one as long as the member is signed in anywhere
    """

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    endpoint = models.CharField(max_length=1000)
    key = models.CharField(max_length=100, help_text="p256dh: the browser's public key")
    auth = models.CharField(max_length=50)
    name = models.CharField(max_length=300, default="")
    since = models.DateTimeField(auto_now_add=True)
    signed_in_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_browser"
        indexes = (models.Index("workspace", "member", name="browser_member"),)
        constraints = (models.UniqueConstraint("workspace", "endpoint", name="browser_once"),)

    def __str__(self) -> str:
        return self.name


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
