"""A worker that is killed in the middle of writing leaves a warehouse that is whole; the next one goes on.

`GUANXI_KILLS=500 scripts/test tests/faults/test_warehouse.py` kills more often than the suite has time for.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from guanxi.analytics.consumers import forget, hear
from guanxi.analytics.warehouse.engine import cursor
from guanxi.analytics.warehouse.feeding import digests, rebuild
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.events.consuming import CONSUMERS, consumer
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor
from tests.faults.killed_writer import RECORDS, table

KILLS = int(os.environ.get("GUANXI_KILLS", "9"))
chance = random.Random(20261122)


@contextmanager
def writer(folder: Path, workspace_id: int) -> Iterator[subprocess.Popen[str]]:
    """The process that starts those which are killed."""
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-m", "tests.faults.killed_writer", name, str(folder), str(workspace_id)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def killed(process: subprocess.Popen[str], act: str, folder: Path) -> None:
    """Let one work until it is somewhere in its writing, look meanwhile, and kill it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(act + "\n")
    process.stdin.flush()
    child = int(process.stdout.readline())
    before = {path.name for path in folder.iterdir()}
    limit = time.monotonic() + 60
    while {path.name for path in folder.iterdir()} == before and time.monotonic() < limit:
        time.sleep(0.01)  # its first file: from here on it writes
    assert time.monotonic() < limit, "it wrote nothing"
    time.sleep(chance.random() * 0.4)
    os.kill(child, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.django_db
def test_readers_see_a_whole_warehouse_whenever_a_writer_is_killed(settings: object, tmp_path: Path) -> None:
    settings.WAREHOUSE_DIR = tmp_path  # type: ignore[attr-defined]
    store = Store(7)
    store.append((name, *table(name, 1)) for name in ("company", "contact"))
    with writer(tmp_path, 7) as process:
        for number in range(KILLS):
            killed(process, ("append", "rebuild", "fold")[number % 3], store.folder)
            for _look in range(3):
                assert_whole(Store(7).held())
    files = {path.name for path in store.folder.glob("*.parquet")}
    named = {
        part.file
        for one in store.manifest().tables.values()
        for part in (one.now, one.past, *one.deltas)
        if part is not None
    }
    assert named <= files, "what the manifest names is there"
    store.append((name, *table(name, 5)) for name in ("company", "contact"))
    store.compact("company", table("company", 0)[0])
    assert assert_whole(store) == 5, "who comes after goes on"


def assert_whole(store: Store) -> int:
    """All records of both objects say one number: that of one writing, and nothing between two."""
    said: set[tuple[int, int]] = set()
    for name, column in (("company", "employees"), ("contact", "rhythm_days")):
        columns, _rows = table(name, 0)
        sql = store.versions_sql(store.manifest().tables[name], columns, present=True)
        rows = cursor().execute(f"SELECT {column}, count(*) FROM ({sql}) GROUP BY 1").fetchall()
        said |= set(rows)
    ((number, count),) = said
    assert count == RECORDS
    return int(number)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_over_and_over_ends_with_what_a_rebuild_says(
    cast: Cast, settings: object, tmp_path: Path
) -> None:
    settings.WAREHOUSE_DIR = tmp_path  # type: ignore[attr-defined]
    admin = actor(cast.admin)
    store = Store(cast.xishan.pk)
    store.folder.mkdir(parents=True)
    firms = []
    with in_workspace(cast.xishan.pk), transaction.atomic():
        for one in range(12):
            firms.append(create_record(object="company", values={"name": f"公司 {one}"}, by=admin))
            create_record(object="contact", values={"name": f"人 {one}", "company": firms[-1].pk}, by=admin)
    connection.close()
    with writer(tmp_path, cast.xishan.pk) as process:
        for number in range(max(KILLS // 3, 2)):
            with in_workspace(cast.xishan.pk), transaction.atomic():
                firms = [change_record(one, {"employees": number + 1}, by=admin) for one in firms]
            killed(process, "hear", store.folder)
    consumer("warehouse", hears=("*",), batch=1_000, reset=forget)(hear)
    try:
        drain_events()
    finally:
        del CONSUMERS["warehouse"]
    with in_workspace(cast.xishan.pk):
        heard = digests()
        assert heard["company"][0] >= 12 * 2
        rebuild()
        assert digests() == heard
