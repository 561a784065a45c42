"""What the clock does for pools."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.sales.pools.models import PoolView
from guanxi.sales.pools.recycling import run_rules

VIEWS_KEPT = timedelta(days=90)


@schedule("pools", cron="10 * * * *", per_workspace=True)
@task()
@policy(unique=True, timeout=timedelta(hours=1))
def recycle() -> None:
    """Take back what the rules say, and tell owners before; who opened what is forgotten later."""
    run_rules()
    with transaction.atomic():
        PoolView.objects.filter(day__lt=(timezone.now() - VIEWS_KEPT).date()).delete()
