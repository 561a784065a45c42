from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

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
