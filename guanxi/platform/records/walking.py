"""All records of an object, some at a time: what jobs do that would hold a table for too long at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.overlay import look_again
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 1_000


def walk(
    object: str, do: Callable[[Object, list[Any]], None], *, field: str = "", at_once: int = AT_ONCE
) -> int:
    """Give `do` all records in the order of their ids, archived ones too; how many there were.

    Each piece is a transaction of its own, with its rows locked.

    Stops where the object, or `field` of it, is no longer there.
    """
    return sum(len(piece) for piece in _pieces(object, do, field, at_once))


def locked(rows: Any) -> Any:
    """Nobody else writes these rows between reading and writing them. SQLite has one writer anyway."""
    return rows.select_for_update(of=("self",)) if connection.features.has_select_for_update else rows


def _pieces(
    name: str, do: Callable[[Object, list[Any]], None], field: str, at_once: int
) -> Iterator[list[Any]]:
    last = 0
    while True:
        look_again()
        with reading():
            there = registry.has(name) and (not field or field in registry.get(name).fields_by_name)
        if not there:
            return
        with transaction.atomic():
            obj = registry.get(name)
            records = list(locked(obj.rows().filter(pk__gt=last).order_by("pk"))[:at_once])
            if records:
                do(obj, records)
        if not records:
            return
        last = records[-1].pk
        yield records
