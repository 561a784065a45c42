"""Where a list or a board of the past stands."""

from __future__ import annotations

from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import with_query

PAST = "/analytics/past/"


def past_url(obj: Object, **query: object) -> str:
    """`/analytics/past/deals/?as_of=2026-03-31&filter=…`; `lanes` names the field of a board."""
    return with_query(f"{PAST}{obj.plural}/", **query)
