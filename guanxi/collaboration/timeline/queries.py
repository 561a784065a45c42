"""Reading a record's timeline, page by page, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.collaboration.timeline.traffic import CONTACT_KINDS
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.prepared import Prepared

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Show:
    """One way to look at a timeline: its name in addresses, its label, the kinds of entries in it."""

    name: str
    label: Any
    kinds: frozenset[str] | None = None


SHOWS: Mapping[str, Show] = {
    show.name: show
    for show in (
        Show("", _("All")),
        Show("talks", _("Contact"), CONTACT_KINDS),
        Show("notes", _("Notes and to-dos"), frozenset({"note", "todo"})),
        Show("events", _("Events"), frozenset({"event", "file"})),
        Show("changes", _("Changes"), frozenset({"change"})),
    )
}


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Entries, newest first; `before` is the cursor of the older ones, "" at the beginning of time."""

    entries: list[TimelineEntry]
    before: str


def timeline_page(
    object: str, record_id: int, *, show: str = "", before: str = "", limit: int = PER_PAGE
) -> TimelinePage:
    """One page of a record's timeline; the caller has found the record through the access rule.

    A cursor that makes no sense is taken as none.
    """
    kinds = SHOWS[show].kinds if show in SHOWS else None
    cursor = read_cursor(before)
    if kinds is None and cursor is None and limit == PER_PAGE:
        here = {"workspace_id": require_workspace_id(), "object_text": object, "record_id": record_id}
        found = _FIRST_PAGE.rows(**here)
    else:
        found = _other_page(object, record_id, kinds, cursor, limit + 1)
    more = len(found) > limit
    return TimelinePage(found[:limit], write_cursor(found[limit - 1]) if more else "")


# Every record page asks for this one.
_FIRST_PAGE: Prepared[TimelineEntry] = Prepared(
    lambda workspace_id, object_text, record_id: (
        QuerySet(TimelineEntry)
        .filter(workspace_id=workspace_id, object=object_text, record_id=record_id)
        .order_by("-at", "-source_id")[: PER_PAGE + 1]
    ),
    ("workspace_id", "object_text", "record_id"),
)


def _other_page(
    object: str, record_id: int, kinds: frozenset[str] | None, cursor: tuple[datetime, int] | None, limit: int
) -> list[TimelineEntry]:
    rows = TimelineEntry.objects.filter(object=object, record_id=record_id)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if cursor:
        at, source_id = cursor
        rows = rows.filter(Q(at__lt=at) | Q(at=at, source_id__lt=source_id))
    return list(rows.order_by("-at", "-source_id")[:limit])


def write_cursor(entry: TimelineEntry) -> str:
    return f"{entry.at.isoformat()}~{entry.source_id}"


def read_cursor(text: str) -> tuple[datetime, int] | None:
    """When and what the last entry of the page before was; None for anything else."""
    at, _mark, source_id = text.rpartition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, int(source_id)) if moment.tzinfo and 0 < int(source_id) < 2**63 else None
    except ValueError:
        return None
