"""The evidence of a clash, from facts: who was there first, who has talked to them, who has opened deals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from guanxi.collaboration.clashes.models import Clash
from guanxi.collaboration.clashes.policy import Policy, Work
from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object

TALKS = ("call", "meeting", "visit", "email", "message")
ON_THE_SPOT = ("visit",)
MOST_LINES = 60
MOST_READ = 5_000


def entries_of(clash: Clash) -> list[TimelineEntry]:
    """What claimants did for the customer, the oldest first: conversations, and what they opened."""
    ids = [one.record_id for one in clash.records.all()]
    rows = TimelineEntry.objects.filter(
        object=clash.object, record_id__in=ids, actor_id__in=clash.claimants
    ).order_by("at", "source_id")
    seen: set[tuple[str, int, int]] = set()
    found = []
    for one in rows[:MOST_READ]:
        mark = (one.about, one.about_id, one.source_id)
        if mark not in seen and (one.kind in TALKS or one.verb == "created" or one.about in ("quote",)):
            seen.add(mark)
            found.append(one)
    return found


def works_of(clash: Clash, entries: Sequence[TimelineEntry], policy: Policy) -> list[Work]:
    """What each claimant has done, in the order of the claimants."""
    obj = registry.get(clash.object)
    ids = [one.record_id for one in clash.records.all()]
    owners = list(obj.rows().filter(pk__in=ids).values_list("owner_id", flat=True))
    since = timezone.now() - timedelta(days=policy.days)
    found = []
    for member_id in clash.claimants:
        own = [one for one in entries if one.actor_id == member_id]
        talks = [one for one in own if one.kind in TALKS]
        recent = [one for one in talks if one.at >= since]
        opened = [one for one in own if one.verb == "created" and one.about != clash.object]
        found.append(
            Work(
                member_id,
                first=own[0].at if own else None,
                active=len(recent),
                visits=sum(1 for one in recent if one.kind in ON_THE_SPOT),
                deals=len({one.about_id for one in opened if _is_selling(one.about)}),
                quotes=len({one.about_id for one in own if one.about == "quote"}),
                owns=owners.count(member_id),
            )
        )
    return found


def _is_selling(name: str) -> bool:
    """Whether records of an object are what is won or lost: they stand on a board and close."""
    if not registry.has(name):
        return False
    obj: Object = registry.get(name)
    return bool(obj.board and obj.closed)
