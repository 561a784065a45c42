"""Each morning: what is due, what is late, and what is so late that somebody else must know."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.records.writing import settle_record
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.instalments.models import CLOSED, Instalment


@schedule("payments that are due", cron="25 21 * * *", per_workspace=True)
@task()
@policy(unique=True)
@transaction.atomic
def watch_instalments() -> int:
    """States instalment.due, .overdue and .escalated where the day says so; returns how many."""
    today, by, told = timezone.localdate(), system_actor(require_workspace_id(), "Guanxi"), 0
    going = Instalment.objects.filter(archived_at=None).exclude(status__in=CLOSED)
    for one in going.order_by("pk"):
        if (state := one.state_on(today)) != one.status:
            settle_record(one, {"status": state}, by=by, verb="change", stated=state)
            told += 1
    return told
