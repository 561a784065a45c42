"""Housekeeping of the warehouse."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from guanxi.analytics.warehouse.feeding import rebuild, tidy
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import require_workspace_id


@schedule("warehouse.tidy", cron="23 * * * *", per_workspace=True)
@task(queue_name="long")
@policy(attempts=2, timeout=timedelta(hours=2), unique=True)
def tidy_warehouse() -> None:
    """Fold what has grown, remove files that nobody reads any more."""
    tidy(require_workspace_id())


@schedule("warehouse.rebuild", cron="50 17 * * 6", per_workspace=True)
@task(queue_name="long")
@policy(attempts=3, timeout=timedelta(hours=6), unique=True)
def rebuild_warehouse() -> None:
    """All files anew, once a week: what changes without a fact of its record is right again after it."""
    rebuild()
