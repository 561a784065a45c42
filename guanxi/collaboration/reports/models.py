from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from guanxi.collaboration.reports.gathering import MOST_LINKED, gather
from guanxi.collaboration.reports.periods import DAY, PERIODS, first_day, span_of, zone_of
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.models import Record, record_indexes
from guanxi.platform.tenancy.models import WorkspaceModel

DRAFT, SUBMITTED, READ = "draft", "submitted", "read"
LONGEST = 5_000
_WRITTEN = ("review", "plan", "companies")
_KEPT = ("period", "day", "owner", "team")


class WorkReport(Record):
    """What one member reports of one day, or of the week that begins on it.

    owner      the member; team is theirs when they handed it in, by which rights are asked
    facts      [{"object", "what", "count", "ids"}]: what was done; telling.py words it
    companies  the customers that it was about
    """

    object_name: ClassVar[str] = "work_report"

    name = models.CharField(max_length=200, default="", blank=True)
    period = models.CharField(max_length=4, default=DAY)
    day = models.DateField()
    status = models.CharField(max_length=9, default=DRAFT)
    facts: Any = models.JSONField(default=list)
    companies = models.JSONField(default=list)
    activities = models.PositiveIntegerField(default=0)
    review = models.TextField(null=True, blank=True)
    plan = models.TextField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    read_by_id = models.BigIntegerField(null=True, editable=False)
    comment = models.TextField(null=True, blank=True)

    class Meta(Record.Meta):
        db_table = "collaboration_work_report"
        indexes = (
            *record_indexes("work_report", "day", "status", "submitted_at"),
            models.Index("workspace", "owner", "day", "period", name="work_report_of_day"),
        )

    def derive(self, changed: set[str]) -> None:
        """What was done is gathered when it is begun, and again when it is handed in: more came since."""
        member = self._member() if self._state.adding or self.status == SUBMITTED else None
        if self._state.adding:
            today = datetime.now(zone_of(member) if member else UTC).date()
            self.day = first_day(self.period, self.day or today)
        if member is not None and (self._state.adding or "status" in changed):
            found = gather(member, span_of(member, self.period, self.day))
            self.facts, self.activities = found.facts, found.activities
            self.companies = list(dict.fromkeys([*self.companies, *found.companies]))[:MOST_LINKED]
        if self._state.adding:
            year, week, _weekday = self.day.isocalendar()
            when = f"{self.day:%Y-%m-%d}" if self.period == DAY else f"{year}-W{week:02}"
            self.name = f"{when} · {member.display_name}" if member else when
        super().derive(changed | {"name"})

    def verify(self, changed: set[str]) -> None:
        super().verify(changed)
        for name in ("review", "plan"):
            if len(getattr(self, name) or "") > LONGEST:
                raise _wrong(name, _("%(most)s characters at most.") % {"most": LONGEST})
        if self._state.adding:
            self._verify_begun()
            return
        if moved := [name for name in _KEPT if name in changed]:
            raise _wrong(moved[0], _("A report stays with its member and its day."))
        if self.status != DRAFT and (said := [name for name in _WRITTEN if name in changed]):
            raise _wrong(said[0], _("This was handed in. Take it back to change it."))

    def _verify_begun(self) -> None:
        # The member's row is held: two who begin the same report at once get one.
        member = Member.objects.select_for_update().filter(pk=self.owner_id).first()
        if member is None or self.created_by_id not in (None, member.pk):
            raise _wrong("owner", _("Everybody begins their own report."))
        if self.period not in PERIODS:
            raise _wrong("period", _("A report is of a day or of a week."))
        if span_of(member, self.period, self.day).start > datetime.now(UTC):
            raise _wrong("day", _("That has not begun yet."))
        others = WorkReport.objects.filter(owner=self.owner_id, period=self.period, day=self.day)
        if others.exists():
            raise _wrong("day", _("There is a report of that time already."))

    def verify_archiving(self) -> None:
        if self.status != DRAFT:
            raise _wrong("status", _("This was handed in, and stays."))

    def _member(self) -> Member | None:
        found: Member | None = (
            Member.objects.select_related("user", "workspace").filter(pk=self.owner_id).first()
        )
        return found


class ReportPolicy(WorkspaceModel):
    """Which reports a workspace asks for; without a row none, and each member may write one all the same."""

    daily = models.BooleanField(default=False)
    weekly = models.BooleanField(default=False)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_report_policy"
        constraints = (models.UniqueConstraint("workspace", name="report_policy_once"),)

    def __str__(self) -> str:
        return f"{self.daily} {self.weekly}"


def _wrong(name: str, words: str) -> InvalidValues:
    return InvalidValues({name: [FieldError("report", words)]})
