"""Which way round a list is read: in its order, passing over what a filter leaves out, or from what it finds.

The first is right where many records are found (the page fills soon), the second where few are; the wrong one
reads the whole table for fifty rows. SQLite knows of an index only how many rows a value has on average,
PostgreSQL takes object, field and value of `records_value` for independent. So the engine looks: it counts
what a condition finds, up to MANY, and writes the condition so that only the right way is left. The weight of
a condition is remembered for a minute; it decides how fast a list is, never what is in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache

from django.db import connection, models

from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import All, Condition, Filter
from guanxi.platform.records.sql import fetch_value
from guanxi.platform.tenancy.context import require_workspace_id

MANY = 3_000
_REMEMBERED_SECONDS, _REMEMBERED = 60, 2_000
_COMPARED = {"is", "in", "lt", "lte", "gt", "gte", "between"}

_weights: dict[tuple[object, ...], tuple[float, int]] = {}


def weighed(tree: Filter, parts: Sequence[Sql], obj: Object, *, archived: bool, order: str) -> list[Sql]:
    """The conditions on rows `r` that a filter is the conjunction of, each written for how much it finds.

    One on what the list is sorted by (`order`, an expression) stays as it is: it says where the walk begins.
    """
    found = tree.parts if isinstance(tree, All) else (tree,)
    return [
        _weighed(one, part, obj, archived, order) if isinstance(one, Condition) else part
        for one, part in zip(found, parts, strict=True)
    ]


def _weighed(one: Condition, part: Sql, obj: Object, archived: bool, order: str) -> Sql:
    if part.source is not None:
        if _weight(part.source) < MANY:
            return part
        if part.plain is not None:
            return _of_the_row(part.plain)
        # A scalar: PostgreSQL would turn EXISTS into a join and choose the way round itself.
        text = f"({part.source.text} AND {part.source_id} = r.id LIMIT 1) IS NOT NULL"
        return Sql(text, part.source.params)
    column = obj.fields_by_name[one.field].column if one.field in obj.fields_by_name else ""
    ours = connection.vendor == "sqlite" and not archived and one.operator in _COMPARED
    if not ours or column not in _indexed(obj.model_class) or order == f'r."{column}"':
        return part
    if one.operator == "is" and (column, order) in _in_order(obj.model_class):
        return part
    source = Sql(
        f'SELECT r.id FROM "{obj.table}" r WHERE r.workspace_id = %s AND r.archived_at IS NULL'
        f" AND {part.text}",
        (require_workspace_id(), *part.params),
    )
    if _weight(source) < MANY:
        return Sql(f"r.id IN ({source.text})", source.params, source, "r.id")
    # Said so, SQLite does not read from this column's index.
    return Sql(f"({part.text}) IS TRUE", part.params)


def _of_the_row(plain: Sql) -> Sql:
    """A condition that many rows meet.

    PostgreSQL knows nothing of values in JSON and would take them for few; of a COALESCE it assumes one half.
    """
    text = f"COALESCE({plain.text}, false)" if connection.vendor == "postgresql" else plain.text
    return Sql(text, plain.params)


def _weight(source: Sql) -> int:
    """How many ids a select finds, MANY at most; as it was up to a minute ago."""
    now, key = time.monotonic(), (connection.settings_dict["NAME"], source.text, *source.params)
    known = _weights.get(key)
    if known is not None and known[0] > now:
        return known[1]
    found = int(
        fetch_value(f"SELECT count(*) FROM ({source.text} LIMIT %s) found", (*source.params, MANY)) or 0
    )
    if len(_weights) >= _REMEMBERED:
        _weights.clear()
    _weights[key] = (now + _REMEMBERED_SECONDS, found)
    return found


@cache
def _in_order(model: type[models.Model]) -> frozenset[tuple[str, str]]:
    """(column, expression of an order): what one value of the column has stands in an index in that order."""
    meta, found = model._meta, set()
    for one in meta.indexes:
        names = one.fields or [part.name for part in one.expressions]
        if len(names) > 3 and names[0] == "workspace" and names[3] == "id":
            column, after = (str(getattr(meta.get_field(name), "column", "")) for name in names[1:3])
            found |= {(column, f'r."{after}"'), (column, f"r.{after}")}
    return frozenset(found)


@cache
def _indexed(model: type[models.Model]) -> frozenset[str]:
    """Columns that lead one of the table's indexes, after the workspace."""
    meta = model._meta
    leading = (one.fields or [part.name for part in one.expressions] for one in meta.indexes)
    return frozenset(
        str(getattr(meta.get_field(names[1]), "column", ""))
        for names in leading
        if len(names) > 1 and names[0] == "workspace"
    )
