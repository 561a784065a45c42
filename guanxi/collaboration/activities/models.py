from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record, record_indexes


class Activity(Record):
    object_name: ClassVar[str] = "activity"
    tallies: ClassVar[tuple[Tally, ...]] = (Tally("all"),)
    title_attribute: ClassVar[str] = "subject"

    subject = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, default="note")
    direction = models.CharField(max_length=10, default="none")
    body = models.TextField(null=True, blank=True)
    about = models.JSONField(default=list)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)  # the remind_at that was served
    done_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=20, null=True, blank=True)
    place = models.CharField(max_length=300, null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "collaboration_activity"
        indexes = (
            *record_indexes("activity", "kind", "starts_at", "due_at", "done_at"),
            models.Index(
                "workspace", "owner", "due_at",
                name="activity_open", condition=models.Q(archived_at__isnull=True, done_at__isnull=True),
            ),
            models.Index(
                "workspace", "remind_at",
                name="activity_remind", condition=models.Q(archived_at__isnull=True, done_at__isnull=True),
            ),
        )  # fmt: skip

    def verify(self, changed: set[str]) -> None:
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise InvalidValues({"ends_at": [FieldError("range", _("It ends before it starts."))]})

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        if "done_at" not in changed:
            return "changed"
        return "done" if self.done_at else "reopened"

    def concerns(self) -> list[tuple[str, int]]:
        return [(str(name), int(record_id)) for name, record_id in self.about]
