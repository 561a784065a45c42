"""Schedules of the API."""

from django_tasks import task

from guanxi.api.rest.idempotency import forget_old_calls
from guanxi.platform.jobs.schedules import schedule


@schedule("api.forget_old_calls", cron="17 * * * *", per_workspace=True)
@task()
def forget_old_answers() -> None:
    """Answers that were kept for Idempotency-Keys are kept for a day."""
    forget_old_calls()
