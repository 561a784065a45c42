"""When a member is here: visits, and when the last one ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from guanxi.platform.identity.models import Member

SEEN_EVERY = timedelta(minutes=15)
AWAY_AFTER = timedelta(hours=1)  # who is not seen for so long has left; the next request begins a new visit


def note_visit(member: Member, *, now: datetime | None = None) -> None:
    """Keep that the member is here, with one statement every quarter of an hour.

    `away_since` becomes the end of the visit before this one, and stays until the next visit begins.
    """
    now = now or timezone.now()
    last = member.seen_at
    if last is not None and now - last < SEEN_EVERY:
        return
    if last is not None and now - last >= AWAY_AFTER:
        member.away_since = last
    member.seen_at = now
    Member.objects.filter(pk=member.pk).update(seen_at=now, away_since=member.away_since)
