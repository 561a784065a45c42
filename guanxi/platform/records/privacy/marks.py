"""What a person is found by in texts: phones, emails, numbers, the name. Only what is nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.models import Value

SHORTEST = 5
SHORTEST_CHINESE = 3
GONE = "▮"  # stands where something was
POINTS = ("phones", "emails")


def marks_of(obj: Object, record: Any) -> dict[str, list[str]]:
    """{"texts": found everywhere, "near": only in what hangs on the record or links to it}.

    A name that another record bears, or that is so short that it is part of others' names, is looked for near
    by only; a phone that somebody else has, too, is that other's.
    """
    texts: set[str] = set()
    for one in obj.fields:
        if one.readonly or one.is_empty(one.get(record)):
            continue
        if one.type in POINTS:
            for point, key in zip(one.get(record), one.index_values(one.get(record)), strict=False):
                if not _others(obj, record, key):
                    texts |= _spoken(point) | {key}
        elif one.identifies and one.type == "text" and not _others(obj, record, str(one.get(record))):
            texts.add(str(one.get(record)))
    name = str(record).strip()
    near = set() if _is_ones_own(obj, record, name) else {name}
    texts |= {name} - near
    return {"texts": _sorted(texts), "near": _sorted(near)}


def pattern_of(texts: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of these in whatever case; the longest first."""
    found = sorted({one for one in texts if one}, key=len, reverse=True)
    return re.compile("|".join(re.escape(one) for one in found), re.IGNORECASE) if found else None


def without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A text, or anything of JSON, with a sign in place of what was found."""
    if isinstance(value, str):
        return pattern.sub(GONE, value)
    if isinstance(value, list):
        return [without(one, pattern) for one in value]
    if isinstance(value, dict):
        return {without(key, pattern): without(one, pattern) for key, one in value.items()}
    return value


def _spoken(point: Any) -> set[str]:
    """The ways in which a phone or an email is written."""
    found = {str(point.get(name) or "") for name in ("typed", "number", "email")}
    digits = {re.sub(r"\D", "", one) for one in found if "@" not in one}
    national = {one.removeprefix("86") for one in digits if len(one) > 11}
    return {one for one in found | digits | national if len(one) >= SHORTEST}


def _others(obj: Object, record: Any, key: str) -> bool:
    rows = Value.objects.filter(value=key)
    return bool(rows.exclude(object=obj.name, record_id=record.pk).exists())


def _is_ones_own(obj: Object, record: Any, name: str) -> bool:
    if len(name) < (SHORTEST if name.isascii() else SHORTEST_CHINESE):
        return False
    for other in registry.objects():
        rows = other.rows().filter(**{other.title_field.column: name})
        if other.name == obj.name:
            rows = rows.exclude(pk=record.pk)
        if rows.exists():
            return False
    return True


def _sorted(texts: Iterable[str]) -> list[str]:
    return sorted({one for one in texts if one}, key=lambda one: (-len(one), one))
