"""Every icon that a declaration names is in the sprite, which the build fills from the sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from guanxi.platform.metadata import registry


def declared(thing: Any) -> Iterator[str]:
    """Icons of a declaration and of all that it holds."""
    if not is_dataclass(thing):
        return
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name == "icon" and value:
            yield value
        for part in value if isinstance(value, tuple | list) else ():
            yield from declared(part)


def test_every_declared_icon_is_in_the_sprite() -> None:
    [sprite] = Path(settings.STATIC_ROOT).glob("icons-*.svg")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite.read_text()))
    named = {icon for obj in registry.objects() for icon in declared(obj)}
    assert len(named) > 10
    assert named - drawn == set()
