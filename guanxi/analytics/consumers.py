"""The warehouse hears every fact."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from guanxi.analytics.jobs import rebuild_warehouse
from guanxi.analytics.warehouse.feeding import feed
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.models import Fact
from guanxi.platform.tenancy.context import require_workspace_id


def forget() -> None:
    """Empty the chosen workspace's warehouse."""
    Store(require_workspace_id()).drop()


def hear(facts: Sequence[Fact]) -> None:
    """What is known of the records that facts are about.

    Where there are no files at all although facts were heard before (a backup was restored, somebody emptied
    the folder), a job makes them anew.
    """
    if not Store(require_workspace_id()).manifest().tables:
        rebuild_warehouse.enqueue()
    feed(facts)
    if any(fact.verb == "erased" for fact in facts):
        rebuild_warehouse.enqueue()  # nothing is left of them as it was


if settings.WAREHOUSE:
    consumer("warehouse", hears=("*",), batch=1_000, reset=forget)(hear)
