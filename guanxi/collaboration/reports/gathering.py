"""What a member did in a time, from the facts; and what lies ahead of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.reports.models import DAY
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.holidays import add_working_days
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import ENGINE_VERBS
from guanxi.platform.tenancy.keys import first_key_at

MOST_LINKED = 200
MOST_PLANNED = 20
_ACTIVITY = "activity"
_EVERYDAY = frozenset(ENGINE_VERBS.values()) - {"created"}  # a changed field is no news
_UNSAID = frozenset(
    {"attached", "detached", "revealed", "scored", "reminded", "warned", "shared", "unshared"}
)


class Span(NamedTuple):
    """A day or a week where a member lives: its moments, and until when is planned after it."""

    start: datetime
    end: datetime
    ahead: date


def zone_of(member: Member) -> ZoneInfo:
    return ZoneInfo(member.user.timezone or member.workspace.timezone)


def first_day(period: str, day: date) -> date:
    """The day by which a report is known: itself, or the Monday of its week."""
    return day if period == DAY else day - timedelta(days=day.weekday())


def span_of(member: Member, period: str, day: date) -> Span:
    first, zone = first_day(period, day), zone_of(member)
    after = first + timedelta(days=1 if period == DAY else 7)
    start, end = (datetime.combine(one, time(), zone) for one in (first, after))
    ahead = (
        add_working_days(first, 1, member.workspace.country) if period == DAY else after + timedelta(days=6)
    )
    return Span(start, end, ahead)


def gather(member: Member, span: Span) -> list[dict[str, Any]]:
    """[{"object", "what", "count", "ids"}]: activities by kind, everything else by what was done to it."""
    found: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)
    done = Activity.objects.filter(
        owner_id=member.pk, done_at__gte=span.start, done_at__lt=span.end, archived_at=None
    )
    for kind, pk in done.order_by("done_at").values_list("kind", "pk"):
        found[_ACTIVITY, kind][pk] = None
    facts = Fact.objects.filter(
        pk__gte=first_key_at(span.start),
        pk__lt=first_key_at(span.end),
        actor_id=member.pk,
        actor_kind__in=("member", "token"),
    )
    for object_name, verb, record_id in facts.order_by("pk").values_list("object", "verb", "record_id"):
        if object_name != _ACTIVITY and _noteworthy(object_name, verb):
            found[object_name, verb][record_id] = None
    return [
        {
            "object": name,
            "what": what,
            "count": len(ids),
            "ids": [str(one) for one in list(ids)[:MOST_LINKED]],
        }
        for (name, what), ids in found.items()
    ]


def ahead_of(member: Member, span: Span) -> list[str]:
    """What is planned and due after the time, as lines in the active language."""
    zone, until = zone_of(member), datetime.combine(span.ahead + timedelta(days=1), time(), span.end.tzinfo)
    lines: list[tuple[date, str]] = []
    open_ = Activity.objects.filter(owner_id=member.pk, done_at=None, archived_at=None)
    for name in ("starts_at", "due_at"):
        rows = open_.filter(**{f"{name}__gte": span.end, f"{name}__lt": until}).order_by(name)
        lines += [
            (at.astimezone(zone).date(), subject)
            for at, subject in rows.values_list(name, "subject")[:MOST_PLANNED]
        ]
    for obj in registry.objects():
        if obj.next_step is None or not obj.owned:
            continue
        text, due = obj.next_step.text, obj.next_step.due
        days = {f"{due}__gte": span.end.date(), f"{due}__lte": span.ahead}
        rows = obj.rows().filter(owner_id=member.pk, archived_at=None, **days).order_by(due)[:MOST_PLANNED]
        lines += [(getattr(one, due), f"{getattr(one, text) or ''} · {one}".strip(" ·")) for one in rows]
    ordered: Sequence[tuple[date, str]] = sorted(dict.fromkeys(lines))[:MOST_PLANNED]
    return [f"{format_date(day)} {text}" for day, text in ordered]


def _noteworthy(object_name: str, verb: str) -> bool:
    if verb in _EVERYDAY or verb in _UNSAID or not registry.has(object_name):
        return False
    return bool(registry.get(object_name).group)
