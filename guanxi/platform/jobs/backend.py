"""Our default backend of `django.tasks`: jobs are rows, written in the caller's transaction.

A job that was enqueued by a transaction that rolls back has never existed; one that was committed
is run at least once, whatever dies in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import normalize_json

from guanxi.platform.jobs.bells import WORK, ring_after_commit
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import policy_of
from guanxi.platform.tenancy.context import EVERYWHERE, current_workspace_id, everywhere, in_workspace
from guanxi.platform.tenancy.transactions import reading

_STATUS = {
    Job.State.READY: TaskResultStatus.READY,
    Job.State.RUNNING: TaskResultStatus.RUNNING,
    Job.State.SUCCESSFUL: TaskResultStatus.SUCCESSFUL,
    Job.State.FAILED: TaskResultStatus.FAILED,
    Job.State.CANCELLED: TaskResultStatus.FAILED,
}


class DatabaseBackend(BaseTaskBackend):
    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Add a job for the chosen workspace, or, where none is chosen, for the installation."""
        self.validate_task(task)
        job = _new_job(task, args, kwargs)
        # The row of an installation's job is behind row-level security too, for all but the machinery.
        scope = (
            in_workspace(job.workspace_id)
            if job.workspace_id
            else everywhere("a job of the installation itself")
        )
        with scope, transaction.atomic():
            job = _add(job)
            ring_after_commit(WORK)
        result = task_result(job, task, self.alias)
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """The job with this id, of the chosen workspace; raises TaskResultDoesNotExist."""
        with reading():
            job = Job.objects.filter(pk=result_id).first() if result_id.isdecimal() else None
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return task_result(job, import_string(job.task), self.alias)


def task_result(job: Job, task: Task[Any, Any], alias: str) -> TaskResult[Any]:
    """A job as the interface of `django.tasks` shows it."""
    result: TaskResult[Any] = TaskResult(
        task=task,
        id=str(job.pk),
        status=_STATUS[Job.State(job.state)],
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.last_attempted_at,
        args=job.args,
        kwargs=job.kwargs,
        backend=alias,
        errors=[
            TaskError(exception_class_path=error["class"], traceback=error["traceback"])
            for error in job.errors
        ],
        worker_ids=[job.worker] * job.attempts,
    )
    object.__setattr__(result, "_return_value", job.result)
    return result


def _new_job(task: Task[Any, Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Job:
    chosen = current_workspace_id()
    workspace_id = None if chosen == EVERYWHERE else chosen
    now = timezone.now()
    job = Job(
        workspace_id=workspace_id,
        task=task.module_path,
        args=normalize_json(list(args)),
        kwargs=normalize_json(dict(kwargs)),
        queue=task.queue_name,
        priority=task.priority,
        lane=f"{100 - task.priority:03d}{workspace_id or 0:019d}",
        run_at=task.run_after or now,
        enqueued_at=now,
    )
    if policy_of(task.func).unique:
        same = json.dumps([job.task, workspace_id, job.args, job.kwargs], sort_keys=True)
        job.unique_key = hashlib.sha256(same.encode()).hexdigest()
    return job


def _add(job: Job) -> Job:
    """Insert a job; of a unique one that already waits, return that instead."""
    rows: QuerySet[Job] = QuerySet(Job)
    if job.unique_key is None:
        job.save(force_insert=True)
        return job
    while True:
        rows.bulk_create([job], ignore_conflicts=True)
        if rows.filter(pk=job.pk).exists():
            return job
        # Locked until the caller commits: begun before that, it would not see what the caller has changed.
        waiting: QuerySet[Job] = rows.filter(unique_key=job.unique_key, state=Job.State.READY, attempts=0)
        if connection.features.has_select_for_update:
            waiting = waiting.select_for_update()
        if found := waiting.first():
            return found
