"""Records on a map: provinces as tiles or the workspace's own outline, with what is elsewhere beside it."""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from guanxi.platform.i18n.addresses import country_code, country_name
from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.i18n.positions import parse_position
from guanxi.platform.i18n.provinces import COLUMNS, PLACES, ROWS, Place, place_named
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Position
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.filters import All, Any, Condition, Filter
from guanxi.platform.records.listing import MOST_ROWS, list_records
from guanxi.platform.records.outlines.actions import outline_of_workspace
from guanxi.platform.records.outlines.drawing import Projection, drawn
from guanxi.platform.records.outlines.models import Outline
from guanxi.platform.records.pages.arranging import place_of
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


@dataclass(frozen=True, slots=True)
class Spot:
    """A record where its coordinates are, in the units of the drawing."""

    x: int
    y: int
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Area:
    """One area of the outline: its path, and where its figure stands."""

    tile: Tile
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class OutlineMap:
    """Areas of the workspace's outline with their paths, and records on them.

    more   whether there are records with coordinates beyond those that are drawn
    """

    width: int
    height: int
    areas: list[Area]
    spots: list[Spot]
    more: bool
    source: str


def placed_context(asked: Asked, by: Actor) -> dict[str, typing.Any]:
    """Tiles in rows, or the workspace's outline, and what is elsewhere, counted exactly.

    Raises FieldError as the list does.
    """
    outline = outline_of_workspace()
    counted = _Counted(asked, by)
    context = counted.outlined(outline) if outline else counted.tiled()
    return context | {"cut": counted.cut}


