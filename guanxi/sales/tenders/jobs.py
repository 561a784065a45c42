"""Feeds are read by the clock, each as often as it says."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.tenders.models import Feed


@schedule("tender-feeds", cron="*/10 * * * *", per_workspace=True)
@task()
def read_due_feeds() -> int:
    """Give each feed that is due to a worker, and name its next time in the same transaction."""
    now, done = timezone.now(), 0
    with reading():
        due = list(
            Feed.objects.filter(next_at__lte=now, active=True, archived_at=None).values_list("pk", "hours")
        )
    for key, hours in due:
        with transaction.atomic():
            later = now + timedelta(hours=hours)
            if Feed.objects.filter(pk=key, next_at__lte=now).update(next_at=later):  # else another has it
                read_feed.enqueue(feed_id=key)
                done += 1
    return done


@task()
@policy(attempts=2, timeout=timedelta(minutes=10), unique=True)
def read_feed(feed_id: int) -> int:
    """One turn of a feed."""
    from guanxi.sales.tenders.taking import read_one

    return read_one(feed_id)
