"""Days on which a workspace does otherwise than its country: a stocktaking, a Saturday that is worked.

They hold wherever working days count: reminders, due dates, assignment, the pace of a target. Kept in the
process under the workspace's `calendar_version`, which every change renews; without any, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from guanxi.platform.i18n.models import CalendarDay
from guanxi.platform.tenancy.context import EVERYWHERE, current_workspace_id, remembered, require_workspace_id
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

MOST_KEPT = 500  # workspaces in one process
_VERSION = "calendar_version"
_kept: dict[int, tuple[int, Mapping[date, OwnDay]]] = {}


class OwnDay(NamedTuple):
    """Whether it is worked, and what it is called, or ""."""

    working: bool
    name: str


def own_days() -> Mapping[date, OwnDay]:
    """Those of the chosen workspace; none where none is chosen."""
    workspace_id = current_workspace_id()
    if workspace_id in (None, EVERYWHERE):
        return {}
    version = _version_of(workspace_id)
    if not version:
        return {}
    known = _kept.get(workspace_id)
    if known is None or known[0] != version:
        with reading():
            rows = list(CalendarDay.objects.values_list("day", "working", "name"))
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        known = _kept[workspace_id] = (version, {day: OwnDay(working, name) for day, working, name in rows})
    return known[1]


def set_own_day(day: date, *, working: bool, name: str = "") -> CalendarDay:
    """Say what a day is; replaces what was said of it before. Inside a transaction."""
    row: CalendarDay
    row, _created = CalendarDay.objects.update_or_create(
        day=day,
        defaults={"working": working, "name": name},
        create_defaults={"working": working, "name": name, "workspace_id": require_workspace_id()},
    )
    _renew()
    return row


def forget_own_day(row: CalendarDay) -> None:
    """The day is as in the country again."""
    row.delete()
    _renew()


def _version_of(workspace_id: int) -> int:
    memory = remembered()
    if _VERSION not in memory:
        found = Workspace.objects.values_list(_VERSION, flat=True).filter(pk=workspace_id).first()
        memory[_VERSION] = found or 0
    return int(memory[_VERSION])


def _renew() -> None:
    """All processes are to read them anew; a transaction that fails leaves a version that nobody else has."""
    workspace_id, version = require_workspace_id(), new_key()
    Workspace.objects.filter(pk=workspace_id).update(calendar_version=version)
    remembered()[_VERSION] = version
