from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from guanxi.collaboration.activities.actions import remind_due
from guanxi.collaboration.activities.queries import workspaces_with_reminders
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import in_workspace


@schedule("remind", cron="* * * * *")
@task(priority=50)
def remind() -> int:
    """Let reminders ring whose time has come; returns how many."""
    now = timezone.now()
    rung = 0
    for workspace_id in workspaces_with_reminders(now):
        with in_workspace(workspace_id):
            while found := remind_due(now):
                rung += found
    return rung
