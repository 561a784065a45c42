from __future__ import annotations

from datetime import timedelta

import pytest
from cronsim import CronSimError
from django.utils import timezone

from guanxi.platform.jobs.models import Job, ScheduleState
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.jobs.schedules import SCHEDULES, run_due_schedules, schedule
from guanxi.platform.jobs.tests import tasks
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.models import Workspace


@pytest.fixture
def clock(db):
    """No schedule but the test's; yields a function that makes it due."""
    others = dict(SCHEDULES)
    SCHEDULES.clear()
    yield lambda: ScheduleState.objects.update(next_at=timezone.now() - timedelta(hours=3))
    SCHEDULES.clear()
    SCHEDULES.update(others)


def jobs():
    with everywhere("the test counts the jobs of all"):
        return Job.objects.count()


def test_it_is_enqueued_when_due_and_once_for_all_it_missed(clock, done):
    schedule("hourly", cron="0 * * * *")(tasks.note_workspace)
    assert run_due_schedules() == 0
    clock()
    assert run_due_schedules() == 1
    assert run_due_schedules() == 0
    assert jobs() == 1
    assert ScheduleState.objects.get().next_at > timezone.now()


def test_of_two_workers_one_enqueues_it(clock, monkeypatch):
    """The second one has read the row before the first has moved it on."""
    schedule("hourly", cron="0 * * * *")(tasks.note_workspace)
    run_due_schedules()
    clock()
    seen = list(ScheduleState.objects.all())
    assert run_due_schedules() == 1
    monkeypatch.setattr(ScheduleState.objects, "all", lambda: seen)
    assert run_due_schedules() == 0
    assert jobs() == 1


def test_a_changed_line_is_taken_over(clock):
    schedule("hourly", cron="0 * * * *")(tasks.note_workspace)
    run_due_schedules()
    SCHEDULES.clear()
    schedule("hourly", cron="30 4 1 1 *")(tasks.note_workspace)
    run_due_schedules()
    assert ScheduleState.objects.get().next_at.strftime("%m-%d %H:%M") == "01-01 04:30"


def test_one_job_in_each_open_workspace(clock, done):
    ids = [Workspace.objects.create(slug=slug, name=slug).id for slug in ("a", "b")]
    Workspace.objects.create(slug="closed", name="closed", closed_at=timezone.now())
    schedule("daily", cron="0 6 * * *", per_workspace=True)(tasks.note_workspace)
    run_due_schedules()
    clock()
    run_due_schedules()
    run_pending_jobs()
    assert sorted(done) == sorted(ids)


def test_a_wrong_line_fails_at_the_start(clock):
    with pytest.raises(CronSimError, match="Bad minute"):
        schedule("wrong", cron="61 * * * *")(tasks.note_workspace)
