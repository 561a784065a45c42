"""Lengths of time as people write and read them; inside they are whole minutes."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_CLOCK = re.compile("([0-9]{1,5})[:\uff1a]([0-5][0-9])")
_UNITS = {
    "d day days 天 日": 24 * 60,
    "h hr hrs hour hours 小时 小時 时 時": 60,
    "m min mins minute minutes 分 分钟 分鐘": 1,
}
_MINUTES = {word: minutes for words, minutes in _UNITS.items() for word in words.split()}
_PART = re.compile(r"\s*([0-9]{1,7}(?:\.[0-9]{1,4})?)\s*([a-z]+|[天日小时時分钟鐘]+)")
_LONGEST = 40


def read_minutes(text: str) -> int | None:
    """1:30, 1 h 30 min, 1.5 h, 2 小时 → minutes; None for what is no length of time with its units."""
    said = text.strip().lower()
    if len(said) > _LONGEST:
        return None
    if clock := _CLOCK.fullmatch(said):
        return int(clock[1]) * 60 + int(clock[2])
    total, at = Decimal(0), 0
    while found := _PART.match(said, at):
        unit = _MINUTES.get(found[2])
        if unit is None:
            return None
        total, at = total + Decimal(found[1]) * unit, found.end()
    return int(total) if at and at == len(said) and total == int(total) else None


def clock(minutes: int) -> str:
    """90 → 1:30: what `read_minutes` reads again."""
    hours, rest = divmod(minutes, 60)
    return f"{hours}:{rest:02}"


def format_minutes(minutes: int) -> str:
    """All of it, in words: 45 min, 1 h 30 min, 2 days 4 h."""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [ngettext("%(count)s day", "%(count)s days", days) % {"count": days}] if days else []
    parts += [_("%(count)s h") % {"count": hours}] if hours else []
    parts += [_("%(count)s min") % {"count": left}] if left or not parts else []
    return " ".join(parts)
