"""The warehouse hears every fact."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from guanxi.analytics.warehouse.feeding import feed
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.tenancy.context import require_workspace_id


def forget() -> None:
    """Empty the chosen workspace's warehouse."""
    Store(require_workspace_id()).drop()


def hear(facts: Sequence[Fact]) -> None:
    """What is known of the records that facts are about."""
    feed(facts)


if settings.WAREHOUSE:
    consumer("warehouse", hears=("*",), batch=1_000, reset=forget)(hear)
