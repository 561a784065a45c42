from __future__ import annotations

from collections.abc import Iterator

import pytest

from guanxi.platform.jobs.tests.tasks import DONE
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace


@pytest.fixture
def firm(db) -> Iterator[Workspace]:
    """A workspace, and the test inside it."""
    workspace = Workspace.objects.create(slug="firm", name="Firm")
    with in_workspace(workspace.id):
        yield workspace


@pytest.fixture
def done() -> Iterator[list[object]]:
    """What the tasks of tests/tasks.py have done."""
    DONE.clear()
    yield DONE
    DONE.clear()
