"""Asking tallies instead of counting.

A tally is read as a table with the names of the one that it counts, so the access rule and the filter that
were made for the records hold on it as they are. It answers where they speak of nothing else than what it is
kept by; anything else (a share, a condition across a link, a search) is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from guanxi.platform.metadata.tallies import Tally
from guanxi.platform.records.models import Record
from guanxi.platform.records.tallies.shape import PART, label_of, places_of

_COLUMN = re.compile(r'\br\.(?:"([^"]+)"|(\w+))')
_ALWAYS = {"workspace_id", "archived_at"}

COUNT = "CAST(COALESCE(sum(r.n), 0) AS bigint)"
UNPRICED = "CAST(COALESCE(sum(r.unpriced), 0) AS bigint)"


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally that answers: `table` stands for the records' table with its alias `r`."""

    table: str
    names: frozenset[str]


def counted_ahead(
    model: type[Record], texts: Iterable[str], *, periods: Sequence[str] = (), amount: str = ""
) -> Counted | None:
    """The tally from which a question can be answered, or None.

    texts    SQL of conditions and groupings over records `r` that are not archived
    periods  groupings that only a tally has a column for ("closed_on:month")
    amount   the column of the money field that is added up, or ""
    """
    asked = {quoted or plain for text in texts for quoted, plain in _COLUMN.findall(text)} - _ALWAYS
    for tally in model.tallies:
        names = frozenset(place.name for place in places_of(model, tally))
        if asked <= names and names.issuperset(periods) and (not amount or amount == f"{tally.sum}_base"):
            return Counted(_table(model, tally), names)
    return None


def sum_ahead() -> str:
    """The exact sum of a tally's amounts, as `sql.sum_of` gives that of records."""
    if connection.vendor == "sqlite":
        return "(COALESCE(sum(r.high), 0) || ':' || COALESCE(sum(r.low), 0))"
    return f"COALESCE(sum(r.high) * {PART} + sum(r.low), 0)"


def _table(model: type[Record], tally: Tally) -> str:
    columns = ", ".join(
        f'NULLIF(t.{place.slot}, {place.nothing}) AS "{place.name}"' for place in places_of(model, tally)
    )
    return (
        f"(SELECT t.workspace_id, {columns}, NULL AS archived_at, t.n, t.high, t.low, t.unpriced"
        f" FROM records_tally t WHERE t.tally = '{label_of(model, tally)}') r"
    )
