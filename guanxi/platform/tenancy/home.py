"""Where a workspace lives: the clock by which work that nobody asks for knows which day it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from guanxi.platform.tenancy.context import in_workspace, require_workspace_id
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading


@contextmanager
def at_home(workspace_id: int, zone: str = "") -> Iterator[None]:
    """Work in one workspace, as `in_workspace`, by its own clock: a request has its member's, this has none.

    At five in the morning of Shanghai it is the day that a calendar on the wall there shows, though in UTC it
    is still the one before. A zone that this machine does not know is UTC.

    zone   the workspace's, where the caller has read it with something else; otherwise it is asked for
    """
    with in_workspace(workspace_id), timezone.override(_zone(zone or _zone_name(workspace_id))):
        yield


def zone_here() -> ZoneInfo:
    """The zone of the chosen workspace: whose midnight a day has where no single member is meant."""
    return _zone(_zone_name(require_workspace_id()))


def today_here() -> date:
    """Today by the calendar on the workspace's wall, whoever asks and from wherever."""
    return timezone.localdate(timezone=zone_here())


def _zone_name(workspace_id: int) -> str:
    with reading():
        name = Workspace.objects.filter(pk=workspace_id).values_list("timezone", flat=True).first()
    return name or "UTC"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
