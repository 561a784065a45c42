from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.collaboration.reports.actions import begin_report, find_begun
from guanxi.collaboration.reports.models import DRAFT, WorkReport
from guanxi.collaboration.reports.objects import WORK_REPORT
from guanxi.collaboration.reports.periods import DAY, WEEK, zone_of
from guanxi.collaboration.reports.queries import policy_of, wants
from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.hours import Span, hours_of, is_away, spans_on
from guanxi.platform.identity.models import Member
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import require_workspace_id

LAST_LOOK = "23:45"  # who works until midnight is asked when the clock looks for the last time that day


@schedule("work_reports", cron="*/15 * * * *", per_workspace=True)
@task()
@policy(unique=True)
def look_after_reports() -> int:
    """Begin the reports whose working day ends, remind of those of yesterday; returns how many were begun."""
    return look_after(timezone.now())


def look_after(now: datetime) -> int:
    """The same at a moment, in the chosen workspace."""
    with transaction.atomic():
        asked = policy_of()
        if not (asked.daily or asked.weekly):
            return 0
        rows = Member.objects.filter(left_at=None, user__deactivated_at=None)
        members = list(rows.select_related("user", "role", "workspace"))
    begun = 0
    for member in members:
        for period in ([DAY] if asked.daily else []) + ([WEEK] if asked.weekly else []):
            if _ends(member, period, now):
                begun += _begin(member, period, now)
    _remind(members, now)
    return begun


def _ends(member: Member, period: str, now: datetime) -> bool:
    """Whether the member's working day, or the last one of their week, is over where they live."""
    local = now.astimezone(zone_of(member))
    spans = _spans(member, local.date())
    if not spans or f"{local:%H:%M}" < min(spans[-1][1], LAST_LOOK):
        return False
    rest = range(1, 7 - local.weekday())
    return period == DAY or not any(_spans(member, local.date() + timedelta(days=one)) for one in rest)


def _spans(member: Member, day: date) -> tuple[Span, ...]:
    return spans_on(day, hours_of(member).week, member.workspace.country)


@transaction.atomic
def _begin(member: Member, period: str, now: datetime) -> int:
    """1 where it is new. Who is away, and whose role writes no reports, is not asked."""
    day = now.astimezone(zone_of(member)).date()
    if find_begun(member, period=period, day=day) is not None or is_away(member, now):
        return 0
    if not actor_for(member).may("create", WORK_REPORT.name):
        return 0
    by = system_actor(require_workspace_id(), "Guanxi")
    begin_report(member, period=period, day=day, by=by, tell=True)
    return 1


@transaction.atomic
def _remind(members: list[Member], now: datetime) -> None:
    """Once, when the member's next working day begins."""
    drafts = WorkReport.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        wants(policy_of()),
        status=DRAFT,
        archived_at=None,
        reminded_at=None,
        day__gt=(now - timedelta(days=14)).date(),
    )
    known = {one.pk: one for one in members}
    for report in drafts:
        if (member := known.get(report.owner_id or 0)) is None:
            continue
        local = now.astimezone(zone_of(member))
        over = report.day + timedelta(days=1 if report.period == DAY else 7)
        spans = _spans(member, local.date())
        if local.date() >= over and spans and f"{local:%H:%M}" >= spans[0][0]:
            WorkReport.objects.filter(pk=report.pk).update(reminded_at=now)
            by = system_actor(require_workspace_id(), "Guanxi")
            data = {"of": [str(report.owner_id)]}
            state_fact(WORK_REPORT.name, "reminded", report.pk, by=by, title=str(report), data=data)
