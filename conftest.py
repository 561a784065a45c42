"""Fixtures that every room's tests may use."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import BaseCommand
from django.db import connections
from django_tasks.base import Task
from hypothesis import HealthCheck, settings

from guanxi.platform.jobs.policy import policy_of
from guanxi.platform.tenancy.transactions import as_if_outside
from tests.cast import cast  # noqa: F401
from tests.chromium import browser  # noqa: F401
from tests.empty import copy_empty_file, empty_template

# A busy machine draws slowly: that is no fault of what is tested.
settings.register_profile("guanxi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("guanxi")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The whole suite runs on two databases; what looks, counts or reads alike on both runs once."""
    if os.environ.get("GUANXI_DATABASE_URL", "").startswith("postgres"):
        skip = pytest.mark.skip(reason="the same on both databases: SQLite's run has it")
        for item in items:
            if item.get_closest_marker("one_database"):
                item.add_marker(skip)


@pytest.fixture(autouse=True, scope="session")
def commands_and_tasks_have_no_transaction() -> Iterator[None]:
    """What a test calls inside its own transaction is refused what it would not see without (PostgreSQL)."""
    with pytest.MonkeyPatch.context() as patch:
        for whole, name in ((BaseCommand, "execute"), (Task, "call")):
            patch.setattr(whole, name, _outside(getattr(whole, name)))
        yield


def _outside(call: Callable[..., Any]) -> Callable[..., Any]:
    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self, Task) and policy_of(self.func).atomic:
            return call(self, *args, **kwargs)
        with as_if_outside():
            return call(self, *args, **kwargs)

    return called


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> Iterator[bool]:
    """The tests' database begins as a copy of one that was migrated: that is done once for all processes."""
    test = connections["default"].settings_dict["TEST"]
    if connections["default"].vendor == "postgresql":
        test["TEMPLATE"] = empty_template()
        yield False
        return
    path = Path(test["NAME"])
    copy_empty_file(path)
    yield True
    connections.close_all()
    for made in path.parent.glob(f"{path.name}*"):
        made.unlink()
