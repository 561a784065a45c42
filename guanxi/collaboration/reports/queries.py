"""Who may read whose report, and the reports of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.collaboration.reports.models import ReportPolicy, WorkReport
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.records.access import within_scope


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands, as the access rule asks of a record of theirs."""

    workspace_id: int
    owner_id: int
    team_id: int | None


def leads(by: Actor, standing: Standing | WorkReport) -> bool:
    """Whether who is asking may edit that member's activities: they read the reports, too."""
    return standing.owner_id != by.member_id and within_scope(ACTIVITY, standing, by, access="edit")


def find_report(report_id: int, *, by: Actor) -> WorkReport:
    """The actor's own, or one that was handed in to them; raises NotFound. A draft is its writer's alone."""
    found: WorkReport | None = WorkReport.objects.filter(pk=report_id).first() if report_id < 2**63 else None
    if found is None:
        raise NotFound(f"work_report {report_id}")
    own = found.owner_id == by.member_id
    if not own and (found.state == WorkReport.State.DRAFT or not leads(by, found)):
        raise NotFound(f"work_report {report_id}")
    return found


def reports_of(period: str, day: date, *, by: Actor) -> tuple[list[Member], dict[int, WorkReport]]:
    """The members whose reports the actor reads, and those of that time that were handed in."""
    rows = Member.objects.filter(left_at=None, user__deactivated_at=None).select_related("user", "workspace")
    members = [
        one for one in rows.order_by("pk") if leads(by, Standing(one.workspace_id, one.pk, one.team_id))
    ]
    handed = WorkReport.objects.filter(period=period, day=day).exclude(state=WorkReport.State.DRAFT)
    return members, {one.owner_id: one for one in handed.filter(owner_id__in=[each.pk for each in members])}


def own_reports(by: Actor, *, limit: int = 10) -> list[WorkReport]:
    """The actor's own, the newest first."""
    return list(WorkReport.objects.filter(owner_id=by.member_id).order_by("-day", "-period")[:limit])


def leaders_of(member: Member) -> list[int]:
    """Who is told when a member hands in: the head of the nearest team above who is somebody else."""
    team = Team.objects.filter(pk=member.team_id).first() if member.team_id else None
    while team is not None:
        if team.head_id and team.head_id != member.pk:
            return [team.head_id]
        team = Team.objects.filter(pk=team.parent_id).first() if team.parent_id else None
    return []


def policy_of() -> ReportPolicy:
    """What the workspace asks for."""
    return ReportPolicy.objects.first() or ReportPolicy()


def wants(policy: ReportPolicy) -> Q:
    """The reports that the workspace asks for."""
    return Q(period__in=[*(["day"] if policy.daily else []), *(["week"] if policy.weekly else [])])
