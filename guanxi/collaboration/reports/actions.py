"""Verbs of work reports: begin, write, hand in, take back, read; each for whom it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from guanxi.collaboration.reports.gathering import ahead_of
from guanxi.collaboration.reports.models import DRAFT, LONGEST, READ, SUBMITTED, ReportPolicy, WorkReport
from guanxi.collaboration.reports.objects import WORK_REPORT
from guanxi.collaboration.reports.periods import PERIODS, first_day, span_of
from guanxi.collaboration.reports.queries import leaders_of, leads, policy_of
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.records.access import find_record
from guanxi.platform.records.trash.actions import in_trash, restore_deleted
from guanxi.platform.records.writing import change_record, create_record, restore_record, settle_record

_WRITTEN = ("review", "plan")


@transaction.atomic
def begin_report(member: Member, *, period: str, day: date, by: Actor, tell: bool = False) -> WorkReport:
    """The report of a member for that time, made from the facts unless it is there.

    tell   whether the member is told that it is ready
    Two who begin it at once get the same one. One that was thrown away comes back. Raises Refused, and
    InvalidValues for a time that has not begun.
    """
    if period in PERIODS:
        Member.objects.select_for_update().get(pk=member.pk)
        if (found := find_begun(member, period=period, day=day)) is not None:
            return _brought_back(found, by)
    day = first_day(period, day)
    with translation.override(member.user.language or member.workspace.language):
        plan = "\n".join(ahead_of(member, span_of(member, period, day)))[:LONGEST]
    values = {"period": period, "day": day.isoformat(), "plan": plan or None, "owner": member.pk}
    data = {"of": [str(member.pk)]} if tell else {}
    made: WorkReport = create_record(object=WORK_REPORT.name, values=values, by=by, data=data)
    return made


def find_begun(member: Member, *, period: str, day: date) -> WorkReport | None:
    """The report of that time, if there is one."""
    rows = WorkReport.objects.filter(owner=member.pk, period=period, day=first_day(period, day))
    found: WorkReport | None = rows.order_by("pk").first()
    return found


def write_report(report: WorkReport, *, review: str, plan: str, by: Actor) -> WorkReport:
    """Keep what the member says and plans. Raises NotFound, Refused for another's, InvalidValues."""
    if report.owner_id != by.member_id:
        raise Refused("work_report.change")
    values = {"review": review.strip() or None, "plan": plan.strip() or None}
    written: WorkReport = change_record(report, values, by=by)
    return written


@transaction.atomic
def hand_in(report: WorkReport, *, by: Actor, **said: str | None) -> Any:
    """Read-only from then on, and the leader told. What came since it was begun is gathered again.

    said   `review` and `plan`, where they are given; what is not stays as it was
    Raises NotFound, Refused for somebody else's, InvalidValues for one that was handed in.
    """
    current = _own(report, by, "hand_in")
    if current.status != DRAFT:
        raise _wrong("status", _("This was handed in. Take it back to change it."))
    values: dict[str, Any] = {name: (said[name] or "").strip() or None for name in _WRITTEN if name in said}
    for name, text in values.items():
        if len(text or "") > LONGEST:
            raise _wrong(name, _("%(most)s characters at most.") % {"most": LONGEST})
    member = Member.objects.select_related("user", "workspace").get(pk=current.owner_id)
    values |= {"team": member.team_id, "status": SUBMITTED, "submitted_at": datetime.now(UTC)}
    data = {"of": [str(one) for one in leaders_of(member)]}
    return settle_record(current, values, by=by, verb="hand_in", stated="submitted", data=data)


@transaction.atomic
def take_back(report: WorkReport, *, by: Actor) -> Any:
    """A report that nobody has read yet is a draft again. Raises NotFound, Refused, InvalidValues."""
    current = _own(report, by, "take_back")
    if current.status != SUBMITTED:
        raise _wrong("status", _("This has been read, or was not handed in."))
    values = {"status": DRAFT, "submitted_at": None}
    return settle_record(current, values, by=by, verb="take_back", stated="withdrawn")


@transaction.atomic
def mark_read(report: WorkReport, *, by: Actor, comment: str | None = None) -> Any:
    """Say that it was read, with a word on it or without; the member is told.

    Raises NotFound, Refused for one's own, InvalidValues.
    """
    current = find_record(WORK_REPORT, report.pk, by=by, access="edit", lock=True)
    if not leads(by, current):
        raise Refused("work_report.mark_read")
    said = (comment or "").strip()
    if current.status == DRAFT:
        raise _wrong("status", _("This was not handed in yet."))
    if len(said) > LONGEST:
        raise _wrong("comment", _("%(most)s characters at most.") % {"most": LONGEST})
    values = {
        "status": READ, "read_at": datetime.now(UTC), "read_by": by.member_id, "comment": said or None,
    }  # fmt: skip
    data = {"of": [str(current.owner_id)], "comment": said[:200]}
    return settle_record(current, values, by=by, verb="mark_read", stated="read", data=data)


def may_hand_in(report: WorkReport, by: Actor) -> bool:
    """Whether pages offer it to be written on."""
    return report.owner_id == by.member_id and report.status == DRAFT


def may_take_back(report: WorkReport, by: Actor) -> bool:
    """Whether pages offer to take it back."""
    return report.owner_id == by.member_id and report.status == SUBMITTED


def may_mark_read(report: WorkReport, by: Actor) -> bool:
    """Whether pages offer to say that it was read."""
    return report.status == SUBMITTED and leads(by, report)


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


def _own(report: WorkReport, by: Actor, verb: str) -> WorkReport:
    """The actor's own, held; raises NotFound and Refused."""
    found: WorkReport = find_record(WORK_REPORT, report.pk, by=by, access="edit", lock=True)
    if found.owner_id != by.member_id:
        raise Refused(f"work_report.{verb}")
    return found


def _brought_back(report: WorkReport, by: Actor) -> WorkReport:
    if report.archived_at is None or report.owner_id != by.member_id:
        return report
    back: WorkReport = (
        restore_deleted(WORK_REPORT, report.pk, by=by)
        if in_trash(WORK_REPORT, report.pk)
        else restore_record(report, by=by)
    )
    return back


def _wrong(name: str, words: str) -> InvalidValues:
    return InvalidValues({name: [FieldError("report", words)]})
