from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.records.trash.actions import empty_trash, overdue
from guanxi.platform.tenancy.context import require_workspace_id


@schedule("empty-the-trash", cron="19 3 * * *", per_workspace=True)
@task(queue_name="long", priority=-50)
def empty_old_trash() -> int:
    """What was deleted 30 days ago goes for good; returns how many records."""
    by = system_actor(require_workspace_id(), "Guanxi")
    return empty_trash(by=by, before=overdue(timezone.now()))
