from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import WorkspaceModel


class Grantee(models.TextChoices):
    """To whom a record is shared. A team stands for its members and those of the teams below it."""

    MEMBER = "member"
    TEAM = "team"
    ROLE = "role"


class Share(WorkspaceModel):
    """One record, opened to a member, a team or a role whom their scope does not let see or edit it.

    writes      whether it may be edited, too
    until       when it ends by itself
    word        what the member does in this record's team ("presales"); "" for a share without a part
    rule_id     the sharing rule that made it; 0: a person did
    """

    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    grantee_kind = models.CharField(max_length=6, choices=Grantee.choices)
    grantee_id = models.BigIntegerField()
    writes = models.BooleanField(default=False)
    until = models.DateTimeField(null=True)
    word = models.CharField(max_length=40, blank=True, default="")
    rule_id = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_share"
        indexes = (
            models.Index("workspace", "object", "grantee_id", "record_id", name="records_share_held"),
            models.Index(
                "workspace", "rule_id", "record_id", name="records_share_rule", condition=Q(rule_id__gt=0)
            ),
            models.Index("workspace", "until", name="records_share_until", condition=Q(until__isnull=False)),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "object", "record_id", "grantee_id", "rule_id"),
                name="records_share_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} → {self.grantee_kind} {self.grantee_id}"


class ShareHolder(WorkspaceModel):
    """That somebody has, or had, shares of an object: who has none pays nothing for those of others.

    wide    a rule fills it: there may be very many
    """

    object = models.CharField(max_length=40)
    grantee_id = models.BigIntegerField()
    wide = models.BooleanField(default=False)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_share_holder"
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "object", "grantee_id"), name="records_share_holder_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} → {self.grantee_id}"


class ShareRule(WorkspaceModel):
    """Records that meet a condition are open to a grantee; kept as shares, which facts and a job renew.

    filter      the condition, in the text form of lists
    version     changes with what it says: a job that fills an older one stops
    filled_at   when all records were last gone through; None: that is under way
    """

    name = models.CharField(max_length=100)
    object = models.CharField(max_length=40)
    filter = models.TextField(blank=True, default="")
    grantee_kind = models.CharField(max_length=6, choices=Grantee.choices)
    grantee_id = models.BigIntegerField()
    writes = models.BooleanField(default=False)
    version = models.BigIntegerField(default=new_key)
    filled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_sharing_rule"
        indexes = (models.Index("workspace", "object", name="records_sharing_rule_object"),)

    def __str__(self) -> str:
        return self.name


class AccessRequest(WorkspaceModel):
    """A member asks to see or edit a record. Where there is no such record it is kept as well, for nobody.

    asked_of    who decides: the owner when it was asked
    granted     None until somebody decided
    """

    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    member_id = models.BigIntegerField()
    asked_of = models.BigIntegerField(null=True)
    writes = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    granted = models.BooleanField(null=True)
    answer = models.CharField(max_length=300, blank=True, default="")

    class Meta(WorkspaceModel.Meta):
        db_table = "records_access_request"
        indexes = (models.Index("workspace", "member_id", "created_at", name="records_request_mine"),)
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "object", "record_id", "member_id"),
                condition=Q(decided_at__isnull=True),
                name="records_request_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_id} asks for {self.object} {self.record_id}"


class HandOver(WorkspaceModel):
    """Everything that one member owned goes to others, in one step that can be taken back for 30 days.

    receivers   ids of members; several take turns, and what belongs to one customer stays together
    counts      object → how many records went
    """

    member_id = models.BigIntegerField()
    receivers = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    created_by_id = models.BigIntegerField(null=True)
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by_id = models.BigIntegerField(null=True)
    kept = models.PositiveIntegerField(default=0, help_text="records that had changed since and stayed")

    class Meta(WorkspaceModel.Meta):
        db_table = "records_hand_over"
        indexes = (models.Index("workspace", "created_at", name="records_hand_over_recent"),)

    def __str__(self) -> str:
        return f"{self.member_id} → {self.receivers}"


class HandedOver(WorkspaceModel):
    """One record of a hand-over: what it takes to give it back, if nobody has changed it since."""

    hand_over_id = models.BigIntegerField()
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    team_id = models.BigIntegerField(null=True, help_text="before")
    receiver_id = models.BigIntegerField()
    version = models.PositiveIntegerField(help_text="after")

    class Meta(WorkspaceModel.Meta):
        db_table = "records_handed_over"
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "hand_over_id", "object", "record_id"), name="records_handed_over_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} → {self.receiver_id}"
