"""How a workspace's calendar differs from its country's: single days (a stocktaking, a Saturday that is
worked), and the week that it works.

It holds wherever working days count: reminders, due dates, assignment, the pace of a target. What is read of
it is kept in the process under the workspace's `calendar_version`, which every change renews; without any,
nothing is asked. The week is kept by a room above this one (identity/hours.py), which offers how it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from guanxi.platform.i18n.models import CalendarDay
from guanxi.platform.tenancy.context import EVERYWHERE, current_workspace_id, remembered, require_workspace_id
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

MOST_KEPT = 500  # workspaces in one process
_VERSION = "calendar_version"
T = TypeVar("T")
Weekdays = frozenset[int]  # Monday is 0
_week_readers: list[Callable[[], Weekdays | None]] = []


class KeptWithCalendar(Generic[T]):
    """Something of the chosen workspace's calendar: read once per process for each version of the calendar.

    read   reads it, in the chosen workspace
    none   what there is where no workspace is chosen, or where it never said anything of its calendar
    """

    def __init__(self, read: Callable[[], T], none: T) -> None:
        self._read, self._none = read, none
        self._kept: dict[int, tuple[int, T]] = {}

    def __call__(self) -> T:
        workspace_id = current_workspace_id()
        if workspace_id in (None, EVERYWHERE):
            return self._none
        version = _version_of(workspace_id)
        if not version:
            return self._none
        known = self._kept.get(workspace_id)
        if known is None or known[0] != version:
            with reading():
                found = self._read()
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            known = self._kept[workspace_id] = (version, found)
        return known[1]


class OwnDay(NamedTuple):
    """Whether it is worked, and what it is called, or ""."""

    working: bool
    name: str


def own_days() -> Mapping[date, OwnDay]:
    """Those of the chosen workspace; none where none is chosen."""
    return _own_days()


def own_week() -> Weekdays | None:
    """The weekdays on which the chosen workspace works; None where it says nothing of them."""
    return next((week for read in _week_readers if (week := read())), None)


def reads_week(reader: Callable[[], Weekdays | None]) -> Callable[[], Weekdays | None]:
    """Offer how the week of the chosen workspace is read; the same reader is taken once."""
    if reader not in _week_readers:
        _week_readers.append(reader)
    return reader


def set_own_day(day: date, *, working: bool, name: str = "") -> CalendarDay:
    """Say what a day is; replaces what was said of it before. Inside a transaction."""
    row: CalendarDay
    row, _created = CalendarDay.objects.update_or_create(
        day=day,
        defaults={"working": working, "name": name},
        create_defaults={"working": working, "name": name, "workspace_id": require_workspace_id()},
    )
    renew_calendar()
    return row


def forget_own_day(row: CalendarDay) -> None:
    """The day is as in the country again."""
    row.delete()
    renew_calendar()


def renew_calendar() -> None:
    """All processes are to read it anew; a transaction that fails leaves a version that nobody else has."""
    workspace_id, version = require_workspace_id(), new_key()
    Workspace.objects.filter(pk=workspace_id).update(calendar_version=version)
    remembered()[_VERSION] = version


def _read_days() -> Mapping[date, OwnDay]:
    rows = CalendarDay.objects.values_list("day", "working", "name")
    return {day: OwnDay(working, name) for day, working, name in rows}


_own_days: KeptWithCalendar[Mapping[date, OwnDay]] = KeptWithCalendar(_read_days, {})


def _version_of(workspace_id: int) -> int:
    memory = remembered()
    if _VERSION not in memory:
        found = Workspace.objects.values_list(_VERSION, flat=True).filter(pk=workspace_id).first()
        memory[_VERSION] = found or 0
    return int(memory[_VERSION])
