"""Writers, relays and consumers as processes that are killed at random. Run by test_storm.py.

python -m guanxi.platform.events.tests.storm SEED FACTS WORKSPACE_ID…

Eight writers commit FACTS facts each, in transactions of 1 to 300, some slow, some rolled back. Meanwhile
three workers, each of them relay and consumers, are killed with SIGKILL again and again. At the
end one worker finishes. Prints how many were killed. What the consumers did stands in storm_effect.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import django

WRITERS, WORKERS = 8, 3


def main(seed: int, facts: int, workspace_ids: list[int]) -> None:
    django.setup()  # once: children are forked, so that a new one is there at once
    chance = random.Random(seed)
    writers = [
        _fork(partial(write, seed + number, facts, workspace_ids[number % len(workspace_ids)]))
        for number in range(WRITERS)
    ]
    workers = [_fork(work) for _ in range(WORKERS)]
    kills = 0
    try:
        while writers or kills < 25:
            time.sleep(chance.uniform(0.05, 0.8))
            victim = chance.randrange(WORKERS)
            _kill(workers[victim])
            kills += 1
            workers[victim] = _fork(work)
            writers = [pid for pid in writers if not _ended(pid)]
    finally:
        for pid in [*workers, *writers]:
            _kill(pid)
    _wait(_fork(finish))
    print(json.dumps({"kills": kills}))


def write(seed: int, count: int, workspace_id: int) -> None:
    from django.db import transaction

    from guanxi.platform.events.facts import Draft, state_fact, state_facts
    from guanxi.platform.identity.actors import system_actor
    from guanxi.platform.tenancy.context import in_workspace

    chance = random.Random(seed)
    by = system_actor(workspace_id, f"writer {seed}")
    written = 0
    with in_workspace(workspace_id):
        while written < count:
            size = min(chance.choice([1, 1, 1, 2, 5, 20, 80, 300]), count - written)
            undone = chance.random() < 0.1
            with transaction.atomic():
                verb = "undone" if undone else "done"
                if size > 5:
                    state_facts([Draft("storm", verb, seed) for _ in range(size)], by=by)
                else:
                    for _ in range(size):
                        state_fact("storm", verb, seed, by=by)
                if chance.random() < 0.3:
                    time.sleep(chance.expovariate(1 / 0.02))  # others commit before, with later ids
                transaction.set_rollback(undone)
            written += 0 if undone else size


def work() -> None:
    from guanxi.platform.events.delivery import deliver_once
    from guanxi.platform.events.relay import run_relay_once

    register()
    while True:
        if not run_relay_once(limit=700) + deliver_once():
            time.sleep(0.01)


def finish() -> None:
    from guanxi.platform.events.delivery import drain_events

    register()
    drain_events()


def register() -> None:
    from guanxi.platform.events.consuming import CONSUMERS, consumer

    CONSUMERS.clear()
    consumer("small", ["storm.*"], batch=37)(lambda facts: effect("small", facts))
    consumer("large", ["*"], batch=500)(lambda facts: effect("large", facts))
    consumer("slow", ["storm.done"], batch=200)(slowly)


def slowly(facts: Sequence[object]) -> None:
    time.sleep(0.02)
    effect("slow", facts)


def effect(name: str, facts: Sequence[object]) -> None:
    """Writes in two statements with a pause, so that a kill has something to tear apart."""
    from django.db import connection

    rows = [(name, fact.workspace_id, fact.id, fact.position) for fact in facts]  # type: ignore[attr-defined]
    half = len(rows) // 2 + 1
    with connection.cursor() as cursor:
        for part in filter(None, (rows[:half], rows[half:])):
            marks = ", ".join(["(%s, %s, %s, %s)"] * len(part))
            cursor.execute(
                f"INSERT INTO storm_effect (consumer, workspace_id, fact_id, position) VALUES {marks}",
                [value for row in part for value in row],
            )
            time.sleep(0.002)


def _fork(child: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
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
        return  # it had ended


def _ended(pid: int) -> bool:
    ended, status = os.waitpid(pid, os.WNOHANG)
    assert status == 0, "a writer failed"
    return bool(ended)


def _wait(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    assert status == 0, "the last worker failed"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), [int(arg) for arg in sys.argv[3:]])
