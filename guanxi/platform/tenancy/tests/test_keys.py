from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from guanxi.platform.tenancy import keys
from guanxi.platform.tenancy.keys import first_key_at, key_time, new_key, new_keys


def test_keys_grow_and_fit_into_63_bits():
    made = [new_key() for _ in range(5_000)] + new_keys(50_000)
    assert made == sorted(set(made))
    assert 0 < made[0] <= made[-1] < 2**63


def test_keys_grow_also_when_the_clock_is_set_back(monkeypatch):
    before = new_key()
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 3_600 * 10**9)
    after = new_keys(10_000)
    assert before < after[0]
    assert after == sorted(set(after))


def test_a_key_tells_its_time():
    now = datetime.now(tz=UTC)
    assert abs(key_time(new_keys(1)[0]) - now) < timedelta(seconds=30)
    moment = datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert key_time(first_key_at(moment)) == moment
    assert key_time(first_key_at(moment) - 1) < moment


def test_threads_share_one_counter():
    made: list[list[int]] = []
    threads = [threading.Thread(target=lambda: made.append(new_keys(5_000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for part in made for key in part}) == 40_000


def test_processes_never_make_the_same_key():
    """Started apart, and forked from one that has already made keys."""
    program = (
        "import os, sys\n"
        "from guanxi.platform.tenancy.keys import new_key\n"
        "new_key()\n"
        "os.fork(); os.fork()\n"
        "sys.stdout.write(''.join(f'{new_key()}\\n' for _ in range(2000)))\n"
        "sys.stdout.flush()\n"
        "os._exit(0) if os.getpid() != os.getsid(0) else os.wait()\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "guanxi.config.settings"},
        )
        for _ in range(3)
    ]
    made = [int(line) for process in running for line in process.communicate(timeout=60)[0].split()]
    assert len(made) == 3 * 4 * 2000 == len(set(made))


def test_when_all_numbers_are_taken_it_says_so(monkeypatch):
    new_key()
    monkeypatch.setenv("GUANXI_NODES", f"{keys._node}-{keys._node}")
    with pytest.raises(RuntimeError, match="is taken by a running process"):
        keys._take_node()
