"""What a running task says about itself, and what it is told."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from guanxi.platform.jobs.models import Job


class JobCancelled(Exception):
    """Somebody cancelled the job; a task lets it pass after putting its own things in order."""


@dataclass(eq=False, slots=True)
class Running:
    """A job in the hands of this process. The heartbeat writes `progress` down and sets `cancelled`."""

    job: Job
    since: float = field(default_factory=monotonic)
    progress: dict[str, Any] | None = None
    written: dict[str, Any] | None = None
    cancelled: bool = False


running: ContextVar[Running | None] = ContextVar("guanxi_running_job", default=None)


def report_progress(done: int, total: int | None = None, note: str = "") -> None:
    """Say how far the running task is; call it as often as you like, it costs nothing.

    The heartbeat writes it down once a second on a connection of its own, so it is seen although
    the task's transaction is still open. Raises JobCancelled when the job has been cancelled.
    """
    current = running.get()
    if current is None:
        return
    current.progress = {"done": done, "total": total, "note": note}
    if current.cancelled:
        raise JobCancelled(f"job {current.job.pk} was cancelled at {done}")
