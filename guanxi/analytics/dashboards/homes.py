"""Dashboards that come with the product. Nouns offer panels in their `metrics.py`, homes put them together:

    offer("sales", Panel(("object=deal&rows=owner&measures=metric:won_amount",)), order=20)

A member sees the panels of what they may see; a home without any is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guanxi.analytics.dashboards.panels import Panel
from guanxi.analytics.semantic.compiling import plan_of
from guanxi.analytics.semantic.cubes import read_cube
from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError

HOMES = {
    "sales": L("Sales", "销售", "業務"),
    "ceo": L("The firm", "经营", "經營"),
    "marketing": L("Marketing", "营销", "行銷"),
    "service": L("Service", "服务", "服務"),
}


@dataclass(frozen=True, slots=True)
class _Offer:
    order: int
    panel: Panel


_offers: dict[str, list[_Offer]] = {name: [] for name in HOMES}


def offer(home: str, panel: Panel, *, order: int = 50) -> None:
    """Put a panel into a home; raises KeyError where there is no such home."""
    if (one := _Offer(order, panel)) not in _offers[home]:
        _offers[home].append(one)


def panels_of(home: str, by: Actor) -> list[Panel]:
    """The panels of a home that the actor may see anything of; raises KeyError."""
    found = []
    for one in sorted(_offers[home], key=lambda each: each.order):
        cubes = tuple(query for query in one.panel.cubes if _may(query, by))
        if cubes:
            found.append(Panel(cubes, one.panel.draw, one.panel.width))
    return found


def homes_of(by: Actor) -> Iterator[tuple[str, L]]:
    """The homes that show the actor anything."""
    for name, label in HOMES.items():
        if any(_may(query, by) for one in _offers[name] for query in one.panel.cubes):
            yield name, label


def _may(query: str, by: Actor) -> bool:
    cube = read_cube(query)
    if not registry.has(cube.object) or not by.may("see", cube.object):
        return False
    try:
        plan_of(cube, by)
    except FieldError:
        return False
    return True