class _Counted:
    """How many records are in which province, and how that is told."""

    def __init__(self, asked: Asked, by: Actor) -> None:
        self.asked, self.by = asked, by
        obj = asked.obj
        self.summed = [obj[name] for name in asked.columns if obj[name].adds_up][:1]
        place = place_of(asked)
        self.province, self.country = "province", "country" if "country" in obj.fields_by_name else ""
        if place is not None and place.part("province"):
            self.province, self.country = f"{place.name}.province", f"{place.name}.country"
        keys = [self.country, self.province] if self.country else [self.province]
        names = [one.name for one in self.summed]
        self.groups = summarise(asked.query(), by=by, group=keys, sums=names)
        self.cut = len(self.groups) >= MOST_GROUPS

    def tiled(self) -> dict[str, typing.Any]:
        """Our own arrangement of provinces."""
        at = {(one.column, one.row): one for one in PLACES}
        tiles, elsewhere = self._parted(lambda text: place_named(text))
        most = _most(tiles)

        def tile(place: Place) -> Tile:
            label = str(place.label)
            short = label if label != place.label.en else place.code
            return self._tile(label, tiles.get(place, []), most, short)

        return {
            "tiles": [
                [tile(at[column, row]) if (column, row) in at else None for column in range(COLUMNS)]
                for row in range(ROWS)
            ],
            "elsewhere": self._elsewhere(tiles, elsewhere),
        }

    def outlined(self, outline: Outline) -> dict[str, typing.Any]:
        """The workspace's areas, found by the names that people write of them."""
        lines = drawn(outline)
        areas: dict[typing.Any, int] = {}
        for at, name in enumerate(lines.names):
            for key in (place_named(name), fold(name), country_code(name)):
                if key:
                    areas.setdefault(key, at)
        inside, elsewhere = self._parted(
            lambda text: areas.get(place_named(text), areas.get(fold(text), areas.get(country_code(text))))
        )
        most = _most(inside)
        spots, more = self._spots(lines.projection)
        drawing = OutlineMap(
            width=lines.projection.width,
            height=lines.projection.height,
            areas=[
                Area(self._tile(name, inside.get(at, []), most, name), lines.paths[at], *lines.middles[at])
                for at, name in enumerate(lines.names)
            ],
            spots=spots,
            more=more,
            source=outline.source,
        )
        return {"outline": drawing, "elsewhere": self._elsewhere(inside, elsewhere)}

    def _parted(
        self, find: Callable[[str], typing.Any]
    ) -> tuple[dict[typing.Any, list[Group]], dict[str | None, list[Group]]]:
        inside: dict[typing.Any, list[Group]] = defaultdict(list)
        elsewhere: dict[str | None, list[Group]] = defaultdict(list)
        for one in self.groups:
            # Some places are written as a country: they have a tile where no province is said.
            said = one.key[-1] or one.key[0]
            place = find(str(said)) if said else None
            if place is None:
                elsewhere[one.key[0]].append(one)
            else:
                inside[place].append(one)
        return inside, elsewhere

    def _tile(self, label: str, some: list[Group], most: int, short: str) -> Tile:
        count = sum(one.count for one in some)
        raw = sorted({str(one.key[-1]) for one in some if one.key[-1]})
        countries = sorted({str(one.key[0]) for one in some if not one.key[-1]})
        here: list[Filter] = [Condition(self.province, "in", list(raw))] if raw else []
        if countries:
            whole = (Condition(self.country, "in", list(countries)), Condition(self.province, "empty"))
            here.append(All(whole))
        said = f"{label} · {format_number(count)}"
        if some and self.summed:
            said += f" · {_sum_words(self.summed[0], some, self.by)}"
        return Tile(
            label=label,
            count=format_number(count) if count else "",
            level=-(-count * LEVELS // most) if count else 0,
            href=_list_url(self.asked, [Any(tuple(here)) if len(here) > 1 else here[0]]) if some else "",
            said=said,
            short=short,
        )

    def _elsewhere(
        self, inside: dict[typing.Any, list[Group]], elsewhere: dict[str | None, list[Group]]
    ) -> list[Tile]:
        known = sorted({str(one.key[-1]) for some in inside.values() for one in some if one.key[-1]})
        together: dict[str, list[str | None]] = defaultdict(list)  # however a country is written, it is one
        for country in elsewhere:
            together[country_code(country) or country if country else ""].append(country)
        counts = {
            one: sum(each.count for name in names for each in elsewhere[name])
            for one, names in together.items()
        }
        return [
            Tile(
                label=_country(one if len(names) > 1 else str(names[0])) if one else _("Without a place"),
                count=format_number(counts[one]),
                level=0,
                href=self._elsewhere_url([name for name in names if name], known),
                said="",
            )
            for one, names in sorted(together.items(), key=lambda one: -counts[one[0]])
        ]

    def _elsewhere_url(self, countries: list[str], known: Sequence[str]) -> str:
        """What has one of these countries (or none) and no province of the map."""
        parts: list[Filter] = []
        if self.country and len(countries) > 1:
            parts.append(Condition(self.country, "in", list(countries)))
        elif self.country:
            parts.append(Condition(self.country, *(("is", countries[0]) if countries else ("empty",))))
        if known:
            parts.append(Condition(self.province, "not_in", list(known)))
        return _list_url(self.asked, parts)

    def _spots(self, projection: Projection) -> tuple[list[Spot], bool]:
        """Records with coordinates on the drawing, in the order of the list, and whether there are more."""
        obj = self.asked.obj
        named = next((one.name for one in obj.fields if isinstance(one, Position)), "")
        if not named:
            return [], False
        query = self.asked.query()
        within = All((query.filter, Condition(named, "not_empty")))
        query = replace(query, columns=(obj.title, named), filter=within, after=None, limit=MOST_ROWS)
        page = list_records(query, by=self.by)
        spots = []
        for row in page.rows:
            position = parse_position(str(row.values[named] or ""))
            if position and (at := projection.spot(position)):
                title = str(row.values[obj.title] or _("Without a name"))
                spots.append(Spot(*at, title, record_url(obj, row.id)))
        return spots, page.after is not None


def _most(places: dict[typing.Any, list[Group]]) -> int:
    return max((sum(one.count for one in some) for some in places.values()), default=0)


def _country(text: str) -> str:
    """A country's name, where its code stands."""
    return country_name(text) if len(text) == 2 else text


def _sum_words(field: typing.Any, some: Sequence[Group], by: Actor) -> str:
    name = field.name
    whole = Group(
        (),
        0,
        {name: sum((one.sums[name] for one in some[1:]), some[0].sums[name])},
        {name: sum(one.unpriced[name] for one in some)},
    )
    return f"{field.label} {total_words(field, whole, by)}"


def _list_url(asked: Asked, more: Sequence[Filter]) -> str:
    parts = asked.filter.parts if isinstance(asked.filter, All) else (asked.filter,)
    return asked.url(filter=All((*parts, *more)), layout="table")
