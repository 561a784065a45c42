"""Housekeeping of the warehouse."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from guanxi.analytics.warehouse.feeding import rebuild, refresh, tidy
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import require_workspace_id


@schedule("warehouse.tidy", cron="23 * * * *", per_workspace=True)
@task(queue_name="long")
@policy(attempts=2, timeout=timedelta(hours=2), unique=True)
def tidy_warehouse() -> None:
    """Fold what has grown, remove files that nobody reads any more."""
    tidy(require_workspace_id())


@schedule("warehouse.refresh", cron="40 17 * * 0-5", per_workspace=True)
@task(queue_name="long")
@policy(attempts=2, timeout=timedelta(hours=4), unique=True)
def refresh_warehouse() -> None:
    """Every night but that of the rebuild: what changed without a fact of its record."""
    refresh()


@schedule("warehouse.rebuild", cron="50 17 * * 6", per_workspace=True)
@task(queue_name="long")
@policy(attempts=3, timeout=timedelta(hours=6), unique=True)
def rebuild_warehouse() -> None:
    """All files anew, once a week: the past as well, which refreshing leaves alone."""
    rebuild()
