"""What the clock does for pools."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.pools.models import Pool, PoolView
from guanxi.sales.pools.recycling import run_rules
from guanxi.sales.pools.simulating import draft_rule, replay

VIEWS_KEPT = timedelta(days=90)


SHOWN = 50  # of what a rule would have taken; the figures are of all


@task(queue_name="long")
@policy(attempts=1, timeout=timedelta(hours=1))
def replay_rule(pool_id: int, member_id: int, values: dict[str, Any]) -> dict[str, Any]:
    """What a rule that a member has typed would have done in the last quarter; only the answer is kept."""
    with reading():
        member = working_member(member_id=member_id)
        if member is None:
            return {}
        draft = draft_rule(Pool.objects.get(pk=pool_id), values, by=actor_for(member))
        return replay(draft).told(SHOWN)


@schedule("pools", cron="10 * * * *", per_workspace=True)
@task()
@policy(unique=True, timeout=timedelta(hours=1))
def recycle() -> None:
    """Take back what the rules say, and tell owners before; who opened what is forgotten later."""
    run_rules()
    with transaction.atomic():
        PoolView.objects.filter(day__lt=(timezone.now() - VIEWS_KEPT).date()).delete()
