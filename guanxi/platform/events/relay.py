"""The relay: gives every committed fact its place in the one order that consumers read by.

Keys are handed out before the commit, so "everything after id 10" would skip id 9 that commits later.
Positions are given out after the commit, by one relay at a time, without gaps: whoever has
read up to position 10 has read everything that will ever stand before 11.
"""

from __future__ import annotations

from django.db import connection, transaction

from guanxi.platform.events.models import Fact, FactHead, RelayState
from guanxi.platform.jobs.bells import FACTS, ring_after_commit
from guanxi.platform.tenancy.context import everywhere
from guanxi.platform.tenancy.transactions import reading

_STAMP = """
UPDATE events_fact SET position = waiting.place
FROM (
    SELECT id, %s + row_number() OVER (ORDER BY id) AS place
    FROM (SELECT id FROM events_fact WHERE position IS NULL ORDER BY id LIMIT %s) AS oldest
) AS waiting
WHERE events_fact.id = waiting.id
RETURNING events_fact.workspace_id, events_fact.position
"""


def run_relay_once(limit: int = 2_000) -> int:
    """Stamp up to `limit` facts; returns how many. May run anywhere, any number of times, and be killed."""
    with everywhere("the relay orders the facts of all workspaces"):
        with reading():
            if not Fact.objects.filter(position__isnull=True).exists():
                return 0
        with transaction.atomic():
            RelayState.objects.get_or_create(pk=1)
            # Everybody else waits here, and then sees what this one has stamped.
            state = RelayState.objects.select_for_update().get(pk=1)
            heads: dict[int, int] = {}
            with connection.cursor() as cursor:
                cursor.execute(_STAMP, [state.position, limit])
                stamped = cursor.fetchall()
            for workspace_id, position in stamped:
                heads[workspace_id] = max(position, heads.get(workspace_id, 0))
            if not stamped:
                return 0
            FactHead.objects.bulk_create(
                [FactHead(workspace_id=workspace_id, position=head) for workspace_id, head in heads.items()],
                update_conflicts=True,
                unique_fields=["workspace"],
                update_fields=["position"],
            )
            state.position += len(stamped)
            state.save()
            ring_after_commit(FACTS)
            return len(stamped)
