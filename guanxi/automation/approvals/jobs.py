from __future__ import annotations

from django.db import transaction
from django_tasks import task

from guanxi.automation.approvals.actions import refill, remind
from guanxi.automation.approvals.models import ApprovalRequest
from guanxi.automation.workflows.matching import acting
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule


@schedule("approvals", cron="*/15 * * * *", per_workspace=True)
@task()
@policy(unique=True)
def look_after_approvals() -> None:
    """Remind who has not answered for too long; where somebody may no longer sign, ask the next."""
    with transaction.atomic():
        rows = list(ApprovalRequest.objects.filter(state="open").values_list("pk", "recipe"))
    for request_id, recipe in rows:
        with transaction.atomic():
            by = acting(None, "Guanxi")
            refill(request_id, by=by)
            if hours := int(recipe.get("remind") or 0):
                remind(request_id, by=by, hours=hours)
