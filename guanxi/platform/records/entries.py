"""What other rooms put into the menu of a record, over a list, and beside two records that may be one.

enter_records(lambda record, obj, by: Entry(_("Report a clash"), "swords", "/clashes/new/?…"))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.objects import Object


@dataclass(frozen=True, slots=True)
class Entry:
    """A way to another page: its label in the reader's language, its icon and where it leads."""

    label: str
    icon: str
    href: str


OfRecord = Callable[[Any, Object, Actor], Entry | None]
OfList = Callable[[Object, str, str, Actor], Entry | None]
OfPair = Callable[[Any, Any, Object, Actor], Entry | None]
_records: list[OfRecord] = []
_lists: list[OfList] = []
_pairs: list[OfPair] = []


def enter_records(entry: OfRecord) -> None:
    """Register what stands in the menu of records; a function that gives None has nothing for this one."""
    _records.append(entry)


def enter_lists(entry: OfList) -> None:
    """Register what stands over lists and boards; it is given the filter, and a board's lanes."""
    _lists.append(entry)


def enter_pairs(entry: OfPair) -> None:
    """Register what stands beside a pair of duplicates."""
    _pairs.append(entry)


def entries_of_record(record: Any, obj: Object, by: Actor) -> list[Entry]:
    """The entries for one record and reader."""
    return [found for one in _records if (found := one(record, obj, by)) is not None]


def entries_of_list(obj: Object, filter_text: str, lanes: str, by: Actor) -> list[Entry]:
    """The entries for one list and reader; `lanes` is "" for a list that is no board."""
    return [found for one in _lists if (found := one(obj, filter_text, lanes, by)) is not None]


def entries_of_pair(left: Any, right: Any, obj: Object, by: Actor) -> list[Entry]:
    """The entries for two records and a reader."""
    return [found for one in _pairs if (found := one(left, right, obj, by)) is not None]
