"""Which objects can be measured: light, because the navigation asks it on every page."""

from __future__ import annotations

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object

_FIRST = ("deal", "order", "company", "contact")


def askable(by: Actor) -> list[Object]:
    """The objects that the actor may measure, the most asked for first."""
    found = [one for one in registry.objects() if (one.group or one.part_of) and by.may("see", one.name)]
    return sorted(
        found, key=lambda one: (_FIRST.index(one.name) if one.name in _FIRST else len(_FIRST), one.order)
    )
