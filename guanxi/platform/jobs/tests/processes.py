"""Real worker processes on the test database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)


def database_url() -> str:
    """GUANXI_DATABASE_URL of the database that the test runs on."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    return f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def start(*command: str, stdout: int | None = None, **environment: str) -> subprocess.Popen[bytes]:
    """Start `python …` from the root of the repository on the test database."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=stdout,
        env={
            **os.environ,
            "GUANXI_DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "guanxi.config.settings",
            "GUANXI_SECRET_KEY": settings.SECRET_KEY,
            **environment,
        },
    )


@contextmanager
def worker(*, lease: int = 3) -> Iterator[subprocess.Popen[bytes]]:
    """A `guanxi worker` for the length of the block; killed at its end if it still runs."""
    process = start("manage.py", "worker", GUANXI_JOB_LEASE_SECONDS=str(lease))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(true: Callable[[], object], *, seconds: float = 60, what: str = "") -> None:
    """Wait for something to become true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what or true} did not come true within {seconds} s"
        time.sleep(0.05)
