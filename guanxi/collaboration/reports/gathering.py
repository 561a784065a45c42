"""What a member did in a time, from the facts; and what lies ahead of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.reports.periods import Span, zone_of
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.dates import format_date
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import ENGINE_VERBS
from guanxi.platform.tenancy.keys import first_key_at

MOST_LINKED = 200
MOST_PLANNED = 20
_ACTIVITY = "activity"
_CUSTOMER = "company"
_EVERYDAY = frozenset(ENGINE_VERBS.values()) - {"created"}  # a changed field is no news
_OWN = "work_report"  # that one was written is no work
_UNSAID = frozenset(
    {
        "attached", "renamed", "detached", "reattached", "revealed", "scored", "reminded", "warned", "shared",
        "unshared",
    }
)  # fmt: skip


class Gathered(NamedTuple):
    """What was done in a time.

    facts       [{"object", "what", "count", "ids"}]: activities by kind, all else by what was done
    companies   the customers that it was about, those of the first work first
    activities  how many activities were done
    """

    facts: list[dict[str, Any]]
    companies: list[int]
    activities: int


def gather(member: Member, span: Span) -> Gathered:
    """What a member did in a time, from their activities and from the log."""
    found: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)
    companies: dict[int, None] = {}
    done = Activity.objects.filter(
        owner_id=member.pk, done_at__gte=span.start, done_at__lt=span.end, archived_at=None
    )
    activities = 0
    for kind, pk, about in done.order_by("done_at").values_list("kind", "pk", "about"):
        found[_ACTIVITY, kind][pk] = None
        companies |= _customers(about)
        activities += 1
    facts = Fact.objects.filter(
        pk__gte=first_key_at(span.start),
        pk__lt=first_key_at(span.end),
        actor_id=member.pk,
        actor_kind__in=("member", "token"),
    )
    rows = facts.order_by("pk").values_list("object", "verb", "record_id", "about")
    for object_name, verb, record_id, about in rows:
        if object_name != _ACTIVITY and _noteworthy(object_name, verb):
            found[object_name, verb][record_id] = None
            companies |= _customers([[object_name, record_id], *about])
    return Gathered(
        [
            {
                "object": name,
                "what": what,
                "count": len(ids),
                "ids": [str(one) for one in list(ids)[:MOST_LINKED]],
            }
            for (name, what), ids in found.items()
        ],
        list(companies)[:MOST_LINKED],
        activities,
    )


def _customers(about: Iterable[Sequence[Any]]) -> dict[int, None]:
    return {int(record_id): None for name, record_id in about if name == _CUSTOMER}


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
    if object_name == _OWN or verb in _EVERYDAY or verb in _UNSAID or not registry.has(object_name):
        return False
    return bool(registry.get(object_name).group)
