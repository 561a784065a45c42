"""What identity does by the clock."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.models import Session, SignInTries
from guanxi.platform.jobs.schedules import schedule

_KEEP_TRIES = timedelta(days=1)


@schedule("identity.forget", cron="17 3 * * *")
@task()
def forget_what_is_over() -> None:
    """Delete sessions that have ended and tries that no longer count."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    SignInTries.objects.filter(since__lt=now - _KEEP_TRIES).delete()
