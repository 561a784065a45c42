"""The queue's own jobs."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task

from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.keys import first_key_at
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.statistics import refresh_statistics

KEEP_SUCCESSFUL = timedelta(days=3)
KEEP_FAILED = timedelta(days=30)
_AT_ONCE = 1_000


@task()
@policy(atomic=True)
def enqueue_in_each_workspace(task_path: str) -> int:
    """Enqueue a task once in each open workspace; returns in how many."""
    wanted = import_string(task_path)
    open_ids = list(Workspace.objects.filter(closed_at__isnull=True).values_list("id", flat=True))
    for workspace_id in open_ids:
        with in_workspace(workspace_id):
            wanted.enqueue()
    return len(open_ids)


@schedule("refresh-statistics", cron="11 * * * *")
@task(priority=-50)
def refresh_table_statistics() -> bool:
    """Tell SQLite how its tables have grown, so that it goes on choosing the right indexes."""
    return refresh_statistics()


@schedule("delete-old-jobs", cron="23 * * * *")
@task(priority=-50)
def delete_old_jobs() -> int:
    """Forget finished jobs after their time, in small transactions; returns how many."""
    now = timezone.now()
    return _delete(Job.State.SUCCESSFUL, before=first_key_at(now - KEEP_SUCCESSFUL)) + sum(
        _delete(state, before=first_key_at(now - KEEP_FAILED))
        for state in (Job.State.FAILED, Job.State.CANCELLED)
    )


def _delete(state: Job.State, *, before: int) -> int:
    deleted: int = 0
    while True:
        with everywhere("old jobs of all workspaces"), transaction.atomic():
            old = Job.objects.filter(state=state, id__lt=before).order_by("id").values("id")[:_AT_ONCE]
            count, _ = Job.objects.filter(id__in=[row["id"] for row in old]).delete()
        deleted += count
        if count < _AT_ONCE:
            return deleted
