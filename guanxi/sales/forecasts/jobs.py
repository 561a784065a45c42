"""Each Monday what is expected is kept, so that later one can see what was expected when."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.schedules import schedule
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.words import in_own_language
from guanxi.sales.forecasts.actions import keep_forecasts


@schedule("what is expected", cron="10 21 * * 0", per_workspace=True)
@task()
@policy(unique=True)
@transaction.atomic
def keep_weekly() -> int:
    """Keeps the forecasts of this month and the next two; returns how many."""
    with in_own_language():
        return keep_forecasts(timezone.localdate(), by=system_actor(require_workspace_id(), "Guanxi"))
