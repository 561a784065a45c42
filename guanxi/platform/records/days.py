"""The day of a kept day or moment, as SQL text: 2026-11-24, where the member is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from django.db import connection

from guanxi.platform.metadata.fields import DateTime, Field

_ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,64}")  # as zones are named: nothing that would end a literal
_FIRST, _LAST = 1992, 2040


def local_day(found: Field, alias: str, zone: tzinfo) -> str:
    """An expression without parameters: the ISO day of a Date, or of a DateTime in this zone."""
    kept = found.expression(alias)
    sqlite = connection.vendor == "sqlite"
    if not isinstance(found, DateTime):
        return kept if found.own or sqlite else f"to_char({kept}, 'YYYY-MM-DD')"
    name = _name_of(zone)
    if not sqlite:
        moment = f"{kept}::timestamptz" if found.own else kept
        return f"to_char({moment} AT TIME ZONE '{name}', 'YYYY-MM-DD')"
    if (minutes := _fixed_offset(name, zone)) is not None:
        return f"date({kept}, '{minutes:+d} minutes')"
    # A zone whose clocks change: Django's own function for SQLite knows when. It takes no Z at the end.
    bare = f"replace(replace({kept}, 'T', ' '), 'Z', '')" if found.own else kept
    return f"django_datetime_cast_date({bare}, '{name}', 'UTC')"


def _name_of(zone: tzinfo) -> str:
    name = str(zone)
    return name if _ZONE.fullmatch(name) else "UTC"


@lru_cache(maxsize=64)
def _fixed_offset(name: str, zone: tzinfo) -> int | None:
    """Minutes from UTC where the clocks never change in the years that records are of; None where they do."""
    moments = (
        datetime(_FIRST, 1, 1, tzinfo=UTC) + timedelta(days=30 * step)
        for step in range((_LAST - _FIRST) * 12)
    )
    found = {moment.astimezone(zone).utcoffset() for moment in moments}
    offset = found.pop()
    return None if found or offset is None else int(offset.total_seconds() // 60)
