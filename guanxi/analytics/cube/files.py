"""The figures of an answer as rows of numbers with named columns: for programs, not for reading."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from guanxi.analytics.semantic.answering import OTHER, Answer
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import require


def records_of(answer: Answer) -> Iterator[dict[str, Any]]:
    """One row for each cell that holds records: its keys and words by dimension, its figures by measure.

    A dimension that is summed over is "*" in its row; what is compared with stands under `before:`.
    """
    plan = answer.plan
    names = [one.text for one in plan.dimensions]
    first = len(plan.rows)
    for (row, column), figures in answer.figures.items():
        found: dict[str, Any] = {}
        for place, name in enumerate(names):
            key = row if place < first else column
            at = place if place < first else place - first
            found[name] = answer.label(place, key[at]) if at < len(key) else "*"
            found[f"{name}.key"] = _plain(key[at]) if at < len(key) else "*"
        before = answer.before.get((row, column))
        for index, one in enumerate(plan.measures):
            found[one.text] = None if figures[index] is None else float(figures[index] or 0)
            if plan.cube.compare:
                old = before[index] if before else None
                found[f"before:{one.text}"] = None if old is None else float(old)
        yield found


def as_parquet(answer: Answer) -> bytes:
    """The rows as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(records_of(answer))), made)
    return made.getvalue()


def may_take_out(obj: Object, by: Actor) -> bool:
    """Figures are taken out by who may take out everything that they are made of."""
    try:
        require(by, "export", obj)
    except Refused:
        return False
    return by.rows(obj.name, "export") == by.rows(obj.name)


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is marked."""
    return (
        f"'{value}"
        if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
        else value
    )


def _plain(value: Any) -> str | None:
    if value is OTHER:
        return "others"
    return None if value is None else str(value)
