"""Who may read whose report, and the reports of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from guanxi.collaboration.reports.models import DRAFT, ReportPolicy, WorkReport
from guanxi.collaboration.reports.objects import WORK_REPORT
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.records.access import within_scope


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a report of a member would stand that was handed in, as the access rule asks of a record."""

    workspace_id: int
    owner_id: int
    team_id: int | None


def leads(by: Actor, standing: Standing | WorkReport) -> bool:
    """Whether who is asking may edit reports of that member, which are not their own: they read them."""
    return standing.owner_id != by.member_id and within_scope(WORK_REPORT, standing, by, access="edit")


def reports_of(period: str, day: date, *, by: Actor) -> tuple[list[Member], dict[int, WorkReport]]:
    """The members whose reports the actor reads, and those of that time that were handed in."""
    rows = Member.objects.filter(left_at=None, user__deactivated_at=None).select_related("user", "workspace")
    members = [
        one for one in rows.order_by("pk") if leads(by, Standing(one.workspace_id, one.pk, one.team_id))
    ]
    handed = WorkReport.objects.filter(period=period, day=day, archived_at=None).exclude(status=DRAFT)
    read = [one for one in handed.filter(owner__in=[each.pk for each in members]) if leads(by, one)]
    return members, {int(one.owner_id): one for one in read if one.owner_id is not None}


def own_reports(by: Actor, *, limit: int = 10) -> list[WorkReport]:
    """The actor's own, the newest first."""
    rows = WorkReport.objects.filter(owner=by.member_id, archived_at=None)
    return list(rows.order_by("-day", "-period")[:limit])


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
