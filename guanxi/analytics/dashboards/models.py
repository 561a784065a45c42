from __future__ import annotations

from typing import Any

from django.db import models

from guanxi.platform.records.models import UnitsField
from guanxi.platform.tenancy.models import WorkspaceModel


class Dashboard(WorkspaceModel):
    """Panels under a name. Whoever opens it sees the figures of what they may see themselves.

    member null: everybody's; team set: that team's
    panels: see panels.py; period, compare: what it opens with
    """

    name = models.CharField(max_length=80)
    panels = models.JSONField(default=list)
    period = models.CharField(max_length=16, default="this_year")
    compare = models.CharField(max_length=8, default="yoy", blank=True)
    member = models.ForeignKey(
        "identity.Member", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        "identity.Team", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "analytics_dashboard"
        indexes = (models.Index("workspace", "name", name="analytics_dashboard_name"),)

    def __str__(self) -> str:
        return self.name

    def belongs_to(self, by: Any) -> bool:
        """Whether the actor may change it."""
        return bool(by.administers or (by.member_id is not None and self.member_id == by.member_id))


class Delivery(WorkspaceModel):
    """A dashboard or a cube that comes to a member by mail, with the figures of what that member may see.

    address  of the page, with its filters: what is computed and where the mail leads
    next_at  when the next turn begins; turn: the one that was begun last, sent: the one that was sent last
    beyond, limit   sent only when its one figure has come "below" or "above" that; "": each time
    crossed_at      since when the figure is there, and was told
    failures, retry_at, error   how often in a row it could not be made, when it is tried again (null after a
             failure: parked until its next turn, or until its reader asks), and what was wrong
    """

    class Every(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    class Beyond(models.TextChoices):
        NONE = ""
        BELOW = "below"
        ABOVE = "above"

    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    address = models.TextField()
    every = models.CharField(max_length=5, choices=Every.choices)
    hour = models.PositiveSmallIntegerField(default=8)
    beyond = models.CharField(max_length=5, choices=Beyond.choices, default=Beyond.NONE, blank=True)
    limit = UnitsField(null=True)
    crossed_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    turn = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "analytics_delivery"
        indexes = (models.Index("workspace", "next_at", name="analytics_delivery_due"),)

    def __str__(self) -> str:
        return self.name

    @property
    def parked(self) -> bool:
        """Whether it has failed so often that nothing is tried by itself before the next turn."""
        return bool(self.failures and self.retry_at is None and self.sent < self.turn)
