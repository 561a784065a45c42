from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django_tasks import task

from guanxi.analytics.learning.models import LearnedModel
from guanxi.analytics.learning.training import train, write_all
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.transactions import reading

EVERY = {"week": timedelta(days=7), "month": timedelta(days=30)}


@task(queue_name="long")
@policy(attempts=3, timeout=timedelta(hours=2), unique=True)
def train_model(model_id: int, asked_by: str = "") -> int | None:
    """Train a model and write what it says; the number of its version, None where there is too little."""
    version = train(model_id, progress=report_progress, asked_by=asked_by)
    if version is None:
        return None
    write_all(model_id, progress=report_progress)
    return int(version.number)


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=2), unique=True)
def write_model(model_id: int) -> int:
    """Write what a model says, or empty its fields where it is off; how many records changed."""
    return write_all(model_id, progress=report_progress)


@schedule("learned-models", cron="10 3 * * *", per_workspace=True)
@task()
@policy(unique=True)
def learn_by_night() -> None:
    """Train what is due, and let every other model that is on say anew what time has changed."""
    now = datetime.now(UTC)
    with reading():
        rows = list(LearnedModel.objects.filter(on_at__isnull=False))
    for one in rows:
        at = datetime.fromisoformat(one.last["at"]) if one.last.get("at") else None
        every = EVERY.get(one.schedule)
        with transaction.atomic():
            if every is not None and (at is None or now - at >= every):
                LearnedModel.objects.filter(pk=one.pk).update(training_id=int(train_model.enqueue(one.pk).id))
            elif one.number is not None:
                write_model.enqueue(one.pk)
