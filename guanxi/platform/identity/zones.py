"""Time zones by name."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=700)
def zone(name: str) -> tzinfo:
    """The zone of that name; UTC where this machine knows none, so that no page fails for it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
