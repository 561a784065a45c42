"""Where a list or a board of the past stands, and of which lists there is one."""

from __future__ import annotations

from guanxi.analytics.warehouse.shape import TYPES
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter
from guanxi.platform.records.filters.tree import conditions_of
from guanxi.platform.records.filters.words import field_behind

PAST = "/analytics/past/"


def past_url(obj: Object, **query: object) -> str:
    """`/analytics/past/deals/?as_of=2026-03-31&filter=…`; `lanes` names the field of a board."""
    return with_query(f"{PAST}{obj.plural}/", **query)


def tells_of(obj: Object, filter_text: str) -> bool:
    """Whether the warehouse keeps every field that a filter names: it has no phones and no long texts."""
    try:
        named = [field_behind(obj, one.field) for one in conditions_of(parse_filter(filter_text))]
    except FilterSyntaxError:
        return False
    return all(one is not None and one.type in TYPES for one in named)
