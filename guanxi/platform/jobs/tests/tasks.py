"""Tasks for the tests; what they did is written into `DONE` or, across processes, into files."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

from django.db import IntegrityError
from django.utils import timezone
from django_tasks import TaskContext, task

from guanxi.platform.jobs.policy import policy
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.tenancy.context import current_workspace_id
from guanxi.platform.tenancy.models import Workspace

DONE: list[object] = []


@task()
def note(what: object) -> object:
    DONE.append(what)
    return what


@task()
def note_workspace() -> None:
    DONE.append(current_workspace_id())


@task(takes_context=True)
def note_attempt(context: TaskContext, fails: int) -> int:
    DONE.append(context.attempt)
    if context.attempt <= fails:
        raise ValueError(f"attempt {context.attempt}")
    return context.attempt


@task()
@policy(unique=True)
def once(what: object) -> None:
    DONE.append(what)


@task()
@policy(atomic=True)
def rename_all_and_fail() -> None:
    Workspace.objects.update(name="half done")
    raise ValueError("no")


@task()
def break_the_transaction() -> None:
    Workspace.objects.create(slug="firm", name="a second one")
    raise IntegrityError


@task()
@policy(attempts=1)
def count_to(number: int) -> None:
    for step in range(number):
        report_progress(step, number, "counting")


@task()
def write_lines(path: str, seconds: float) -> None:
    """Writes that it began, works, writes that it ended."""
    _append(path, f"begin {os.getpid()}")
    time.sleep(seconds)
    _append(path, f"end {os.getpid()}")


@task()
def kill_own_worker() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@task()
@policy(timeout=timedelta(seconds=1))
def hang() -> None:
    time.sleep(60)


def _append(path: str, line: str) -> None:
    with Path(path).open("a") as out:
        out.write(line + "\n")


@task()
def note_day() -> None:
    DONE.append(timezone.localdate())
