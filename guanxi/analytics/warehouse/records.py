"""Records as the database has them → their rows for the files, many at once.

Most records were made and never changed since: their one row is what the database returned, and Arrow takes
it column by column. Only those with a past are taken one after the other (versions.py). All values are text
here; the store gives them their types.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection

from guanxi.analytics.warehouse.shape import Column, columns_of, field_columns, plain
from guanxi.analytics.warehouse.versions import Row, Told, Versions
from guanxi.platform.metadata.fields import Field, Money
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.fields.number import from_units
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.sql import fetch

AT_ONCE = 20_000
_IN_LIST = 500
_UNIT = Decimal("0.0001")

Raw = Sequence[tuple[Any, ...]]
Kept = tuple[str, Any, Any]  # of a fact: its verb, its moment and its changes as the database has them
Facts = Mapping[int, Sequence[Kept]]


@dataclass(frozen=True, slots=True)
class _Source:
    """A field's columns of the files, and where in a row of the database its values stand."""

    field: Field
    columns: tuple[Column, ...]
    first: int
    count: int


class Records:
    """Reads the records of one object; holds what is the same for all of them."""

    def __init__(self, obj: Object, workspace_id: int) -> None:
        self.obj, self.workspace_id = obj, workspace_id
        self.columns = columns_of(obj)
        self._versions = Versions(obj)
        self._sources: list[_Source] = []
        selected = [
            _as_kept('r."id"'),
            _as_kept('r."created_at"', "moment"),
            _as_kept('r."archived_at"', "moment"),
        ]
        for field in obj.fields:
            if columns := field_columns(field):
                asked = field.selected("r") + ((field.expression("r"),) if isinstance(field, Money) else ())
                self._sources.append(_Source(field, columns, len(selected), len(asked)))
                moment = field.type == "datetime" and not field.own
                selected += [_as_kept(one, "moment" if moment else "") for one in asked]
        self._select = f'SELECT {", ".join(selected)} FROM "{obj.table}" r WHERE r."workspace_id" = %s'
        self._params: tuple[Any, ...] = (workspace_id,)
        if obj.kind:
            self._select += ' AND r."kind" = %s'
            self._params = (workspace_id, obj.kind)

    def after(self, last: int, *, past: bool = True) -> tuple[Any, int | None]:
        """The rows of the next records behind an id as a table of Arrow, and the id of the last one.

        past   with what they were before; without, `valid_from` is empty as well
        The id is None where there are no more; then the table may be None.
        """
        raw = fetch(f'{self._select} AND r."id" > %s ORDER BY r."id" LIMIT {AT_ONCE}', (*self._params, last))
        if not raw:
            return None, None
        there = Sql("record_id BETWEEN %s AND %s", (raw[0][0], raw[-1][0]))
        made = self._table(raw, self._facts(there) if past else None)
        return made, raw[-1][0] if len(raw) == AT_ONCE else None

    def of(self, ids: Collection[int]) -> Iterator[Any]:
        """The rows of some records as tables of Arrow; one that says `gone_` for each that is no more."""
        for some in in_pieces(sorted(ids), _IN_LIST):
            marks = ", ".join(["%s"] * len(some))
            raw = fetch(f'{self._select} AND r."id" IN ({marks}) ORDER BY r."id"', (*self._params, *some))
            if raw:
                yield self._table(raw, self._facts(Sql(f"record_id IN ({marks})", tuple(some))))
            if gone := set(some) - {one[0] for one in raw}:
                said = {"workspace_id": str(self.workspace_id), "gone_": "true"}
                yield from tables_of(self.columns, ({"id": str(one), **said} for one in sorted(gone)))

    def _facts(self, there: Sql) -> Facts:
        """The facts of some records, the oldest first. What the first one changed nobody asks."""
        found: dict[int, list[Kept]] = defaultdict(list)
        rows = fetch(
            f"SELECT record_id, verb, {_as_kept('at', 'moment')},"
            " CASE WHEN verb = 'created' THEN NULL ELSE changes END FROM events_fact"
            f" WHERE workspace_id = %s AND object = %s AND {there.text} ORDER BY record_id, id",
            (self.workspace_id, self.obj.name, *there.params),
        )
        for record_id, verb, at, changes in rows:
            found[record_id].append((verb, at, changes))
        return found

    def _table(self, raw: Raw, facts: Facts | None) -> Any:
        """Rows of the database and the facts of their records (None: as they are now) → rows of the files."""
        import pyarrow as pa

        trashed = self._trashed([one[0] for one in raw if one[2] is not None])
        if facts is None:
            return self._present(raw, trashed, [None] * len(raw))
        changed = [one for one in raw if _has_past(facts.get(one[0], ()))]
        plainly = [one for one in raw if not _has_past(facts.get(one[0], ()))] if changed else raw
        since = [facts[one[0]][0][1] if one[0] in facts else one[1] for one in plainly]
        if not changed:
            return self._present(raw, trashed, since)
        rows = list(self._past(changed, trashed, facts))
        tables = [self._present(plainly, trashed, since)] if plainly else []
        tables += tables_of(self.columns, rows, at_once=len(rows))
        ids = [one[0] for one in plainly] + [int(one["id"]) for one in rows]
        return pa.concat_tables(tables).take(pa.array(sorted(range(len(ids)), key=ids.__getitem__)))

    def _present(self, raw: Raw, trashed: set[int], since: Sequence[Any]) -> Any:
        """One row for each record, by columns."""
        import pyarrow as pa

        came = list(zip(*raw, strict=True))
        nothing = pa.nulls(len(raw), pa.string())
        made = {
            "id": _as_text(came[0]),
            "workspace_id": _as_text([self.workspace_id] * len(raw)),
            "kind": _as_text([self.obj.kind] * len(raw)) if self.obj.kind else nothing,
            "archived": _as_text([one is not None for one in came[2]]),
            "trashed": _as_text([one in trashed for one in came[0]]),
            "valid_from": _as_text(since),
            "valid_to": nothing,
            "gone_": nothing,
        }
        for one in self._sources:
            arrays = _arrays(one, came[one.first : one.first + one.count])
            made.update(zip((its.name for its in one.columns), arrays, strict=True))
        schema = schema_of(self.columns)
        return pa.table([made[name] for name in schema.names], schema=schema)

    def _past(self, raw: Raw, trashed: set[int], facts: Facts) -> Iterator[Row]:
        """All rows of records that were something else before."""
        came = list(zip(*raw, strict=True))
        read = [(one, _values(one, came[one.first : one.first + one.count])) for one in self._sources]
        for at, (key, created, archived, *_rest) in enumerate(raw):
            now: Row = {
                "id": str(key),
                "workspace_id": str(self.workspace_id),
                "kind": self.obj.kind or None,
                "archived": "false" if archived is None else "true",
                "trashed": "true" if key in trashed else "false",
            }
            for one, values in read:
                now.update(zip((its.name for its in one.columns), values[at], strict=True))
            told = [Told(verb, _moment(moment), _read(said)) for verb, moment, said in facts[key]]
            yield from self._versions.rows(now, _moment(created), told)

    def _trashed(self, ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for some in in_pieces(ids, _IN_LIST):
            marks = ", ".join(["%s"] * len(some))
            rows = fetch(
                "SELECT record_id FROM records_trashed WHERE workspace_id = %s AND object = %s"
                f" AND record_id IN ({marks})",
                (self.workspace_id, self.obj.name, *some),
            )
            found |= {row[0] for row in rows}
        return found


def tables_of(columns: Sequence[Column], rows: Iterable[Row], at_once: int = AT_ONCE) -> Iterator[Any]:
    """Rows, `{column: text}`, as tables of Arrow; what a row does not say is empty."""
    import pyarrow as pa

    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == at_once:
            yield pa.Table.from_pylist(some, schema=schema_of(columns))
            some = []
    if some:
        yield pa.Table.from_pylist(some, schema=schema_of(columns))


def schema_of(columns: Sequence[Column]) -> Any:
    """Of what the store is given: text, lists of text, and whether a record is gone."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    return pa.schema(
        [(one.name, texts if one.type.endswith("[]") else text) for one in columns] + [("gone_", text)]
    )


def in_pieces(ids: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    """A list in pieces of so many."""
    return (ids[start : start + most] for start in range(0, len(ids), most))


def _as_kept(expression: str, kind: str = "") -> str:
    """What is selected, in a form that the driver leaves as it is: it makes moments one by one."""
    if connection.vendor == "sqlite":
        return f"+({expression})"  # no column any more: it has no type
    return f"timezone('UTC', {expression})::text" if kind == "moment" else expression


def _has_past(facts: Sequence[Kept]) -> bool:
    return len(facts) > 1 or (len(facts) == 1 and facts[0][0] != "created")


def _arrays(source: _Source, came: Raw) -> list[Any]:
    """The columns of one field as text, from what the database returned for it."""
    import pyarrow as pa

    if isinstance(source.field, Money):
        amounts, currencies, bases = came
        named = [None if one is None else its for one, its in zip(amounts, currencies, strict=True)]
        return [_as_decimals(bases), _as_decimals(amounts), _as_text(named)]
    if source.field.type == "decimal":
        return [_as_decimals(came[0])]
    if source.field.type == "boolean":
        return [pa.array(came[0]).cast(pa.bool_()).cast(pa.string())]
    if not source.columns[0].type.endswith("[]"):
        return [_as_text(came[0])]
    if set(map(type, came[0])) <= {str, type(None)}:
        different = list(set(came[0]))  # most have none, or the same few
        known = dict(zip(different, (one for (one,) in _values(source, [different])), strict=True))
        return [pa.array(list(map(known.__getitem__, came[0])), pa.list_(pa.string()))]
    return [pa.array([one for (one,) in _values(source, came)], pa.list_(pa.string()))]


def _values(source: _Source, came: Sequence[Sequence[Any]]) -> Sequence[tuple[Any, ...]]:
    """Of each record the values of a field's columns, as the files are written from them."""
    if isinstance(source.field, Money):
        return [_amount(*one) for one in zip(*came, strict=True)]
    kind, to_json = source.columns[0].type, source.field.to_json
    return [(plain(to_json(one), kind),) for one in source.field.from_rows(came)]


def _amount(units: int | None, currency: str, base: int | None) -> tuple[str | None, str | None, str | None]:
    """What the columns of an amount say: in the workspace's currency, as it was typed, in which currency."""
    whole = None if base is None else f"{from_units(base):f}"
    return (whole, None, None) if units is None else (whole, f"{from_units(units):f}", currency)


def _as_text(values: Sequence[Any]) -> Any:
    """Numbers, days, moments, yes and no as text; text as it is."""
    import pyarrow as pa

    made = pa.array(values)
    if pa.types.is_timestamp(made.type):
        made = made.cast(pa.timestamp("us"))  # in UTC, which the files don't say
    return made.cast(pa.string())


def _as_decimals(units: Sequence[Any]) -> Any:
    import pyarrow as pa
    from pyarrow import compute

    whole = pa.array(units, pa.int64()).cast(pa.decimal128(19, 0))
    return compute.multiply(whole, pa.scalar(_UNIT, pa.decimal128(4, 4))).cast(pa.string())


def _read(changes: Any) -> Any:
    """What a fact says of changes: text or decoded, as the driver gives it."""
    return msgspec.json.decode(changes) if isinstance(changes, str | bytes) else changes or {}


def _moment(at: Any) -> datetime:
    """A moment, aware, from what either database returned."""
    found: datetime = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found if found.tzinfo else found.replace(tzinfo=UTC)
