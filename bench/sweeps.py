"""A sweep for duplicates over all contacts of a large workspace: minutes, memory, and what it finds.

The workspace has companies and contacts and nothing else. One contact in twenty is there twice, written anew
as people do: a slip in the name, no number, another address, a digit wrong. Ten others have each name, as in
any large address book. The sweep is a process of its own, as a worker is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from django.core.management import call_command
from django.db import connection, transaction

from bench import names, rows, sets
from bench.imports import own_memory
from bench.loading import copy_rows, unguarded
from bench.making import new_world
from bench.measuring import Result, within
from guanxi.platform.tenancy.context import everywhere, in_workspace
from guanxi.platform.tenancy.keys import new_keys

MINUTES = 60.0  # a night has more of them; a million is to be a matter of minutes
MEGABYTES = 1_500.0
EVERY = 20
LOOKED_EVERY = 0.2
NAME, COMPANY, PHONES, EMAILS = (
    rows.CONTACT.index(one) for one in ("name", "company_id", "phones", "emails")
)


def measure(contacts: int) -> Iterator[Result]:
    """Make a set of this size, sweep it, and let go of it."""
    with sets.throwaway("sweep") as name:
        call_command("migrate", verbosity=0)
        world = new_world("bench", members=96, people=names.people(), firms=names.firms())
        planted = _fill(world, contacts)
        seconds, megabytes, said = _swept(name, world.workspace_id)
        right, found = _found(world.workspace_id, planted)
    minutes = seconds / 60
    yield within(
        "sweep", "all contacts compared", rows=contacts, ours=minutes, limit=MINUTES, unit="min",
        note=f"{said['looked_at']:,} pairs weighed, {said['cpu'] / 60:.1f} min of processor time",
    )  # fmt: skip
    yield within(
        "sweep", "peak of memory", rows=contacts, ours=megabytes, limit=MEGABYTES, unit="MB",
        note="of the process's own",
    )  # fmt: skip
    yield within(
        "sweep", "contacts that are there twice and were not found", rows=contacts,
        ours=100 * (1 - right / len(planted)), limit=None, unit="%",
        note=f"{right:,} of {len(planted):,} at 50 % and more, among {found:,} pairs",
    )  # fmt: skip


def _fill(world: rows.World, contacts: int) -> set[tuple[int, int]]:
    """Rows past the product; returns the pairs that are one."""
    firms, people = new_keys(max(contacts // 5, 1)), new_keys(contacts)
    again = iter(new_keys(contacts // EVERY))
    planted: set[tuple[int, int]] = set()

    def twice() -> Iterator[rows.Row]:
        for at, row in enumerate(rows.contacts(world, people, firms)):
            yield row
            if at % EVERY == EVERY - 1 and (key := next(again, None)) is not None:
                planted.add((min(people[at], key), max(people[at], key)))
                yield (key, *_written_anew(row, at // EVERY)[1:])

    with (
        unguarded(("people_company", "people_contact")),
        everywhere("a data set is made"),
        transaction.atomic(),
    ):
        copy_rows("people_company", rows.COMPANY, rows.companies(world, firms))
        copy_rows("people_contact", rows.CONTACT, twice())
    return planted


def _written_anew(row: rows.Row, at: int) -> Sequence[object]:
    again = list(row)
    name, number = str(row[NAME]), json.loads(str(row[PHONES]))[0]["number"]
    if at % 4 == 0:  # a slip in the name, and no address
        again[NAME], again[EMAILS] = name[:1] + name[2:] + name[1:2], "[]"
    elif at % 4 == 1:  # no number, no company
        again[PHONES], again[COMPANY] = "[]", None
    elif at % 4 == 2:  # another address
        again[EMAILS] = json.dumps([{"kind": "home", "email": f"home{at}@mail.example"}])
    else:  # a digit wrong, another address: name and company are all there is
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        again[PHONES] = json.dumps([{"kind": "mobile", "number": wrong, "typed": wrong}])
        again[EMAILS] = json.dumps([{"kind": "home", "email": f"home{at}@mail.example"}])
    return again


def _swept(name: str, workspace_id: int) -> tuple[float, float, dict[str, float]]:
    """Seconds, megabytes, and what the other process says."""
    connection.close()
    command = [sys.executable, "-m", "bench.sweeper", str(workspace_id)]
    started, most = time.perf_counter(), 0
    with subprocess.Popen(
        command, env={**os.environ, "GUANXI_DATABASE_URL": sets.url(name)}, stdout=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None:
            most = max(most, own_memory(process.pid))
            time.sleep(LOOKED_EVERY)
        seconds = time.perf_counter() - started
        assert process.stdout is not None
        said = process.stdout.read()
    if process.returncode:
        raise RuntimeError(said)
    return seconds, most / 1024, json.loads(said.splitlines()[-1])


def _found(workspace_id: int, planted: set[tuple[int, int]]) -> tuple[int, int]:
    from guanxi.platform.records.duplicates.models import DuplicatePair

    with in_workspace(workspace_id), transaction.atomic():
        pairs = DuplicatePair.objects.filter(permille__gte=500).values_list("low_id", "high_id")
        found = {(low, high) for low, high in pairs.iterator(chunk_size=5_000)}
    return len(found & planted), len(found)
