from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.records.privacy.actions import erase


@task(queue_name="long")
@policy(attempts=5, timeout=timedelta(hours=6), unique=True)
def erase_person(erasure_id: int) -> None:
    """The job names nobody: what is looked for stands in the erasure, and goes with its end."""
    erase(erasure_id)
