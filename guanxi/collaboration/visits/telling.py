"""A day of visits as its page shows it: who was where, for how long, and how the places lie to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, radians
from typing import Any

from guanxi.collaboration.activities.objects import OUTCOMES
from guanxi.platform.i18n.positions import Position, parse_position
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata.fields import Option
from guanxi.platform.records.listing import ListPage, Row

WIDTH, HEIGHT, EDGE = 640, 240, 24
_OUTCOMES = {one.value: one for one in OUTCOMES}


@dataclass(frozen=True, slots=True)
class ToldVisit:
    """One visit: `number` is its sign on the map, 0 where its place is not known."""

    row: Row
    customers: tuple[Any, ...]
    outcome: Option | None
    far: bool
    number: int = 0


@dataclass(frozen=True, slots=True)
class ToldMember:
    """The visits of one member, with what they add up to."""

    name: str
    member_id: int
    visits: tuple[ToldVisit, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map, in its units."""

    number: int
    x: int
    y: int
    far: bool
    title: str


@dataclass(frozen=True, slots=True)
class ToldDay:
    """A day: sums over all its visits, its members, its map."""

    members: list[ToldMember] = field(default_factory=list)
    planned: int = 0
    visited: int = 0
    customers: int = 0
    minutes: int = 0
    spots: list[Spot] = field(default_factory=list)


def day_of(found: ListPage, *, far: int) -> ToldDay:
    """Rows of visits → the day; `far` is in metres. Titles are those that the reader may see."""
    by_member: dict[int, list[ToldVisit]] = defaultdict(list)
    spots: list[tuple[ToldVisit, Position]] = []
    customers: set[tuple[str, int]] = set()
    for row in sorted(found.rows, key=lambda row: (_moment(row), row.id)):
        position = parse_position(row.values.get("position") or "")
        keys = [(str(name), int(key)) for name, key in row.values.get("about") or ()]
        told = ToldVisit(
            row=row,
            customers=tuple(found.refs[key] for key in keys if key in found.refs),
            outcome=_OUTCOMES.get(row.values.get("outcome") or ""),
            far=(row.values.get("distance") or 0) > far,
            number=len(spots) + 1 if position else 0,
        )
        if position:
            spots.append((told, position))
        if row.values.get("checked_in_at") or row.values.get("done_at"):
            customers |= set(keys[:1])
        by_member[row.values.get("owner") or 0].append(told)
    names = member_names({one for one in by_member if one})
    rows = [one.row for every in by_member.values() for one in every]
    return ToldDay(
        members=[
            ToldMember(
                str(names.get(member_id, "")), member_id, tuple(every), _minutes([one.row for one in every])
            )
            for member_id, every in by_member.items()
        ],
        planned=len(rows),
        visited=sum(1 for row in rows if row.values.get("checked_in_at") or row.values.get("done_at")),
        customers=len(customers),
        minutes=_minutes(rows),
        spots=_drawn(spots),
    )


def _moment(row: Row) -> Any:
    return row.values.get("checked_in_at") or row.values.get("starts_at") or row.values.get("done_at")


def _minutes(rows: Sequence[Row]) -> int:
    """Minutes on the spot: of visits that were checked out."""
    return sum(row.values.get("minutes") or 0 for row in rows if row.values.get("checked_out_at"))


def _drawn(spots: Sequence[tuple[ToldVisit, Position]]) -> list[Spot]:
    """Places in a box of WIDTH by HEIGHT, north up, as they lie to each other on the ground."""
    if not spots:
        return []
    middle = sum(place.latitude for _told, place in spots) / len(spots)
    east = [place.longitude * cos(radians(middle)) for _told, place in spots]
    north = [place.latitude for _told, place in spots]
    wide, high = max(east) - min(east), max(north) - min(north)
    inner = WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE
    scale = min(inner[0] / wide if wide else float("inf"), inner[1] / high if high else float("inf"))
    scale = 0.0 if scale == float("inf") else scale
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2
    return [
        Spot(
            number=told.number,
            x=round(left + (x - min(east)) * scale),
            y=round(top + (max(north) - y) * scale),
            far=told.far,
            title=told.row.values.get("subject") or "",
        )
        for (told, _place), x, y in zip(spots, east, north, strict=True)
    ]
