"""Copies of a workspace, made by a worker, and forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.progress import JobCancelled, report_progress
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.records.transfer.copies import KEPT, State, finish_copy, forget_copy, write_copy
from guanxi.platform.records.transfer.models import Copy


@task(queue_name="long")
@policy(attempts=3, timeout=timedelta(hours=6))
def make_copy(copy_id: int) -> None:
    """Write the file, table by table."""
    try:
        write_copy(copy_id, report_progress)
    except JobCancelled:
        finish_copy(copy_id, State.CANCELLED)
        raise


def settle_copy(copy: Copy) -> Copy:
    """Note the end of a copy whose job could not say so itself."""
    if copy.state != State.WAITING or not copy.job_id.isdecimal():
        return copy
    job = Job.objects.filter(pk=int(copy.job_id)).first()
    if job is None or job.state not in (Job.State.CANCELLED, Job.State.FAILED):
        return copy
    finish_copy(copy.pk, State.CANCELLED if job.state == Job.State.CANCELLED else State.FAILED)
    copy.refresh_from_db()
    return copy


@schedule("forget-old-copies", cron="57 3 * * *", per_workspace=True)
@task(priority=-50)
def forget_old_copies() -> int:
    """A week later the file is gone. Returns how many were forgotten."""
    with transaction.atomic():
        old = list(Copy.objects.filter(asked_at__lt=timezone.now() - KEPT))
        for copy in old:
            forget_copy(copy)
    return len(old)
