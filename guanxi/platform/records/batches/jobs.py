"""Batches of more than 50 records, later and in another process; and forgetting old ones."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.running import cancel
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.metadata.errors import InvalidValues, words_of
from guanxi.platform.records.access import Refused
from guanxi.platform.records.batches.models import Batch, BatchPart
from guanxi.platform.records.batches.running import asker_of, finish_batch, run_batch
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.tenancy.transactions import reading


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6))
def run(batch_id: int) -> None:
    """What is left of a batch, with the rights that its asker has now."""
    with reading():
        batch = Batch.objects.filter(pk=batch_id).first()
        if batch is None or batch.is_over:
            return
        try:
            by = asker_of(batch)
        except Refused:
            by = None
    if by is None:
        finish_batch(batch_id, Batch.State.FAILED, _("Whoever asked for it has left."))
        return
    with translation.override(by.language):
        try:
            run_batch(batch, by=by)
        except (Refused, PermissionDenied, InvalidValues) as problem:
            finish_batch(batch_id, Batch.State.FAILED, words_of(problem) or _("You may not do this."))


def settle(batch: Batch) -> Batch:
    """Note the end of a batch whose job could not say so itself: cancelled as it waited, failed, or left
    behind where the workspace was copied from."""
    if batch.is_over or not batch.job_id:
        return batch
    job = Job.objects.filter(pk=int(batch.job_id)).first() if batch.job_id.isdecimal() else None
    if job is None or job.state == Job.State.FAILED:
        return finish_batch(batch.pk, Batch.State.FAILED)
    if job.state == Job.State.CANCELLED:
        return finish_batch(batch.pk, Batch.State.CANCELLED)
    return batch


def stop_batch(batch: Batch) -> Batch:
    """Cancel what is left; what is done stays done, and can be undone. One that is over stays as it is."""
    if batch.is_over or not batch.job_id.isdecimal():
        return batch
    with transaction.atomic():
        cancel(int(batch.job_id))
        return settle(batch)


@schedule("forget-old-batches", cron="53 3 * * *", per_workspace=True)
@task(priority=-50)
def forget_old_batches() -> int:
    """After 30 days the way back is gone; what was done stays. Returns how many were forgotten."""
    before = timezone.now() - KEPT_FOR
    done = 0
    while True:
        with transaction.atomic():
            old = Batch.objects.filter(created_at__lt=before).first()
            if old is None:
                return done
            BatchPart.objects.filter(batch=old).delete()
            old.delete()
            done += 1
