"""Several lists in one statement: the lanes of a board, the rules of Today.

Each list keeps its own filter, order and limit and walks its own index; what is saved is asking. The parts of
a UNION ALL have the same columns with the same types, so every list puts its values into slots: the first
bigint of each stands in the first slot for bigints, and a slot that a list has no use for is NULL.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.db import connection, models

from guanxi.platform.identity.actors import Actor
from guanxi.platform.records.listing import ListQuery, Phase, Row, page_of, phases_of, plan_of
from guanxi.platform.records.sql import fetch

Slot = tuple[str, int]  # a type, and the how-manieth value of it


def read_together(queries: Sequence[ListQuery], *, by: Actor) -> list[tuple[list[Row], str | None]]:
    """The rows of each list and the cursor of its next page, in the order of the queries.

    Raises FieldError where a filter, a sort or a cursor makes no sense.
    """
    plans = [plan_of(query, by, weighing=False) for query in queries]
    phases = [phases_of(plan, query) for plan, query in zip(plans, queries, strict=True)]
    came = iter(
        _rows_of([(query, one) for query, found in zip(queries, phases, strict=True) for one in found])
    )
    return [
        page_of(plan, query, [row for _phase in found for row in next(came)])
        for plan, query, found in zip(plans, queries, phases, strict=True)
    ]


def _rows_of(parts: Sequence[tuple[ListQuery, Phase]]) -> list[list[tuple[Any, ...]]]:
    """The raw rows of each part, by one statement."""
    if not parts:
        return []
    slots = [list(_slots(_kinds(query, phase))) for query, phase in parts]
    every = sorted({slot for found in slots for slot in found})
    text = " UNION ALL ".join(
        _select(at, phase, found, every)
        for at, ((_query, phase), found) in enumerate(zip(parts, slots, strict=True))
    )
    rows: list[list[tuple[Any, ...]]] = [[] for _part in parts]
    values_of = [itemgetter(*(1 + every.index(slot) for slot in found)) for found in slots]
    for row in fetch(text, [value for _query, phase in parts for value in phase.params]):
        rows[row[0]].append(values_of[row[0]](row))
    return rows


def _select(at: int, phase: Phase, slots: Sequence[Slot], every: Sequence[Slot]) -> str:
    """One part, its number first. A part with an order and a limit of its own has to be a table."""
    values = dict(zip(slots, phase.columns, strict=True))
    columns = ", ".join(values.get(slot) or _nothing(slot[0]) for slot in every)
    return f"SELECT * FROM (SELECT {at}, {columns} {phase.tail}) p{at}"


def _nothing(kind: str) -> str:
    return f"CAST(NULL AS {kind})" if kind else "NULL"


def _slots(kinds: Sequence[str]) -> Iterator[Slot]:
    seen: Counter[str] = Counter()
    for kind in kinds:
        yield kind, seen[kind]
        seen[kind] += 1


def _kinds(query: ListQuery, phase: Phase) -> list[str]:
    """The types of a part's columns. SQLite has none that would matter."""
    if connection.vendor == "sqlite":
        return [""] * len(phase.columns)
    return [_kind(query.obj.model_class, one) for one in phase.columns]


@lru_cache(maxsize=4096)
def _kind(model: type[models.Model], expression: str) -> str:
    """The type of a column, of a number standing there itself, or of a value taken from JSON."""
    if expression.isdecimal():
        return "integer"
    if plain := _COLUMN.fullmatch(expression):
        found = next(one for one in model._meta.concrete_fields if one.column == plain[1])
        kind = str(found.db_type(connection)).partition("(")[0]
        return "text" if kind == "varchar" else kind
    if cast := _CAST.search(expression):
        return cast[1]
    return "text" if "->>" in expression else "jsonb"


_COLUMN = re.compile(r'\w+\."?(\w+)"?')
_CAST = re.compile(r"::(\w+)\)")
