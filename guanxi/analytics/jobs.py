"""Housekeeping of the warehouse, and figures that come by mail."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from guanxi.analytics.dashboards.mailing import begin_turns, send_turn, unsent_turns
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


@schedule("analytics.deliveries", cron="*/5 * * * *", per_workspace=True)
@task()
@policy(attempts=3)
def deliver_figures() -> None:
    """Send what is due, and what a worker that was killed had begun."""
    begin_turns(timezone.now())
    for delivery_id, turn in unsent_turns():
        send_figures.enqueue(delivery_id=delivery_id, turn=turn)


@task(queue_name="long")
@policy(attempts=3, timeout=timedelta(minutes=10), unique=True)
def send_figures(delivery_id: int, turn: int) -> None:
    """One turn of one delivery."""
    send_turn(delivery_id, turn)


@schedule("warehouse.rebuild", cron="50 17 * * 6", per_workspace=True)
@task(queue_name="long")
@policy(attempts=3, timeout=timedelta(hours=6), unique=True)
def rebuild_warehouse() -> None:
    """All files anew, once a week: the past as well, which refreshing leaves alone."""
    rebuild()
