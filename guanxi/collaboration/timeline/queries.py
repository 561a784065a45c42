"""Reading a record's timeline, page by page, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.collaboration.timeline.traffic import CONTACT_KINDS
from guanxi.platform.records.questions import Question, model_question
from guanxi.platform.tenancy.context import require_workspace_id

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
) -> Question[TimelinePage]:
    """One page of a record's timeline; the caller has found the record through the access rule.

    A cursor that makes no sense is taken as none.
    """
    rules, params = ["m.workspace_id = %s AND m.object = %s AND m.record_id = %s"], list[Any]()
    params += [require_workspace_id(), object, record_id]
    kinds = SHOWS[show].kinds if show in SHOWS else None
    if kinds is not None:
        rules.append(f"m.kind IN ({', '.join(['%s'] * len(kinds))})")
        params += sorted(kinds)
    if cursor := read_cursor(before):
        rules.append("(m.at, m.source_id) < (%s, %s)")
        params += cursor
    asked = model_question(
        TimelineEntry,
        f"WHERE {' AND '.join(rules)} ORDER BY m.at DESC, m.source_id DESC LIMIT %s",
        (*params, limit + 1),
    )
    return Question(asked.selects, lambda raw: _page(asked.read(raw), limit))


def _page(found: list[TimelineEntry], limit: int) -> TimelinePage:
    more = len(found) > limit
    return TimelinePage(found[:limit], write_cursor(found[limit - 1]) if more else "")


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
