"""Claiming, running and finishing jobs.

A claimed job is leased: its worker renews the lease as long as it lives, and a lease that has run out
gives the job back. Leases are measured by the database's clock alone.
"""

from __future__ import annotations

import logging
import random
import traceback
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskContext
from django_tasks.signals import task_finished, task_started
from django_tasks.utils import get_module_path, normalize_json

from guanxi.platform.jobs.backend import DatabaseBackend, task_result
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import Policy, policy_of
from guanxi.platform.jobs.progress import JobCancelled, Running, running
from guanxi.platform.tenancy.context import everywhere, nowhere
from guanxi.platform.tenancy.home import at_home
from guanxi.platform.tenancy.transactions import as_if_outside, reading

MAX_CRASHES = 3
_KEPT_ERRORS = 5

_log = logging.getLogger(__name__)


class WorkerDied(RuntimeError):
    """A job's worker went away without finishing it: killed, out of memory, lost power."""


class LeaseLost(RuntimeError):
    """A job was given to another worker before this one had finished it."""


def claim(*, worker: str, queue: str, count: int = 1) -> list[Job]:
    """Take up to `count` due jobs: higher priorities first; within one, workspaces take turns."""
    with everywhere("a worker takes jobs of all workspaces"):
        with reading():
            lanes = _due_lanes(queue)
        if not lanes:
            return []
        with transaction.atomic():
            jobs: list[Job] = []
            for lane, share in _turns(lanes, count):
                wanted = min(share, count - len(jobs))
                if wanted <= 0:
                    break
                jobs += _due(queue, lane)[:wanted]
            _lease(jobs, worker)
            return jobs


def renew(jobs: list[Running], worker: str) -> None:
    """The heartbeat: prolong the leases of these jobs, write their progress, learn of cancellations."""
    with everywhere("the heartbeat of a worker's jobs"), transaction.atomic():
        mine = Job.objects.filter(worker=worker, state=Job.State.RUNNING)
        mine.filter(pk__in=[held.job.pk for held in jobs]).update(lease_until=_lease_end())
        for held in jobs:
            if held.progress != held.written:
                held.written = held.progress
                mine.filter(pk=held.job.pk).update(progress=held.written)
        asked = mine.filter(cancel_requested_at__isnull=False).values_list("pk", flat=True)
        for held in jobs:
            held.cancelled = held.job.pk in asked


def run(held: Running) -> BaseException | None:
    """Run a claimed job to its end and write down how it went; returns what it raised."""
    job = held.job
    token = running.set(held)
    policy = Policy()
    try:
        task: Task[Any, Any] = import_string(job.task)
        policy = policy_of(task.func)
        result = task_result(job, task, task.backend)
        task_started.send(DatabaseBackend, task_result=result)
        # In a caller's transaction (tests) a savepoint: a database error of the job must not break that.
        with transaction.atomic() if policy.atomic or connection.in_atomic_block else nullcontext():
            with nullcontext() if policy.atomic else as_if_outside():
                value = call(task, job, TaskContext(task_result=result))
            _finish(held, state=Job.State.SUCCESSFUL, result=normalize_json(value))
    except LeaseLost as error:
        _log.warning("%s", error)
        return error
    except JobCancelled as error:
        _finish_quietly(held, state=Job.State.CANCELLED)
        return error
    except BaseException as error:
        _failed(held, policy, error)
        if isinstance(error, KeyboardInterrupt):
            raise
        return error
    finally:
        running.reset(token)
    task_finished.send(DatabaseBackend, task_result=task_result(job, task, task.backend))
    return None


def call(task: Task[Any, Any], job: Job, context: TaskContext) -> Any:
    """Call a task in its job's workspace. A backend of another kind has to do the same two things."""
    scope: AbstractContextManager[None] = at_home(job.workspace_id) if job.workspace_id else nowhere()
    with scope:
        if task.takes_context:
            return task.call(context, *job.args, **job.kwargs)
        return task.call(*job.args, **job.kwargs)


def give_back(jobs: list[Job], worker: str) -> None:
    """Return claimed jobs that were not begun (or not finished by a worker that has to go)."""
    if not jobs:
        return
    with everywhere("jobs that a worker gives back"), transaction.atomic():
        Job.objects.filter(pk__in=[job.pk for job in jobs], worker=worker, state=Job.State.RUNNING).update(
            state=Job.State.READY, lease_until=None, attempts=F("attempts") - 1
        )


def abandon(held: Running, worker: str) -> None:
    """Fail a job that took longer than its timeout; a thread can't be stopped, so the worker goes too."""
    with everywhere("a job that hangs"), transaction.atomic():
        text = f"took longer than {policy_of(import_string(held.job.task).func).timeout}"
        Job.objects.filter(pk=held.job.pk, worker=worker, state=Job.State.RUNNING).update(
            state=Job.State.FAILED,
            finished_at=timezone.now(),
            lease_until=None,
            errors=_errors(held.job, TimeoutError(text), text),
        )


def release_expired() -> int:
    """Give back the jobs of dead workers; returns how many. A job that kills every worker fails at last."""
    with everywhere("jobs of dead workers"):
        expired = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=Now())
        with reading():
            if not expired.exists():
                return 0
        with transaction.atomic():
            jobs = list(expired.select_for_update(skip_locked=True)[:100])
            for job in jobs:
                _release(job)
            return len(jobs)


def cancel(job_id: int) -> None:
    """Cancel a job of the chosen workspace: at once if it waits, at its next sign of progress if it runs."""
    with transaction.atomic():
        now = timezone.now()
        own = Job.objects.filter(pk=job_id)
        own.filter(state=Job.State.READY).update(state=Job.State.CANCELLED, finished_at=now)
        own.filter(state=Job.State.RUNNING).update(cancel_requested_at=now)


