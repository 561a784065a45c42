from __future__ import annotations

from datetime import UTC, datetime

from django_tasks import task

from guanxi.automation.assignment.actions import look_after
from guanxi.automation.assignment.models import Assignment
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 500


@schedule("assignment", cron="*/5 * * * *", per_workspace=True)
@task()
@policy(unique=True)
def move_on() -> None:
    """What nobody has touched in its time goes to the next; what nobody could have is tried again."""
    now = datetime.now(UTC)
    with reading():
        due = Assignment.objects.filter(state=Assignment.State.OPEN, due_at__lte=now).order_by("due_at")
        ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for one in ids:
        look_after(one, now=now)
