"""Each morning: which contracts end soon, and which have ended."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.records.writing import settle_record
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.sales.contracts.models import Contract


@schedule("contracts that end", cron="20 21 * * *", per_workspace=True)
@task()
@policy(unique=True)
@transaction.atomic
def watch_contracts() -> int:
    """States contract.expiring as many days ahead as each says, and contract.expired; returns how many."""
    today, by, told = timezone.localdate(), system_actor(require_workspace_id(), "Guanxi"), 0
    going = Contract.objects.filter(status__in=("active", "expiring"), archived_at=None)
    for one in going.filter(runs_until__isnull=False).order_by("pk"):
        state = one.state_on(today)
        if state != one.status:
            settle_record(one, {"status": state}, by=by, verb="change", stated=state)
            told += 1
    return told
