"""Verbs of work reports: begin, write, hand in, take back, read; each for whom it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.collaboration.reports.gathering import ahead_of, first_day, gather, span_of
from guanxi.collaboration.reports.models import PERIODS, ReportPolicy, WorkReport
from guanxi.collaboration.reports.queries import find_report, leaders_of, leads, policy_of
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused

State = WorkReport.State
LONGEST = 5_000
_NAME = "work_report"


@transaction.atomic
def begin_report(
    member: Member, *, period: str, day: date, now: datetime | None = None
) -> tuple[WorkReport, bool]:
    """The report of a member for that time, made from the facts unless it is there; and whether it is new.

    Two who begin it at once get the same one. Raises InvalidValues for a time that has not begun.
    """
    if period not in PERIODS:
        raise _wrong("period", _("A report is of a day or of a week."))
    day = first_day(period, day)
    span, now = span_of(member, period, day), now or datetime.now(UTC)
    if span.start > now:
        raise _wrong("day", _("That has not begun yet."))
    known = WorkReport.objects.filter(owner_id=member.pk, period=period, day=day)
    if (found := known.first()) is not None:
        return found, False
    with translation.override(member.user.language or member.workspace.language):
        plan = "\n".join(ahead_of(member, span))[:LONGEST]
    made = WorkReport(
        owner_id=member.pk, team_id=member.team_id, period=period, day=day, made_at=now,
        facts=gather(member, span), plan=plan,
    )  # fmt: skip
    WorkReport.objects.bulk_create([made], ignore_conflicts=True)
    there = known.get()
    return there, there.pk == made.pk


@transaction.atomic
def write_report(report_id: int, *, review: str, plan: str, by: Actor, hand_in: bool = False) -> WorkReport:
    """Keep what the member says and plans; with `hand_in` it is read-only from then on, and the leader told.

    Raises NotFound, Refused for somebody else's, InvalidValues for one that was handed in.
    """
    report = _locked(report_id, by)
    if report.owner_id != by.member_id:
        raise Refused("work_report.write")
    if report.state != State.DRAFT:
        raise _wrong("state", _("This was handed in. Take it back to change it."))
    for name, text in (("review", review), ("plan", plan)):
        if len(text) > LONGEST:
            raise _wrong(name, _("%(most)s characters at most.") % {"most": LONGEST})
    report.review, report.plan = review.strip(), plan.strip()
    if hand_in:
        member = Member.objects.select_related("user", "workspace").get(pk=report.owner_id)
        report.facts = gather(member, span_of(member, report.period, report.day))
        report.team_id, report.state, report.submitted_at = member.team_id, State.SUBMITTED, datetime.now(UTC)
        data = {"of": [str(one) for one in leaders_of(member)]}
        state_fact(_NAME, "submitted", report.pk, by=by, title=str(report), data=data)
    report.save()
    return report


@transaction.atomic
def take_back(report_id: int, *, by: Actor) -> WorkReport:
    """A report that nobody has read yet is a draft again. Raises NotFound, Refused, InvalidValues."""
    report = _locked(report_id, by)
    if report.owner_id != by.member_id:
        raise Refused("work_report.take_back")
    if report.state != State.SUBMITTED:
        raise _wrong("state", _("This has been read, or was not handed in."))
    report.state, report.submitted_at = State.DRAFT, None
    report.save()
    state_fact(_NAME, "withdrawn", report.pk, by=by, title=str(report))
    return report


@transaction.atomic
def read_report(report_id: int, *, comment: str = "", by: Actor) -> WorkReport:
    """Say that it was read, with a word on it or without; the member is told.

    Raises NotFound, Refused for one's own, InvalidValues.
    """
    report = _locked(report_id, by)
    if not leads(by, report):
        raise Refused("work_report.read")
    if report.state == State.DRAFT:  # taken back while this waited
        raise NotFound(f"work_report {report_id}")
    if len(comment) > LONGEST:
        raise _wrong("comment", _("%(most)s characters at most.") % {"most": LONGEST})
    report.state, report.read_at, report.read_by_id = State.READ, datetime.now(UTC), by.member_id
    report.comment = comment.strip()
    report.save()
    data = {"of": [str(report.owner_id)], "comment": report.comment[:200]}
    state_fact(_NAME, "read", report.pk, by=by, title=str(report), data=data)
    return report


@transaction.atomic
def set_policy(*, daily: bool, weekly: bool, by: Actor) -> ReportPolicy:
    """Which reports the workspace asks for. Raises Refused."""
    if not by.administers:
        raise Refused("report_policy.change")
    row = policy_of()
    before: dict[str, Any] = {"daily": row.daily, "weekly": row.weekly}
    row.workspace_id, row.daily, row.weekly = by.workspace_id, daily, weekly
    row.save()
    changes = {name: [was, getattr(row, name)] for name, was in before.items() if was != getattr(row, name)}
    if changes:
        state_fact("report_policy", "changed", row.pk, by=by, title=_("Work reports"), changes=changes)
    return row


def _locked(report_id: int, by: Actor) -> WorkReport:
    found = find_report(report_id, by=by)
    held: WorkReport = WorkReport.objects.select_for_update().get(pk=found.pk)
    return held


def _wrong(name: str, words: str) -> InvalidValues:
    return InvalidValues({name: [FieldError("report", words)]})
