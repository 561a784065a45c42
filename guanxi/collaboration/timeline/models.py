from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class TimelineEntry(WorkspaceModel):
    """One thing that happened, as it stands on the page of one record.

    object, record_id   the record on whose page it stands
    source_id           the activity or the fact that it tells; one entry for each page
    about, about_id     the record that it is of: the deal that was won, seen from its company
    kind                of an activity ("call"), or "event", "change", "file"
    incoming, outgoing  whether it counts as traffic, and which way it went
    """

    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    at = models.DateTimeField()
    source_id = models.BigIntegerField()
    about = models.CharField(max_length=63)
    about_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    verb = models.CharField(max_length=63, default="")
    direction = models.CharField(max_length=10, default="")
    incoming = models.SmallIntegerField(default=0)
    outgoing = models.SmallIntegerField(default=0)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200, default="")
    title = models.CharField(max_length=300, default="")
    data = models.JSONField(default=dict)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_timeline"
        indexes = (
            models.Index("workspace", "object", "record_id", "at", "source_id", name="timeline_page"),
            models.Index("workspace", "source_id", name="timeline_source"),
        )
        constraints = (
            models.UniqueConstraint("workspace", "object", "record_id", "source_id", name="timeline_once"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.kind} {self.title}"


class Traffic(WorkspaceModel):
    """How often a record's people came to us and we went to them in one week; no row for a silent week."""

    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    week = models.DateField(help_text="its Monday")
    incoming = models.PositiveIntegerField(default=0)
    outgoing = models.PositiveIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_traffic"
        constraints = (
            models.UniqueConstraint("workspace", "object", "record_id", "week", name="traffic_week"),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} {self.week}: {self.incoming} in, {self.outgoing} out"
