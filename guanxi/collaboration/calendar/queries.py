"""What stands in the calendar."""

from __future__ import annotations

from datetime import datetime

from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.filters import All, Any, Condition, Filter
from guanxi.platform.records.listing import MOST_ROWS, ListQuery, Row, list_records

COLUMNS = ("subject", "kind", "starts_at", "ends_at", "due_at", "done_at", "place", "owner")
KINDS = ("call", "meeting", "visit", "todo")
_PAGES_AT_MOST = 5


def planned_between(start: datetime, end: datetime, *, by: Actor, mine: bool) -> list[Row]:
    """Activities that begin or are due from `start` to before `end`, within the actor's rights, in order.

    mine   only the actor's own. A thousand at most: nobody reads more in one month.
    """
    if not sees(ACTIVITY, ("kind", "starts_at", "due_at"), by):
        return []
    begins, before = start.isoformat(), end.isoformat()
    times = Any(
        tuple(
            All((Condition(name, "gte", begins), Condition(name, "lt", before)))
            for name in ("starts_at", "due_at")
        )
    )
    parts: list[Filter] = [Condition("kind", "in", list(KINDS)), times]
    if mine:
        parts.append(Condition("owner", "is", "me"))
    rows: list[Row] = []
    after: str | None = None
    for _page in range(_PAGES_AT_MOST):
        query = ListQuery(
            obj=ACTIVITY,
            columns=COLUMNS,
            filter=All(tuple(parts)),
            sort="starts_at",
            after=after,
            limit=MOST_ROWS,
        )
        found = list_records(query, by=by)
        rows += found.rows
        after = found.after
        if after is None:
            break
    return sorted(rows, key=lambda row: (when(row), row.id))


def when(row: Row) -> datetime:
    """Where an activity stands in the calendar."""
    moment: datetime = row.values["starts_at"] or row.values["due_at"]
    return moment
