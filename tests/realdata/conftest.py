"""Real files from outside, through the engine of the import."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.importing import jobs
from guanxi.platform.records.importing.checking import check_import
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.importing.running import run_import
from guanxi.platform.records.importing.undoing import undo_import
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor
from tests.realdata import data_set


class Workshop:
    """An administrator of 溪山仪器 at work on files, through the engine of the wizard and the command."""

    def __init__(self, by: Actor) -> None:
        self.by = by

    def begin(self, *paths: Path, objects: Sequence[str] = (), **more: Any) -> Import:
        named = [*objects, *[""] * (len(paths) - len(objects))]
        both = zip(paths, named, strict=True)
        files = [Incoming(path, path.name, object=name) for path, name in both]
        return begin_import(files, by=self.by, **more)

    def file(self, job: Import, name: str) -> ImportFile:
        return job.files.get(name=name)

    def decide(self, job: Import, name: str, decision: Callable[[FilePlan], None]) -> None:
        """What a person would decide about the plan of a file."""
        file = self.file(job, name)
        plan = file.file_plan
        decision(plan)
        file.plan = plan.as_json()
        file.save(update_fields=["plan"])

    def check(self, job: Import) -> dict[str, dict[str, int]]:
        """What would become of the rows, by file."""
        jobs.work_on(job, jobs.State.CHECKING, check_import, jobs.State.CHECKED)
        assert job.state == "checked", job.error
        return {file.name: file.checked for file in job.files.all()}

    def run(self, job: Import) -> dict[str, ImportFile]:
        """Bring it in; every row of every file is accounted for, whatever it is."""
        jobs.work_on(job, jobs.State.RUNNING, run_import, jobs.State.DONE)
        assert job.state == "done", job.error
        files = {file.name: file for file in job.files.all()}
        assert all(file.balances and file.finished for file in files.values())
        return files

    def undo(self, job: Import) -> None:
        jobs.work_on(job, jobs.State.UNDOING, undo_import, jobs.State.UNDONE)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of all sets; skips where there is none."""
    return data_set("maven_crm").parent


@pytest.fixture(scope="session")
def expected(data: Path) -> dict[str, Any]:
    """The figures that a correct implementation must reproduce, by set."""
    found: dict[str, Any] = json.loads((data / "EXPECTED.json").read_text())
    return found


@pytest.fixture
def workshop(cast: Cast, data: Path, settings: Any, tmp_path: Path) -> Any:
    settings.DATA_DIR = tmp_path
    with in_workspace(cast.xishan.pk):
        yield Workshop(actor(cast.admin))
