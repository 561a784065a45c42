"""The worker process: runs jobs in threads, and everybody's duties in its main loop.

A duty is something that has to be looked after all the time (stamp facts, deliver them, start what
is due). Rooms above this one register theirs; this room does not know them.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils.module_loading import import_string

from guanxi.platform.jobs import running
from guanxi.platform.jobs.bells import FACTS, WORK, Listener
from guanxi.platform.jobs.models import Job
from guanxi.platform.jobs.policy import policy_of
from guanxi.platform.jobs.progress import Running
from guanxi.platform.jobs.schedules import run_due_schedules
from guanxi.platform.tenancy.keys import new_key

HUNG = 75  # exit code: a job hangs in a thread, start me again

_IDLE = 1.0  # seconds without a bell until the next look
# Rounds of duties begin at least so far apart: what comes one by one is gathered. After a handful, which is
# not one person's, the rest is as long as the round was, so that more is gathered the busier the machine is.
# After plenty (a full batch) there is none. Two workers that go round without a rest take both processors
# from those who write.
_BREATH, _LONGEST_BREATH, _HANDFUL, _PLENTY = 0.2, 1.0, 10, 200
_BATCH, _BATCH_SECONDS = 20, 1.0  # short jobs are claimed together, as many as take about a second
_GRACE = 8.0  # seconds for running jobs when the worker is asked to stop; the supervisor kills after 10
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Duty:
    """Something the main loop does: as often as it finds work, else every `every` seconds."""

    name: str
    run: Callable[[], int]
    every: float
    on_bell: bool = True
    due: float = 0.0
    failures: int = 0


DUTIES: list[Duty] = []


def register_duty(name: str, run: Callable[[], int], *, every: float = _IDLE, on_bell: bool = True) -> None:
    """Have the worker's main loop call `run`; it returns how much it did (0: nothing to do).

    It is called every `every` seconds and, with `on_bell`, after every bell; where several workers run,
    by all of them.
    """
    DUTIES.append(Duty(name, run, every, on_bell))


def run(stop: threading.Event) -> int:
    """Work until `stop` is set; returns the exit code. The one call under `guanxi worker`."""
    return Worker(stop).run()


class Worker:
    def __init__(self, stop: threading.Event) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{new_key():x}"
        self._stop = stop
        self._news = threading.Condition()
        self._held: dict[int, Running] = {}
        self._lock = threading.Lock()
        self._hung = False

    def run(self) -> int:
        _log.info("worker %s begins", self.name)
        threads = [
            threading.Thread(target=self._work, args=(queue,), name=f"{queue}-{number}", daemon=True)
            for queue, count in settings.JOB_THREADS.items()
            for number in range(count)
        ]
        beat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        for thread in [*threads, beat]:
            thread.start()
        self._look_after_duties()
        self._leave(threads)
        return HUNG if self._hung else 0

    def _look_after_duties(self) -> None:
        duties = [
            Duty("schedules", run_due_schedules, every=5.0, on_bell=False),
            Duty("dead workers", running.release_expired, settings.JOB_LEASE_SECONDS / 6, on_bell=False),
            *(replace(duty) for duty in DUTIES),
        ]
        with Listener(WORK, FACTS) as listener:
            rung = True
            while not self._stop.is_set():
                began = monotonic()
                done = [_do(duty) for duty in duties if (rung and duty.on_bell) or duty.due <= monotonic()]
                if rung := any(done):  # facts bring jobs, also while there is no end of facts
                    self._tell_threads()
                    self._stop.wait(_rest(monotonic() - began, max(done)))
                elif rung := listener.wait(_IDLE):
                    self._tell_threads()

    def _tell_threads(self) -> None:
        with self._news:
            self._news.notify_all()

    def _work(self, queue: str) -> None:
        """A job thread: claims, runs, waits. Claims more at once while jobs are short."""
        size = 1
        while not self._stop.is_set():
            close_old_connections()
            try:
                jobs = running.claim(worker=self.name, queue=queue, count=size)
            except Exception:
                _log.exception("could not claim jobs")
                jobs = []
            if not jobs:
                with self._news:
                    self._news.wait(2 * _IDLE)
                continue
            began = monotonic()
            self._run_batch(jobs)
            each = max((monotonic() - began) / len(jobs), 0.001)
            size = max(1, min(_BATCH, int(_BATCH_SECONDS / each)))
        connections.close_all()

    def _run_batch(self, jobs: list[Job]) -> None:
        batch = [Running(job) for job in jobs]
        with self._lock:
            self._held |= {held.job.pk: held for held in batch}
        began = monotonic()
        for number, held in enumerate(batch):
            if number and (self._stop.is_set() or monotonic() - began > 2 * _BATCH_SECONDS):
                # The first took long: others may have a free hand for the rest.
                running.give_back(jobs[number:], self.name)
                break
            held.since = monotonic()
            try:
                running.run(held)
            except Exception:
                # The database could not be told how it ended; the lease will run out, and it is done again.
                _log.exception("job %s: its end could not be written", held.job.pk)
        with self._lock:
            for held in batch:
                self._held.pop(held.job.pk, None)

    def _beat(self) -> None:
        """The heartbeat thread: keeps the leases, writes progress, notices cancellations and hung jobs."""
        renewed = 0.0
        while not self._stop.wait(1.0) or self._held:
            with self._lock:
                held = list(self._held.values())
            if not held:
                continue
            try:
                for hung in [one for one in held if _is_hung(one)]:
                    self._abandon(hung)
                    held.remove(hung)
                changed = any(one.progress != one.written for one in held)
                if changed or monotonic() - renewed > min(5.0, settings.JOB_LEASE_SECONDS / 4):
                    running.renew(held, self.name)
                    renewed = monotonic()
            except Exception:
                _log.exception("no heartbeat this time")
                close_old_connections()
        connections.close_all()

    def _abandon(self, hung: Running) -> None:
        _log.error("job %s (%s) hangs; this worker stops", hung.job.pk, hung.job.task)
        running.abandon(hung, self.name)
        self._held.pop(hung.job.pk, None)
        self._hung = True
        self._stop.set()

    def _leave(self, threads: list[threading.Thread]) -> None:
        """Let running jobs end; what does not end in time goes back and is done by another worker."""
        end = monotonic() + _GRACE
        with self._news:
            self._news.notify_all()
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))
        with self._lock:
            left = [held.job for held in self._held.values()]
            self._held.clear()
        running.give_back(left, self.name)
        _log.info("worker %s ends", self.name)
        connections.close_all()


def _rest(took: float, most: int) -> float:
    """Seconds until the next round of duties, after one that took so many and of which one did `most`."""
    if most >= _PLENTY:
        return 0.0
    return max(_BREATH - took, min(took, _LONGEST_BREATH) if most >= _HANDFUL else 0.0)


def _do(duty: Duty) -> int:
    """Do a duty once, how much it did; one that fails rests longer each time and disturbs nobody else."""
    if duty.failures and monotonic() < duty.due:
        return 0
    try:
        close_old_connections()
        worked = duty.run()
        duty.failures = 0
        duty.due = monotonic() + duty.every
        return worked
    except Exception:
        duty.failures += 1
        duty.due = monotonic() + min(30.0, 0.5 * 2**duty.failures)
        _log.exception("duty %s failed", duty.name)
        return 0


def _is_hung(held: Running) -> bool:
    try:
        limit = policy_of(import_string(held.job.task).func).timeout.total_seconds()
    except ImportError:
        return False
    return monotonic() - held.since > limit
