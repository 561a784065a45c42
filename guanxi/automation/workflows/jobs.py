from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.automation.workflows.hearing import look_back
from guanxi.automation.workflows.running import Next, advance
from guanxi.automation.workflows.sweeping import sweep_clock, sweep_runs
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule


@task(priority=5)
@policy(attempts=5, timeout=timedelta(minutes=10))
def advance_runs(run_ids: list[int]) -> None:
    """Go on with these runs; one that is about to call another system gets a job of its own."""
    for run_id in run_ids:
        _went_on(run_id, advance(run_id, inside=True))


@task()
@policy(attempts=5, timeout=timedelta(minutes=10))
def call_outside(run_id: int) -> None:
    """Go on with a run, calls to other systems included."""
    _went_on(run_id, advance(run_id))


def _went_on(run_id: int, came: Next) -> None:
    if came is Next.OUTSIDE:
        call_outside.enqueue(run_id=run_id)
    if came is not Next.ENDED:  # most have ended, and wait for nothing
        look_back(run_id)


@schedule("workflows", cron="* * * * *", per_workspace=True)
@task()
@policy(unique=True)
def look_at_the_clock() -> None:
    """What is due by the clock: dates, schedules, conditions that have lasted, runs that wait."""
    with transaction.atomic():
        sweep_clock(timezone.now())
    with transaction.atomic():
        sweep_runs(timezone.now())
