from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.collaboration.reports.actions import begin_report
from guanxi.collaboration.reports.gathering import zone_of
from guanxi.collaboration.reports.models import DAY, WEEK, WorkReport
from guanxi.collaboration.reports.queries import policy_of, wants
from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.holidays import add_working_days, is_working_day
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.identity.models import Member
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import require_workspace_id

EVENING, MORNING = time(17, 30), time(9)


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
        members = list(
            Member.objects.filter(left_at=None, user__deactivated_at=None).select_related("user", "workspace")
        )
    begun = 0
    for member in members:
        for period in ([DAY] if asked.daily else []) + ([WEEK] if asked.weekly else []):
            if _ends(member, period, now):
                begun += _begin(member, period, now)
    _remind(members, now)
    return begun


def _ends(member: Member, period: str, now: datetime) -> bool:
    """Whether the working day, or the last one of the week, comes to its end where the member lives."""
    local, country = now.astimezone(zone_of(member)), member.workspace.country
    if local.time() < EVENING or not is_working_day(local.date(), country):
        return False
    after = add_working_days(local.date(), 1, country)
    return period == DAY or after.isocalendar()[:2] != local.date().isocalendar()[:2]


@transaction.atomic
def _begin(member: Member, period: str, now: datetime) -> int:
    report, new = begin_report(member, period=period, day=now.astimezone(zone_of(member)).date(), now=now)
    if new:
        _tell(report, "drafted")
    return int(new)


@transaction.atomic
def _remind(members: list[Member], now: datetime) -> None:
    """Once, on the morning after."""
    drafts = WorkReport.objects.select_for_update(skip_locked=True).filter(
        wants(policy_of()),
        state=WorkReport.State.DRAFT,
        reminded_at=None,
        made_at__gt=now - timedelta(days=7),
    )
    zones = {one.pk: (zone_of(one), one.workspace.country) for one in members}
    for report in drafts:
        if report.owner_id not in zones:
            continue
        zone, country = zones[report.owner_id]
        local, made = now.astimezone(zone), report.made_at.astimezone(zone)
        if local.date() > made.date() and local.time() >= MORNING and is_working_day(local.date(), country):
            report.reminded_at = now
            report.save(update_fields=["reminded_at"])
            _tell(report, "reminded")


def _tell(report: WorkReport, verb: str) -> None:
    by = system_actor(require_workspace_id(), "work_reports")
    data = {"of": [str(report.owner_id)]}
    state_fact("work_report", verb, report.pk, by=by, title=str(report), data=data)