def run_pending_jobs(*, raise_errors: bool = True) -> int:
    """Run all due jobs of all queues here and now (tests, commands); returns how many."""
    done = 0
    while True:
        jobs = [
            job for queue in settings.TASKS["default"]["QUEUES"] for job in claim(worker="here", queue=queue)
        ]
        if not jobs:
            return done
        for job in jobs:
            error = run(Running(job))
            if error is not None and raise_errors:
                raise error
            done += 1


_LANES = """
WITH RECURSIVE lanes(lane) AS (
    SELECT min(lane) FROM jobs_job WHERE state = 'ready' AND queue = %s
    UNION ALL
    SELECT (SELECT min(lane) FROM jobs_job WHERE state = 'ready' AND queue = %s AND lane > lanes.lane)
    FROM lanes WHERE lane IS NOT NULL
)
SELECT lane FROM lanes WHERE lane IS NOT NULL AND (
    SELECT min(run_at) FROM jobs_job WHERE state = 'ready' AND queue = %s AND lane = lanes.lane
) <= %s
"""


def _due_lanes(queue: str) -> list[str]:
    """Lanes that have something due. Jumps from lane to lane in the index, however long each is."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_LANES, [queue, queue, queue, now])
        return [lane for (lane,) in cursor.fetchall()]


def _turns(lanes: list[str], count: int) -> list[tuple[str, int]]:
    """Lanes in the order they are served, each with its share of what is left to give.

    Within a priority: first the workspace that has the fewest jobs running, among equals by lot.
    """
    busy = dict(
        Job.objects.filter(state=Job.State.RUNNING)
        .values_list("workspace_id")
        .annotate(Count("pk"))
        .order_by()
    )
    turns = []
    for _, group in groupby(sorted(lanes), key=lambda lane: lane[:3]):
        equals = list(group)
        random.shuffle(equals)
        equals.sort(key=lambda lane: busy.get(int(lane[3:]) or None, 0))
        turns += [(lane, ceil(count / len(equals))) for lane in equals]
    return turns


def _due(queue: str, lane: str) -> Any:
    return (
        Job.objects.filter(queue=queue, lane=lane, state=Job.State.READY, run_at__lte=timezone.now())
        .order_by("run_at", "pk")
        .select_for_update(skip_locked=True)
    )


def _lease(jobs: list[Job], worker: str) -> None:
    now = timezone.now()
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
        state=Job.State.RUNNING,
        worker=worker,
        lease_until=_lease_end(),
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Value(now)),
        last_attempted_at=now,
    )
    for job in jobs:
        job.state, job.worker, job.attempts = Job.State.RUNNING, worker, job.attempts + 1
        job.started_at, job.last_attempted_at = job.started_at or now, now


def _lease_end() -> ExpressionWrapper[Any]:
    lease = timedelta(seconds=settings.JOB_LEASE_SECONDS)
    return ExpressionWrapper(Now() + Value(lease), output_field=DateTimeField())


def _finish(held: Running, **values: Any) -> None:
    """Write the end of a job, if it is still ours; raises LeaseLost where it is not."""
    job = held.job
    for name, value in values.items():
        setattr(job, name, value)
    if job.state != Job.State.READY:
        job.finished_at = values["finished_at"] = timezone.now()
    with everywhere("a worker writes down how a job ended"), transaction.atomic():
        mine = Job.objects.filter(
            pk=job.pk, worker=job.worker, attempts=job.attempts, state=Job.State.RUNNING
        )
        if not mine.update(lease_until=None, progress=held.progress, **values):
            raise LeaseLost(f"{job.task} {job.pk} ended here, but its lease had run out and others have it")


def _finish_quietly(held: Running, **values: Any) -> None:
    try:
        _finish(held, **values)
    except LeaseLost as lost:
        _log.warning("%s", lost)


def _failed(held: Running, policy: Policy, error: BaseException) -> None:
    job = held.job
    errors = _errors(job, error, "".join(traceback.format_exception(error)))
    tried = job.attempts - job.crashes
    if tried < policy.attempts:
        _log.warning("%s %s failed (%s of %s): %r", job.task, job.pk, tried, policy.attempts, error)
        _finish_quietly(held, state=Job.State.READY, run_at=timezone.now() + _pause(tried), errors=errors)
    else:
        _log.error("%s %s failed for good", job.task, job.pk, exc_info=error)
        _finish_quietly(held, state=Job.State.FAILED, errors=errors)


def _pause(tried: int) -> timedelta:
    """10 s, 40 s, 160 s … up to an hour, spread a little: what failed together shall not return together."""
    seconds: float = min(10 * 4 ** (tried - 1), 3600) * random.uniform(0.9, 1.1)
    return timedelta(seconds=seconds)


def _release(job: Job) -> None:
    job.crashes += 1
    job.lease_until = None
    try:
        once = policy_of(import_string(job.task).func).attempts == 1
    except ImportError:
        once = False
    if once or job.crashes >= MAX_CRASHES:
        text = f"the worker {job.worker} died while it ran this job ({job.crashes} times in all)"
        job.state, job.finished_at = Job.State.FAILED, timezone.now()
        job.errors = _errors(job, WorkerDied(text), text)
    else:
        job.state = Job.State.READY
    _log.warning("%s %s: worker %s is gone; now %s", job.task, job.pk, job.worker, job.state)
    job.save()


def _errors(job: Job, error: BaseException, text: str) -> list[dict[str, str]]:
    at: datetime = timezone.now()
    new = {"class": get_module_path(type(error)), "traceback": text, "at": at.isoformat()}
    return [*job.errors, new][-_KEPT_ERRORS:]
