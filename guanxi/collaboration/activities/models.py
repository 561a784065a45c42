from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record, record_indexes

VISIT = "visit"


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
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    position = models.CharField(max_length=60, null=True, blank=True)
    accuracy = models.PositiveIntegerField(null=True, blank=True)
    distance = models.PositiveIntegerField(null=True, blank=True)

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

    def derive(self, changed: set[str]) -> None:
        super().derive(changed)
        if "done_at" in changed and self.done_at and self.checked_in_at and not self.checked_out_at:
            # However it is ticked off: who is done has left, and was there for so long.
            self.checked_out_at = datetime.now(UTC)
            self.minutes = max(1, round((self.checked_out_at - self.checked_in_at).total_seconds() / 60))

    def verify(self, changed: set[str]) -> None:
        if self.checked_in_at:
            self._verify_visited(changed)
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise InvalidValues({"ends_at": [FieldError("range", _("It ends before it starts."))]})

    def _verify_visited(self, changed: set[str]) -> None:
        """Where and with whom somebody was does not change afterwards."""
        if "kind" in changed and self.kind != VISIT:
            raise InvalidValues(
                {"kind": [FieldError("visited", _("Somebody has checked in: it is a visit."))]}
            )
        if "about" in changed:
            words = _("Somebody has checked in there. Plan another visit for another customer.")
            raise InvalidValues({"about": [FieldError("visited", words)]})
        if "done_at" in changed and self.checked_out_at and not self.done_at:
            words = _("This visit is over. Plan another one.")
            raise InvalidValues({"done_at": [FieldError("visited", words)]})

    def fact_verb(self, changed: set[str], before: dict[str, Any]) -> str:
        if "done_at" not in changed:
            return "changed"
        return "done" if self.done_at else "reopened"

    def concerns(self) -> list[tuple[str, int]]:
        return [(str(name), int(record_id)) for name, record_id in self.about]
