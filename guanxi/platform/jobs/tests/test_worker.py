"""What happens to jobs when real workers are killed, stopped and hung."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack

import pytest
from django.conf import settings

from guanxi.platform.jobs import running
from guanxi.platform.jobs import worker as loop
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.tests import tasks
from guanxi.platform.jobs.tests.processes import wait_until, worker
from guanxi.platform.jobs.worker import HUNG
from guanxi.platform.tenancy.transactions import reading

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LEASE = 4


def job():
    """The test's own; workers add what is due by the clock."""
    with reading():
        return Job.objects.filter(task__startswith=tasks.__name__).order_by("id").last()


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def test_a_job_whose_worker_is_killed_is_done_once_by_another(firm, tmp_path):
    """It takes longer than a lease, so whoever has it must also keep it from the third worker."""
    journal = tmp_path / "journal"
    with ExitStack() as stack:
        workers = {
            process.pid: process for process in (stack.enter_context(worker(lease=LEASE)) for _ in "123")
        }
        wait_until_all_work(workers, tmp_path)
        tasks.write_lines.enqueue(str(journal), seconds=LEASE + 1.5)
        wait_until(lambda: lines(journal))
        first = workers[int(lines(journal)[0].split()[1])]
        first.send_signal(signal.SIGKILL)
        first.wait()
        wait_until(lambda: len(lines(journal)) == 2)
        wait_until(lambda: job().state == Job.State.SUCCESSFUL)
        time.sleep(LEASE)
    began_first, began_again, ended = lines(journal)
    assert began_first == f"begin {first.pid}" != began_again
    assert ended == began_again.replace("begin", "end")
    assert job().crashes == 1


def wait_until_all_work(workers, folder):
    """Until each of these processes has been seen to run a job."""
    seen = folder / "seen"

    def all_seen():
        tasks.write_lines.enqueue(str(seen), seconds=0.1)
        time.sleep(0.2)
        return {int(line.split()[1]) for line in lines(seen)} >= set(workers)

    wait_until(all_seen, seconds=60)
    with reading():
        wait_until(lambda: not Job.objects.filter(finished_at=None).exists())


def test_a_stopped_worker_ends_its_job_and_leaves_the_rest(firm, tmp_path):
    for name in "abcdef":
        tasks.write_lines.enqueue(str(tmp_path / name), seconds=1.5)
    with worker() as process:
        wait_until(lambda: any(lines(tmp_path / name) for name in "abcdef"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    begun = [name for name in "abcdef" if lines(tmp_path / name)]
    assert len(begun) < 6
    assert all(len(lines(tmp_path / name)) == 2 for name in begun)
    with reading():
        own = Job.objects.filter(task__startswith=tasks.__name__)
        states = sorted(own.values_list("state", "attempts", "crashes"))
    assert states == [("ready", 0, 0)] * (6 - len(begun)) + [("successful", 1, 0)] * len(begun)


def test_a_job_that_kills_its_workers_is_set_aside(firm):
    tasks.kill_own_worker.enqueue()
    for _ in range(3):
        with worker(lease=1) as process:
            assert process.wait(timeout=120) == -signal.SIGKILL
    with worker(lease=1):
        wait_until(lambda: job().state == Job.State.FAILED)
    assert "died while it ran this job (3 times" in job().errors[-1]["traceback"]


def test_a_hung_job_fails_and_its_worker_makes_room(firm):
    tasks.hang.enqueue()
    with worker() as process:
        assert process.wait(timeout=120) == HUNG
    assert job().state == Job.State.FAILED
    assert job().errors[-1]["traceback"] == "took longer than 0:00:01"


class Silence:
    """A listener that no bell reaches; lets the worker go after the last of its waits."""

    def __init__(self, stop, waits):
        self.stop, self.left, self.seconds = stop, waits, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def wait(self, seconds):
        self.seconds.append(seconds)
        self.left -= 1
        time.sleep(seconds / 2)
        if not self.left:
            self.stop.set()
        return False


def test_an_idle_worker_looks_seldom(firm, monkeypatch):
    """Counted, not timed: a worker that spins would look thousands of times."""
    stop, looks = threading.Event(), Counter[str]()
    silence = Silence(stop, waits=4)
    claim = running.claim

    def claim_and_count(**how):
        looks["claims"] += 1
        return claim(**how)

    def duty():
        looks["duty"] += 1
        return 0

    monkeypatch.setattr(loop, "Listener", lambda *_: silence)
    monkeypatch.setattr(loop, "DUTIES", [loop.Duty("counted", duty, every=1.0)])
    monkeypatch.setattr(loop, "run_due_schedules", lambda: 0)
    monkeypatch.setattr(running, "claim", claim_and_count)
    began = time.monotonic()
    assert loop.run(stop) == 0
    lasted = time.monotonic() - began
    threads = sum(settings.JOB_THREADS.values())
    assert min(silence.seconds) >= 1
    assert 1 <= looks["duty"] <= len(silence.seconds)
    assert threads <= looks["claims"] <= threads * (2 + lasted / 2)
