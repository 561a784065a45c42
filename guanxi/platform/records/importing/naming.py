"""Tags by name, made where there are none."""

from __future__ import annotations

from collections.abc import Iterable

from guanxi.platform.records.importing.lookups import fold
from guanxi.platform.records.models import Tag


def make_tags(names: Iterable[str]) -> list[int]:
    """The ids of the tags of these names, in their order."""
    return [
        Tag.objects.get_or_create(key=fold(name)[:60], defaults={"name": name[:60]})[0].pk for name in names
    ]
