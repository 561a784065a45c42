"""Memory does not grow with the file: what was read of a row is let go of before the next ones come."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from guanxi.people.contacts.models import Contact
from guanxi.platform.records.importing import jobs
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.models import Import
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import actor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_database]
FEW, MANY = 3_000, 6_000
LINE = "a word about the pump and the valve " * 110  # 4 kB
MB = 1 << 20


def test_neither_the_check_nor_the_run_keeps_what_it_has_read(cast, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "kept"
    with in_workspace(cast.xishan.pk):
        peaks = {rows: _bring(cast, _file(tmp_path, rows)) for rows in (FEW, MANY)}
        with reading():
            assert Contact.objects.count() == FEW + MANY
    grown = [(many - few) / MB for few, many in zip(peaks[FEW], peaks[MANY], strict=True)]
    size = (MANY - FEW) * len(LINE) / MB
    assert size > 9
    assert max(grown) < size / 4, f"{size:.0f} MB more to read took {grown} MB more memory"


def _file(folder: Path, rows: int) -> Path:
    path = folder / f"{rows}.csv"
    with path.open("w") as out:
        out.write("Name,Email,Notes\n")
        for number in range(rows):
            out.write(f"Person {number},p{number}@{rows}.example,{number} {LINE}\n")
    return path


def _bring(cast, path: Path) -> list[int]:
    """The most memory that the look, the check and the run of a file took, in bytes."""
    job: list[Import] = []
    return [
        _peak(lambda: job.append(begin_import([Incoming(path, path.name)], by=actor(cast.admin)))),
        _peak(lambda: jobs.work_on(job[0], jobs.State.CHECKING, check_import, jobs.State.CHECKED)),
        _peak(lambda: jobs.work_on(job[0], jobs.State.RUNNING, run_import, jobs.State.DONE)),
    ]


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
