"""Workers that are killed at random while runs are on their way. Run by test_killed.py and by hand.

python -m guanxi.automation.workflows.tests.storm SEED KILLS RECORDS WORKSPACE MEMBER

A writer makes companies; workers (relay, delivery, jobs) are killed with SIGKILL again and again; at the end
one of them finishes. Prints how many were killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import django

WORKERS = 2


def main(seed: int, kills: int, records: int, workspace_id: int, member_id: int) -> None:
    django.setup()
    chance = random.Random(seed)
    writer = _fork(partial(write, records, workspace_id, member_id))
    workers = [_fork(work) for _ in range(WORKERS)]
    done = 0
    try:
        while done < kills:
            time.sleep(chance.uniform(0.05, 0.6))
            victim = chance.randrange(WORKERS)
            _kill(workers[victim])
            workers[victim] = _fork(work)
            done += 1
        os.waitpid(writer, 0)
    finally:
        for pid in workers:
            _kill(pid)
    finisher = _fork(work)
    try:
        _wait_until_quiet(workspace_id)
    finally:
        _kill(finisher)
    print(json.dumps({"kills": done}))


def write(records: int, workspace_id: int, member_id: int) -> None:
    from guanxi.platform.identity.acting import actor_for
    from guanxi.platform.identity.models import Member
    from guanxi.platform.records.writing import create_record
    from guanxi.platform.tenancy.context import in_workspace
    from guanxi.platform.tenancy.transactions import reading

    with in_workspace(workspace_id):
        with reading():
            member = Member.objects.select_related("user", "role", "workspace").get(pk=member_id)
            by = actor_for(member)
        for at in range(records):
            create_record(object="company", values={"name": f"Firm {at}", "employees": 1}, by=by)
            time.sleep(0.02)


def work() -> None:
    from guanxi.platform.jobs import worker

    worker.run(threading.Event())


def _wait_until_quiet(workspace_id: int) -> None:
    from guanxi.automation.workflows.models import Run
    from guanxi.platform.events.models import Cursor, FactHead
    from guanxi.platform.jobs.models import Job
    from guanxi.platform.tenancy.context import in_workspace
    from guanxi.platform.tenancy.transactions import reading

    end = time.monotonic() + 240
    quiet = 0
    with in_workspace(workspace_id):
        while time.monotonic() < end and quiet < 3:
            with reading():
                head = FactHead.objects.get().position
                cursor = Cursor.objects.filter(consumer="workflows").first()
                runs = Run.objects.filter(ended_at=None).exists()
                jobs = Job.objects.filter(state__in=("ready", "running"), task__contains="workflows").exists()
            behind = cursor is None or cursor.position < head
            quiet = 0 if behind or runs or jobs else quiet + 1
            time.sleep(0.5)


def _fork(child: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        from django.db import connections

        connections.close_all()
        child()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        return


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
