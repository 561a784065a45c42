"""Tasks by the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from cronsim import CronSim
from django.db import transaction
from django.utils import timezone
from django_tasks.base import Task

from guanxi.platform.jobs.models import ScheduleState
from guanxi.platform.tenancy.context import nowhere

SCHEDULES: dict[str, Schedule] = {}
_T = TypeVar("_T", bound=Task[Any, Any])


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    cron: str
    task: Task[Any, Any]
    per_workspace: bool

    def after(self, moment: datetime) -> datetime:
        """The next time after a moment, UTC."""
        return next(CronSim(self.cron, moment))


def schedule(name: str, *, cron: str, per_workspace: bool = False) -> Callable[[_T], _T]:
    """Enqueue a task (without arguments) by the clock; stands above `@task()` in a `jobs.py`.

    cron           five fields, UTC; after a standstill it runs once, not once for each time that was missed
    per_workspace  one job in each open workspace, instead of one for the installation
    """

    def register(task: _T) -> _T:
        if name in SCHEDULES:
            raise ValueError(f"two schedules are called {name!r}")
        SCHEDULES[name] = Schedule(name, cron, task, per_workspace)
        SCHEDULES[name].after(timezone.now())  # a wrong cron line fails here, at the start
        return task

    return register


def run_due_schedules() -> int:
    """Enqueue what is due; returns how many. Of several workers that see it, one enqueues it."""
    now = timezone.now()
    known = {row.name: row for row in ScheduleState.objects.all()}
    done = 0
    for one in SCHEDULES.values():
        row = known.get(one.name)
        if row is None or row.cron != one.cron:
            ScheduleState.objects.update_or_create(
                pk=one.name, defaults={"cron": one.cron, "next_at": one.after(now)}
            )
        elif row.next_at <= now:
            done += _enqueue(one, due=row.next_at, now=now)
    return done


def _enqueue(one: Schedule, *, due: datetime, now: datetime) -> int:
    from guanxi.platform.jobs.jobs import enqueue_in_each_workspace

    with nowhere(), transaction.atomic():
        # Only one worker still finds the old time; the job comes with the same commit.
        claimed = ScheduleState.objects.filter(pk=one.name, next_at=due).update(
            next_at=one.after(max(now, due)), last_at=now
        )
        if claimed and one.per_workspace:
            enqueue_in_each_workspace.enqueue(one.task.module_path)
        elif claimed:
            one.task.enqueue()
        return claimed
