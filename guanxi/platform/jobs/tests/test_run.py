from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.platform.jobs import running
from guanxi.platform.jobs.jobs import delete_old_jobs
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.progress import Running
from guanxi.platform.jobs.running import MAX_CRASHES, cancel, claim, release_expired, run_pending_jobs
from guanxi.platform.jobs.tests import tasks
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.keys import first_key_at
from guanxi.platform.tenancy.models import Workspace


def make_due():
    with everywhere("the test turns the clock"):
        Job.objects.update(run_at=timezone.now() - timedelta(seconds=1))


def test_what_fails_is_tried_again_later(firm, done):
    result = tasks.note_attempt.enqueue(fails=1)
    with pytest.raises(ValueError, match="attempt 1"):
        run_pending_jobs()
    job = Job.objects.get()
    assert job.state == Job.State.READY
    assert timedelta(seconds=5) < job.run_at - timezone.now() < timedelta(seconds=15)
    assert run_pending_jobs() == 0
    make_due()
    run_pending_jobs()
    result.refresh()
    assert (result.return_value, result.attempts, done) == (2, 2, [1, 2])
    assert "ValueError: attempt 1" in result.errors[0].traceback


def test_it_fails_for_good_after_its_attempts(firm, done):
    tasks.note_attempt.enqueue(fails=9)
    for _ in range(5):
        run_pending_jobs(raise_errors=False)
        make_due()
    job = Job.objects.get()
    assert (job.state, done, len(job.errors)) == (Job.State.FAILED, [1, 2, 3], 3)


def test_an_unknown_task_fails_like_a_task(firm):
    tasks.note.enqueue(1)
    Job.objects.update(task="guanxi.platform.jobs.tests.tasks.gone")
    with pytest.raises(ImportError):
        run_pending_jobs()
    assert Job.objects.get().state == Job.State.READY


def test_an_atomic_task_leaves_nothing_when_it_fails(firm):
    tasks.rename_all_and_fail.enqueue()
    run_pending_jobs(raise_errors=False)
    firm.refresh_from_db()
    assert firm.name == "Firm"


def test_a_database_error_of_a_job_breaks_nothing_else(firm, done):
    tasks.break_the_transaction.enqueue()
    tasks.note.enqueue("after")
    run_pending_jobs(raise_errors=False)
    assert done == ["after"]


def test_higher_priority_goes_first(firm, done):
    tasks.note.enqueue("ordinary")
    tasks.note.using(priority=10).enqueue("urgent")
    tasks.note.using(priority=-10).enqueue("idle")
    run_pending_jobs()
    assert done == ["urgent", "ordinary", "idle"]


def test_workspaces_take_turns(firm, done):
    for number in range(30):
        tasks.note.enqueue(number)
    other = Workspace.objects.create(slug="other", name="Other")
    with in_workspace(other.id):
        tasks.note.enqueue("other")
    claimed = claim(worker="w", queue="default", count=10)
    assert [job.workspace_id for job in claimed].count(other.id) == 1
    # The firm has jobs running now, so a newcomer is served before its next one.
    with in_workspace(other.id):
        Job.objects.update(state=Job.State.SUCCESSFUL)
        tasks.note.enqueue("again")
    (next_job,) = claim(worker="w", queue="default", count=1)
    assert next_job.workspace_id == other.id


def test_a_dead_workers_job_is_given_back_and_done(firm, done):
    tasks.note.enqueue(1)
    claim(worker="dead", queue="default")
    assert release_expired() == 0
    expire()
    assert release_expired() == 1
    assert run_pending_jobs() == 1
    assert done == [1]


def expire():
    with everywhere("the test turns the clock"):
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_job_that_kills_its_workers_fails_with_a_clear_word(firm):
    tasks.note.enqueue(1)
    for _ in range(MAX_CRASHES):
        assert claim(worker="victim", queue="default")
        expire()
        release_expired()
    job = Job.objects.get()
    assert job.state == Job.State.FAILED
    assert job.errors[-1]["traceback"] == "the worker victim died while it ran this job (3 times in all)"


def test_a_task_of_one_attempt_is_not_repeated_after_a_crash(firm):
    tasks.count_to.enqueue(1)
    claim(worker="dead", queue="default")
    expire()
    release_expired()
    assert Job.objects.get().state == Job.State.FAILED


def test_who_lost_the_lease_can_not_write_the_end(firm, done):
    tasks.note.enqueue(1)
    (slow,) = claim(worker="slow", queue="default")
    expire()
    release_expired()
    (_,) = claim(worker="quick", queue="default")
    assert isinstance(running.run(Running(slow)), running.LeaseLost)
    job = Job.objects.get()
    assert (job.state, job.worker) == (Job.State.RUNNING, "quick")


def test_the_heartbeat_keeps_the_lease_and_writes_progress(firm):
    tasks.count_to.enqueue(3)
    (job,) = claim(worker="w", queue="default")
    expire()
    held = Running(job, progress={"done": 1, "total": 3, "note": "counting"})
    running.renew([held], "w")
    assert release_expired() == 0
    assert Job.objects.get().progress["done"] == 1


def test_a_running_job_learns_that_it_is_cancelled(firm):
    tasks.count_to.enqueue(3)
    (job,) = claim(worker="w", queue="default")
    cancel(job.pk)
    held = Running(job)
    running.renew([held], "w")
    running.run(held)
    assert Job.objects.get().state == Job.State.CANCELLED


def test_a_waiting_job_is_cancelled_at_once(firm, done):
    result = tasks.note.enqueue(1)
    cancel(int(result.id))
    assert run_pending_jobs() == 0


def test_finished_jobs_are_forgotten_after_their_time(firm, done):
    tasks.note.enqueue("old")
    run_pending_jobs()
    Job.objects.update(id=first_key_at(timezone.now() - timedelta(days=4)))
    tasks.note.enqueue("new")
    run_pending_jobs()
    assert delete_old_jobs.call() == 1
    assert Job.objects.get().args == ["new"]


def test_a_job_knows_the_day_of_its_workspace(firm, done):
    """The two zones are never on the same day, whenever this runs."""
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Nowhere/Unknown"):
        Workspace.objects.filter(pk=firm.pk).update(timezone=name)
        tasks.note_day.enqueue()
        run_pending_jobs()
    east, west, unknown = done
    assert timedelta(days=1) <= east - west <= timedelta(days=2)
    assert unknown == timezone.now().date()
