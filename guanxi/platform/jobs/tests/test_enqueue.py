from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist

from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.jobs.tests import tasks
from guanxi.platform.tenancy.context import everywhere, in_workspace, nowhere
from guanxi.platform.tenancy.models import Workspace


def test_a_job_runs_and_keeps_its_result(firm, done):
    result = tasks.note.enqueue({"名": [1, None]})
    assert not result.is_finished
    assert run_pending_jobs() == 1
    result.refresh()
    assert done == [{"名": [1, None]}]
    assert result.return_value == {"名": [1, None]}
    assert run_pending_jobs() == 0


def test_it_runs_in_the_workspace_that_asked(firm, done):
    tasks.note_workspace.enqueue()
    with nowhere():
        tasks.note_workspace.enqueue()
        run_pending_jobs()
    assert sorted(done, key=str) == [firm.id, None]


def test_a_job_is_of_its_transaction(firm, done):
    class Undone(Exception):
        pass

    def enqueue_and_fail():
        with transaction.atomic():
            tasks.note.enqueue(1)
            raise Undone

    with pytest.raises(Undone):
        enqueue_and_fail()
    assert run_pending_jobs() == 0


def test_a_later_job_waits(firm, done):
    tasks.note.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1)
    assert run_pending_jobs() == 0
    Job.objects.update(run_at=timezone.now())
    assert run_pending_jobs() == 1


def test_a_unique_job_waits_once(firm, done):
    first, second, other = tasks.once.enqueue(1), tasks.once.enqueue(1), tasks.once.enqueue(2)
    assert first.id == second.id != other.id
    with nowhere():
        assert tasks.once.enqueue(1).id != first.id
    run_pending_jobs()
    assert sorted(done) == [1, 1, 2]
    assert tasks.once.enqueue(1).id != first.id


def test_results_are_of_the_own_workspace(firm, done):
    result = tasks.note.enqueue(1)
    other = Workspace.objects.create(slug="other", name="Other")
    with in_workspace(other.id), pytest.raises(TaskResultDoesNotExist):
        tasks.note.get_result(result.id)
    with pytest.raises(TaskResultDoesNotExist):
        tasks.note.get_result("no-such-id")
    with everywhere("the test looks at all"):
        assert tasks.note.get_result(result.id).id == result.id


def test_the_same_tasks_run_under_another_backend(firm, done, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    from django_tasks import task_backends

    task_backends.__dict__.pop("settings", None)
    assert tasks.note.enqueue(5).return_value == 5
    tasks.note_workspace.enqueue()
    assert tasks.once.enqueue(6).status == TaskResultStatus.SUCCESSFUL
    tasks.count_to.enqueue(2)
    assert done == [5, firm.id, 6]
    assert not Job.objects.exists()
