"""A warehouse of its own for a test, fed when the test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from guanxi.analytics.consumers import forget, hear
from guanxi.platform.events.consuming import CONSUMERS, consumer
from guanxi.platform.events.delivery import drain_events


@pytest.fixture
def fed(settings: Any, tmp_path: Any) -> Iterator[Callable[[], int]]:
    """Delivers all facts, to the warehouse as well, whose files lie in a folder of the test's."""
    settings.WAREHOUSE_DIR = tmp_path
    consumer("warehouse", hears=("*",), batch=1_000, reset=forget)(hear)
    yield drain_events
    del CONSUMERS["warehouse"]
