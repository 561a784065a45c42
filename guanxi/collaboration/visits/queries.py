"""What is asked of visits: whose customer it is, how far is far, the visits of a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from guanxi.collaboration.activities.models import VISIT, Activity
from guanxi.collaboration.activities.objects import ACTIVITY
from guanxi.collaboration.visits.models import FAR, VisitPolicy
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.rights import sees
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.filters import Any as AnyOf
from guanxi.platform.records.listing import MOST_ROWS, ListPage, ListQuery, list_records

COLUMNS = (
    "subject", "about", "starts_at", "checked_in_at", "checked_out_at", "done_at", "minutes", "position",
    "distance", "outcome", "body", "owner",
)  # fmt: skip
_CUSTOMER = "company"


def customer_of(visit: Activity, *, by: Actor) -> Any | None:
    """The company that a visit is to: what it is about, or what that belongs to; None where none is seen."""
    for name, record_id in visit.about:
        if not registry.has(name):
            continue
        obj = registry.get(name)
        try:
            found = find_record(obj, int(record_id), by=by)
            if name == _CUSTOMER:
                return found
            link = next((one for one in obj.fields if isinstance(one, Link) and one.to == _CUSTOMER), None)
            company_id = link.get(found) if link is not None else None
            if company_id:
                return find_record(registry.get(_CUSTOMER), company_id, by=by)
        except NotFound:
            continue
    return None


def far_of() -> int:
    """From how many metres on a check-in is far from the customer, in the chosen workspace."""
    row = VisitPolicy.objects.first()
    return row.far if row else FAR


def open_visit_of(member_id: int) -> Activity | None:
    """The visit at which a member is now."""
    rows = Activity.objects.filter(owner_id=member_id, kind=VISIT, archived_at=None, done_at=None)
    found: Activity | None = rows.filter(checked_in_at__isnull=False, checked_out_at=None).first()
    return found


def visits_between(start: datetime, end: datetime, *, by: Actor) -> ListPage:
    """Visits that are planned, begun or done from `start` to before `end`, within the actor's rights."""
    if not sees(ACTIVITY, ("kind", "starts_at", "done_at"), by):
        return ListPage(rows=[], refs={}, after=None)
    times = AnyOf(
        tuple(
            All((Condition(name, "gte", start.isoformat()), Condition(name, "lt", end.isoformat())))
            for name in ("starts_at", "checked_in_at", "done_at")
            if sees(ACTIVITY, (name,), by)
        )
    )
    query = ListQuery(
        obj=ACTIVITY,
        columns=tuple(name for name in COLUMNS if sees(ACTIVITY, (name,), by)),
        filter=All((Condition("kind", "is", VISIT), times)),
        sort="starts_at",
        limit=MOST_ROWS,
    )
    return list_records(query, by=by)
