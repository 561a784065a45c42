"""What the clock begins is done in a worker, which has no transaction around it."""

from __future__ import annotations

import pytest

from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.jobs.schedules import SCHEDULES
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_task_of_the_clock_ends_well_without_a_transaction_of_a_caller(cast: Cast) -> None:
    for one in SCHEDULES.values():
        if not one.per_workspace:
            one.task.enqueue()
            continue
        with in_workspace(cast.xishan.pk):
            one.task.enqueue()
    assert run_pending_jobs() >= len(SCHEDULES)
    with in_workspace(cast.xishan.pk):
        ended = Job.objects.filter(task__in={one.task.module_path for one in SCHEDULES.values()})
        assert set(ended.values_list("state", flat=True)) == {Job.State.SUCCESSFUL}
