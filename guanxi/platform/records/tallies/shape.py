"""Where a tally keeps what: all tallies of all tables stand in `records_tally`, in columns of four kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models

from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record

SLOTS = ("owner_id", "team_id", "link_1", "link_2", "text_1", "text_2")
PART = 1_000_000  # sums are kept as two numbers of 63 bits: whole parts, and what is left


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that a tally is kept by.

    name    what the asking side calls it: the column, or "closed_on:month"
    column  of the table that is counted
    slot    of records_tally
    month   whether the month of a day is kept instead of the day
    """

    name: str
    column: str
    slot: str
    month: bool = False

    @property
    def nothing(self) -> str:
        """What stands for nothing, because NULL equals nothing."""
        return nothing_of(self.slot)

    def value(self, row: str) -> str:
        """What is kept of a row: of an alias, of NEW or OLD."""
        column = f'{row}."{self.column}"'
        if not self.month:
            return f"COALESCE({column}, {self.nothing})"
        day = column if connection.vendor == "sqlite" else f"to_char({column}, 'YYYY-MM-DD')"
        return f"COALESCE(substr({day}, 1, 7), '')"


def nothing_of(slot: str) -> str:
    """The value that an empty slot has, as SQL."""
    return "''" if slot.startswith("text") else "0"


def label_of(model: type[Record], tally: Tally) -> str:
    """What a tally is called among all of them."""
    return f"{model._meta.db_table}.{tally.name}"


@cache
def places_of(model: type[Record], tally: Tally) -> tuple[Place, ...]:
    """Owner, team, and what the tally is kept by."""
    return tuple(_places(model, ("owner", "team", *tally.by)))


def _places(model: type[Record], names: tuple[str, ...]) -> Iterator[Place]:
    taken: Counter[str] = Counter()
    for name in names:
        attribute, _colon, period = name.partition(":")
        field: Any = model._meta.get_field(attribute)
        column = str(field.column)
        if column in SLOTS:
            yield Place(column, column, column)
            continue
        kind = "link" if isinstance(field, models.ForeignKey) else "text"
        taken[kind] += 1
        yield Place(name if period else column, column, f"{kind}_{taken[kind]}", month=bool(period))


def tallied_models() -> list[type[Record]]:
    """The tables that are counted."""
    return [one for one in apps.get_models() if issubclass(one, Record) and one.tallies]
