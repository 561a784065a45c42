"""Records on a map of provinces drawn as tiles, with the countries and what has no place beside it."""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.i18n.provinces import COLUMNS, PLACES, ROWS, Place, place_named
from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.filters import All, Any, Condition, Filter
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.pages.figures import total_words
from guanxi.platform.records.summary import MOST_GROUPS, Group, summarise

LEVELS = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """One province: how many there are, how dark that is (0 to LEVELS), and the list of them."""

    label: str
    count: str
    level: int
    href: str
    said: str
    short: str = ""


def placed_context(asked: Asked, by: Actor) -> dict[str, typing.Any]:
    """Tiles in rows and what is elsewhere, counted exactly; raises FieldError as the list does."""
    obj = asked.obj
    summed = [obj[name] for name in asked.columns if obj[name].adds_up][:1]
    names = [one.name for one in summed]
    keys = ["country", "province"] if "country" in obj.fields_by_name else ["province"]
    found = summarise(asked.query(), by=by, group=keys, sums=names)
    tiles: dict[Place, list[Group]] = defaultdict(list)
    elsewhere: dict[str | None, list[Group]] = defaultdict(list)
    for one in found:
        # Some places are written as a country: they have a tile where no province is said.
        said = one.key[-1] or one.key[0]
        place = place_named(str(said)) if said else None
        if place:
            tiles[place].append(one)
        else:
            elsewhere[one.key[0]].append(one)
    most = max((sum(one.count for one in some) for some in tiles.values()), default=0)

    def tile(place: Place) -> Tile:
        some = tiles.get(place, [])
        count = sum(one.count for one in some)
        raw = sorted({str(one.key[-1]) for one in some if one.key[-1]})
        countries = sorted({str(one.key[0]) for one in some if not one.key[-1]})
        here: list[Filter] = [Condition("province", "in", list(raw))] if raw else []
        if countries:
            whole = (Condition("country", "in", list(countries)), Condition("province", "empty"))
            here.append(All(whole))
        said = f"{place.label} · {format_number(count)}"
        if some and summed:
            said += f" · {_sum_words(summed[0], some, by)}"
        return Tile(
            label=str(place.label),
            count=format_number(count) if count else "",
            level=-(-count * LEVELS // most) if count else 0,
            href=_list_url(asked, [Any(tuple(here)) if len(here) > 1 else here[0]]) if some else "",
            said=said,
            short=str(place.label) if str(place.label) != place.label.en else place.code,
        )

    at = {(one.column, one.row): one for one in PLACES}
    known = sorted({str(one.key[-1]) for some in tiles.values() for one in some if one.key[-1]})
    return {
        "tiles": [
            [tile(at[column, row]) if (column, row) in at else None for column in range(COLUMNS)]
            for row in range(ROWS)
        ],
        "elsewhere": [
            Tile(
                label=str(country) if country else _("Without a place"),
                count=format_number(sum(one.count for one in some)),
                level=0,
                href=_elsewhere_url(asked, country, known),
                said="",
            )
            for country, some in sorted(
                elsewhere.items(), key=lambda one: -sum(each.count for each in one[1])
            )
        ],
        "cut": len(found) >= MOST_GROUPS,
    }


def _sum_words(field: typing.Any, some: Sequence[Group], by: Actor) -> str:
    name = field.name
    whole = Group(
        (),
        0,
        {name: sum((one.sums[name] for one in some[1:]), some[0].sums[name])},
        {name: sum(one.unpriced[name] for one in some)},
    )
    return f"{field.label} {total_words(field, whole, by)}"


def _elsewhere_url(asked: Asked, country: str | None, known: Sequence[str]) -> str:
    """What has this country (or none) and no province of the map."""
    parts: list[Filter] = []
    if "country" in asked.obj.fields_by_name:
        parts.append(Condition("country", "is", country) if country else Condition("country", "empty"))
    if known:
        parts.append(Condition("province", "not_in", list(known)))
    return _list_url(asked, parts)


def _list_url(asked: Asked, more: Sequence[Filter]) -> str:
    parts = asked.filter.parts if isinstance(asked.filter, All) else (asked.filter,)
    return asked.url(filter=All((*parts, *more)), layout="table")
