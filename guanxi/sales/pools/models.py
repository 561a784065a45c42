from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.models import Record, record_indexes
from guanxi.platform.records.sharing.models import Grantee
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace, WorkspaceModel


class Pool(Record):
    """A place for what belongs to nobody.

    holds         the object whose records it has
    blind         contact data is veiled until somebody claims
    claim_limit   records that a member may claim in a day
    hold_limit    records that a member may own, where their row of PoolMember says nothing else
    count_won     whether customers who have bought count among those
    wait_days     for so long the owner before may not claim what came from them
    daily_view    records of the pool that a member may open in a day
    """

    object_name: ClassVar[str] = "pool"

    name = models.CharField(max_length=200)
    holds = models.CharField(max_length=20, default="company")
    blind = models.BooleanField(default=True)
    claim_limit = models.PositiveIntegerField(null=True, blank=True)
    hold_limit = models.PositiveIntegerField(null=True, blank=True)
    count_won = models.BooleanField(default=False)
    wait_days = models.PositiveIntegerField(null=True, blank=True)
    daily_view = models.PositiveIntegerField(null=True, blank=True)
    about = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "sales_pool"
        indexes = record_indexes("pool")

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        renew_standing(self.workspace_id)

    def keep_parts(self) -> None:
        renew_standing(self.workspace_id)  # of many that are changed at once none is saved by itself


class PoolMember(WorkspaceModel):
    """A member, team or role that sees a pool and claims from it.

    administers   also sees what is veiled, assigns and moves
    hold_limit    of each of them; null: the pool's
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="members", db_index=False)
    grantee_kind = models.CharField(max_length=6, choices=Grantee.choices)
    grantee_id = models.BigIntegerField()
    administers = models.BooleanField(default=False)
    hold_limit = models.PositiveIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_pool_member"
        constraints = (
            models.UniqueConstraint("workspace", "pool", "grantee_id", name="sales_pool_member_once"),
        )

    def __str__(self) -> str:
        return f"{self.grantee_kind} {self.grantee_id} in {self.pool_id}"


class PoolRule(Record):
    """What comes back into a pool by itself.

    kind         "silent": days without contact · "no_deal": days without a deal · "date": days after a day
                 that a field says (before it where they are negative) · "contract": from so many days before
                 the customer's last contract ends on, unless a later one runs or is on its way
    date_field   the field of a "date" rule
    work_days    days are working days of the workspace's country
    filter       which records, in the text form of lists; "" for all
    keep_won     who has bought stays
    warn_days    so many days before it happens the owner is told
    """

    object_name: ClassVar[str] = "pool_rule"

    class Kind(models.TextChoices):
        SILENT = "silent"
        NO_DEAL = "no_deal"
        DATE = "date"
        CONTRACT = "contract"

    name = models.CharField(max_length=200)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="rules", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SILENT)
    days = models.IntegerField(default=30)
    date_field = models.CharField(max_length=60, null=True, blank=True)
    work_days = models.BooleanField(default=False)
    filter = models.TextField(null=True, blank=True)
    keep_won = models.BooleanField(default=True)
    warn_days = models.PositiveIntegerField(default=3)
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        db_table = "sales_pool_rule"
        indexes = record_indexes("pool_rule", "pool")

    def verify(self, changed: set[str]) -> None:
        if self.kind != self.Kind.DATE and self.days < 1:
            raise InvalidValues({"days": [FieldError("range", _("At least one day."))]})
        if self.kind == self.Kind.DATE and not self.date_field:
            raise InvalidValues({"date_field": [FieldError("required", _("Say which day counts."))]})
        if self.kind == self.Kind.CONTRACT and self.pool.holds != "company":
            raise InvalidValues({"kind": [FieldError("of", _("Only customers have contracts."))]})


class PoolMove(WorkspaceModel):
    """A record went into a pool, out of it or to another: what limits count and the pool's log tells.

    how   "claimed", "assigned", "returned", "recycled", "moved"
    """

    pool_id = models.BigIntegerField()
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=200, default="")
    how = models.CharField(max_length=10)
    from_id = models.BigIntegerField(null=True)
    to_id = models.BigIntegerField(null=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, default="")
    reason = models.CharField(max_length=200, default="")
    at = models.DateTimeField(default=timezone.now)

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_pool_move"
        indexes = (
            models.Index("workspace", "pool_id", "at", name="pool_move_log"),
            models.Index("workspace", "pool_id", "to_id", "how", "at", name="pool_move_claims"),
            models.Index("workspace", "object", "record_id", name="pool_move_record"),
        )

    def __str__(self) -> str:
        return f"{self.how} {self.object} {self.record_id}"


class PoolView(WorkspaceModel):
    """A member opened a record of a pool, on that day."""

    pool_id = models.BigIntegerField()
    member_id = models.BigIntegerField()
    record_id = models.BigIntegerField()
    day = models.DateField()

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_pool_view"
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "pool_id", "member_id", "day", "record_id"), name="sales_pool_view_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_id} saw {self.record_id}"


class PoolWarning(WorkspaceModel):
    """The owner of a record has been told that a rule will take it."""

    rule_id = models.BigIntegerField()
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    told_on = models.DateField()
    due_on = models.DateField()

    class Meta(WorkspaceModel.Meta):
        db_table = "sales_pool_warning"
        indexes = (models.Index("workspace", "rule_id", "record_id", name="pool_warning_rule"),)
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "object", "record_id", "rule_id"), name="sales_pool_warning_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} on {self.due_on}"


def renew_standing(workspace_id: int) -> None:
    """Who stands where is another matter from here on, for every process."""
    Workspace.objects.filter(pk=workspace_id).update(shares_version=new_key())
