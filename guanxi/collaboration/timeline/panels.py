"""What the timeline shows on record pages: the pulse in the head, and a tab with the composer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.timeline.projecting import entry_for
from guanxi.collaboration.timeline.queries import SHOWS, TimelinePage, read_cursor, timeline_page
from guanxi.collaboration.timeline.telling import by_day, tell
from guanxi.platform.i18n.dates import format_date, format_month, month_names
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import record_url, with_query
from guanxi.platform.records.panels import Panel, register
from guanxi.platform.records.pulses import pulses_question, silence
from guanxi.platform.records.questions import ask
from guanxi.web.components import Option, Pulse

WEEKS = 52


def pulse_of(record: Any, actor: Actor, found: Mapping[int, Pulse]) -> dict[str, Any]:
    """The pulse of a year, the words under it, and how long it has been quiet where that is worth a word."""
    obj = registry.get(record.object_name)
    quiet = silence(record.last_touch_at, record.rhythm_days)
    this_week = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    marks = [this_week - timedelta(weeks=WEEKS - 1 - week) for week in (0, 13, 26, 39)]
    return {
        "pulse": found.get(record.pk),
        "pulse_marks": [*(_month(day, first=day == marks[0]) for day in marks), _("This week")],
        "pulse_url": record_url(obj, record.pk, "pulse"),
        "quiet": str(quiet) if quiet and quiet.tone else "",
        "quiet_tone": quiet.tone if quiet else "",
    }


def timeline_of(
    record: Any,
    actor: Actor,
    page: TimelinePage | None = None,
    *,
    show: str = "",
    before: str = "",
    fresh: Activity | None = None,
) -> dict[str, Any]:
    """One page of the timeline, told.

    page    what was read already
    fresh   an activity of this very request, which the log has not delivered yet
    """
    obj = registry.get(record.object_name)
    page = page or ask(timeline_page(obj.name, record.pk, show=show, before=before))[0]
    entries = page.entries
    if fresh is not None and fresh.done_at:
        entries = sorted(
            [entry_for(fresh, (obj.name, record.pk)), *entries],
            key=lambda entry: (entry.at, entry.source_id),
            reverse=True,
        )
    here = record_url(obj, record.pk, "timeline", "entries")
    cursor = read_cursor(before)
    return {
        "days": list(
            by_day(tell(entries, by=actor), after=timezone.localdate(cursor[0]) if cursor else None)
        ),
        "show": show,
        "shows": [
            Option(one.name, str(one.label), href=with_query(here, show=one.name)) for one in SHOWS.values()
        ],
        "older_url": with_query(here, show=show, before=page.before),
        "older": _("Before %(day)s") % {"day": format_date(page.entries[-1].at)} if page.before else "",
        "first_page": not before,
    }


def tab_of(record: Any, actor: Actor, found: TimelinePage) -> dict[str, Any]:
    """The tab: the composer for those who may write, and the first page."""
    from guanxi.collaboration.activities.panels import composer_of, may_write

    composer = composer_of(record, actor) if may_write(record, actor) else {"composer": None}
    return {**composer, **timeline_of(record, actor, found)}


def timeline_until(record: Any, actor: Actor, moment: datetime) -> dict[str, Any]:
    """The first page of what had happened at a moment."""
    obj = registry.get(record.object_name)
    page = ask(timeline_page(obj.name, record.pk, before=f"{moment.isoformat()}~{2**63 - 1}"))[0]
    return timeline_of(record, actor, page)


def _month(day: date, *, first: bool) -> str:
    return format_month(day) if first else month_names("abbreviated")[day.month - 1]


register(
    Panel(
        name="pulse",
        label=gettext_lazy("Traffic"),
        place="head",
        order=10,
        template="collaboration/pulse.html",
        asks=lambda record, actor: pulses_question(record.object_name, [record.pk], weeks=WEEKS),
        context=pulse_of,
    )
)
register(
    Panel(
        name="timeline",
        label=gettext_lazy("Timeline"),
        place="tab",
        order=10,
        template="collaboration/timeline_tab.html",
        asks=lambda record, actor: timeline_page(record.object_name, record.pk),
        context=tab_of,
    )
)
register(
    Panel(
        name="timeline",
        label=gettext_lazy("Until then"),
        place="past",
        template="collaboration/timeline_past.html",
        context=timeline_until,
    )
)
