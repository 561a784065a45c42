"""Import of contacts from CSV, with validation, links and facts, against a bare load of the same rows.

The import is done twice, of a fifth of the rows and of all: the peak of memory must not follow the file. Its
time is that of the whole command, start included.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, transaction

from bench.loading import copy_rows
from bench.making import Bench
from bench.measuring import Result, against
from guanxi.people.contacts.models import Contact
from guanxi.platform.records.tallies.keeping import drop_triggers
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.keys import new_keys

SLOWER = 10.0  # times, at most, than the bare load
MEMORY = 1.15
LOOKED_EVERY = 0.05  # seconds: how large the import is by now
FIRMS = 500


def measure(bench: Bench, rows: int) -> Iterator[Result]:
    few = max(rows // 5, 1)
    with tempfile.TemporaryDirectory() as folder:
        (_short, little), (long, much) = (_import(Path(folder), bench, count) for count in (few, rows))
    ours = long / rows
    plain = _bare(bench, rows) / rows
    yield against(
        "import", f"{rows:,} contacts, per row", rows=bench.contacts, ours=1000 * ours, bare=1000 * plain,
        limit=SLOWER, note=f"{1 / ours:,.0f} rows/s against {1 / plain:,.0f}",
    )  # fmt: skip
    yield against(
        "import", f"peak of memory, {rows:,} against {few:,} rows", rows=bench.contacts, ours=much,
        bare=little, limit=MEMORY, unit="MB",
    )  # fmt: skip


def _import(folder: Path, bench: Bench, rows: int) -> tuple[float, float]:
    """Seconds and megabytes of one `guanxi import`."""
    path = folder / f"people-{rows}.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Name", "Email", "Mobile", "Job title", "Company", "Owner"])
        for at in range(rows):
            writer.writerow([
                f"Imported {rows} {at}", f"i{at}@import{rows}.example", f"137{rows % 1000:03d}{at:07d}"[:11],
                f"Title {at % 50}", f"Importers {at % FIRMS}", f"m{at % 96}@bench.example",
            ])  # fmt: skip
    command = [
        sys.executable, "-m", "guanxi.config.cli", "import", str(path), "--workspace", "bench",
        "--object", "contact", "--key", "none", "--create-missing", "company", "--yes",
    ]  # fmt: skip
    started = time.perf_counter()
    most = 0
    with open(folder / "import.log", "w") as log:
        process = subprocess.Popen(command, env=dict(os.environ), stdout=log, stderr=log)
        while process.poll() is None:
            most = max(most, own_memory(process.pid))
            time.sleep(LOOKED_EVERY)
    if process.returncode:
        raise RuntimeError((folder / "import.log").read_text())
    return time.perf_counter() - started, most / 1024


def own_memory(pid: int) -> int:
    """Kilobytes of a process's own: mapped pages of SQLite's file are the kernel's to take back.

    What the kernel says of a child when it has ended (ru_maxrss) begins with the memory of its parent.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon:")), 0)


def _bare(bench: Bench, rows: int) -> float:
    """Seconds for the same rows, with the indexes that the table has, in one transaction."""
    columns = [str(one.column) for one in Contact._meta.concrete_fields]
    names = ", ".join(f'"{name}"' for name in columns)
    with everywhere("a bare load is measured"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM people_contact WHERE workspace_id = %s AND name LIKE %s",
            [bench.workspace_id, f"Imported {rows} %"],
        )
        found = cursor.fetchall()
        assert len(found) == rows, f"{len(found)} of {rows} contacts arrived"
        keyed = columns.index("id")
        loaded = [
            (*row[:keyed], key, *row[keyed + 1 :]) for row, key in zip(found, new_keys(rows), strict=True)
        ]
        drop_triggers(connection, Contact)  # the rows alone: what is kept beside them is ours
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE people_contact DISABLE ROW LEVEL SECURITY")
        started = time.perf_counter()
        copy_rows("people_contact", columns, loaded)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds
