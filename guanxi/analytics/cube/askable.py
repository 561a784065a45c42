"""Which objects can be measured: light, because the navigation asks it on every page."""

from __future__ import annotations

from collections.abc import Iterator

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object

_FIRST = ("deal", "order", "company", "contact")


def askable(by: Actor) -> list[Object]:
    """The objects that the actor may measure, the most asked for first."""
    first = {name: at for at, name in enumerate(_FIRST)}
    return sorted(_askable(by), key=lambda one: (first.get(one.name, len(first)), one.order))


def may_ask(by: Actor) -> bool:
    """Whether there is any."""
    return any(True for _one in _askable(by))


def _askable(by: Actor) -> Iterator[Object]:
    return (one for one in registry.objects() if (one.group or one.part_of) and by.may("see", one.name))
