"""Several people at the same moment, each in a transaction on a connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection, transaction

from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.tenancy.context import in_workspace

DONE = "done"


def at_once(workspace_id: int, *works: Callable[[], object]) -> list[str]:
    """Run each in a thread, all starting together; says for each "done", or why it was refused, sorted.

    Whatever else goes wrong in one is raised here.
    """
    said: list[str] = []
    wrong: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            with in_workspace(workspace_id), transaction.atomic():
                work()
            said.append(DONE)
        except (InvalidValues, NotFound, Refused) as problem:
            said.append(str(problem))
        except BaseException as problem:
            wrong.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return sorted(said)
