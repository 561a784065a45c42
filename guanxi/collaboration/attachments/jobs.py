from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from guanxi.collaboration.attachments.actions import forget_removed
from guanxi.platform.jobs.schedules import schedule


@schedule("forget-removed-files", cron="37 3 * * *", per_workspace=True)
@task(priority=-50)
def forget_removed_files() -> int:
    """Delete files that were removed from their records a month ago; returns how many."""
    return forget_removed(timezone.now())
