"""Time zones by name."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# Offered first; the others follow by name.
COMMON = (
    "Asia/Shanghai",
    "Asia/Taipei",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Sydney",
    "UTC",
)


@lru_cache(maxsize=700)
def zone(name: str) -> tzinfo:
    """The zone of that name; UTC where this machine knows none, so that no page fails for it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every zone a member can choose."""
    others = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return (*COMMON, *(name for name in others if name not in COMMON))
