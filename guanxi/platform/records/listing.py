"""Lists: filter, sort and page the records of an object that an actor may see.

Paging is by keyset: a cursor names the last row's sort values and id, so page 10,000 costs what
page 1 costs. Empty values come last in both directions. They are read as a second phase, because
neither database can walk an index in the order `… NULLS LAST, id` in both directions.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
from django.db import connection
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context, Field, Link, MemberLink, TeamLink, many_to
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.fields.own import Own
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen, shown_as
from guanxi.platform.records.access import counting_rules, row_rule
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import All, Condition, Filter, compile_filter, conditions_of
from guanxi.platform.records.places import note_uses
from guanxi.platform.records.questions import Question, Select
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.tallies import COUNT, Counted, counted_ahead
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.platform.records.trash.asking import not_trashed
from guanxi.platform.records.weighing import weighed

MOST_ROWS = 200
MOST_SORTS = 3
NEVER_EMPTY = {"lt", "lte", "gt", "gte", "between", "not_empty"}  # conditions that no empty value meets


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """What is asked of a list.

    columns   names of fields to read
    sort      "-amount,name": field names, a minus for descending
    after     the cursor of the page before, or None
    archived  the archive instead of what is in use
    ids       only these records (with every other condition), for reading rows again after a change
    search    words, as typed into the search field of the list
    access    "export": only what the actor may take out
    asked     set by the engine: the object as it was given, where the actor sees less of it
    """

    obj: Object
    columns: tuple[str, ...]
    filter: Filter = field(default_factory=All)
    sort: str = ""
    after: str | None = None
    limit: int = 50
    archived: bool = False
    ids: tuple[int, ...] | None = None
    search: str = ""
    access: str = "see"
    asked: Object | None = None


class Row(msgspec.Struct, frozen=True):
    """One record of a list: kept values by field name, in the order of the columns."""

    id: int
    version: int
    values: dict[str, Any]


class Table(msgspec.Struct, frozen=True):
    """The rows of a page column by column, as they come and as they are sent; `columns` go with `fields`."""

    ids: Sequence[int]
    versions: Sequence[int]
    fields: Sequence[Field]
    columns: Sequence[Sequence[Any]]

    @property
    def rows(self) -> list[Row]:
        names = [one.name for one in self.fields]
        values = zip(*self.columns, strict=True) if self.columns else ((),) * len(self.ids)
        made = (dict(zip(names, row, strict=True)) for row in values)
        return list(map(Row, self.ids, self.versions, made))


class ListPage(msgspec.Struct, frozen=True):
    """Rows, the titles of everything they link to, and the cursor of the next page (None: the last)."""

    rows: list[Row]
    refs: dict[Key, Ref]
    after: str | None


def list_records(query: ListQuery, *, by: Actor) -> ListPage:
    """One page; raises FieldError where the filter, the sort or the cursor makes no sense."""
    table, refs, after = list_table(query, by=by)
    return ListPage(rows=table.rows, refs=refs, after=after)


def list_table(query: ListQuery, *, by: Actor) -> tuple[Table, dict[Key, Ref], str | None]:
    """The same page for who sends it on: its columns, the titles, the next cursor."""
    table, after = _read_table(query, by)
    return table, titles_of(table_keys(table), by=by), after


def check_query(query: ListQuery, *, by: Actor) -> None:
    """Raises FieldError as reading it would, for who answers before anything is read."""
    _plan(seen_query(query, by), by, weighing=False)


def read_rows(query: ListQuery, *, by: Actor) -> tuple[list[Row], str | None]:
    """The rows of a page and the cursor of the next, without titles: for who reads several lists at once."""
    table, after = _read_table(query, by)
    return table.rows, after


def _read_table(query: ListQuery, by: Actor) -> tuple[Table, str | None]:
    query = seen_query(query, by)
    plan = _plan(query, by)
    return _page(plan, query, _read(plan, query, _limit(query) + 1))


def list_question(query: ListQuery, *, by: Actor) -> Question[tuple[list[Row], str | None]]:
    """The same, for who asks for more than this list; raises FieldError as list_records does.

    These are the product's own lists, with indexes for what they ask (lanes of boards, rules of Today): their
    conditions are not weighed.
    """
    query = seen_query(query, by)
    plan = _plan(query, by, weighing=False)
    phase, values, last_id = _read_cursor(query.after, plan)
    selects, limit = [], _limit(query) + 1
    if phase == 0:
        selects.append(_phase(plan, query, 0, values, last_id, limit))
        values, last_id = None, None
    if _has_empty(plan, query):
        selects.append(_phase(plan, query, 1, values, last_id, limit))

    def read(raw: Sequence[Sequence[tuple[Any, ...]]]) -> tuple[list[Row], str | None]:
        table, after = _page(plan, query, [row for rows in raw for row in rows])
        return table.rows, after

    return Question(tuple(selects), read)


def seen_query(query: ListQuery, by: Actor) -> ListQuery:
    """The same question of the object as the actor sees it; `asked` keeps the one that was given."""
    seen = as_seen(query.obj, by)
    return query if seen is query.obj else replace(query, obj=seen, asked=query.asked or query.obj)


def shown_fields(query: ListQuery, by: Actor) -> list[Field]:
    """The fields of the columns; of what is asked for but not to be seen nothing is read."""
    asked, seen = query.asked or query.obj, as_seen(query.obj, by)
    return [shown_as(asked, seen, name) for name in query.columns]


def _page(plan: _Plan, query: ListQuery, found: list[tuple[Any, ...]]) -> tuple[Table, str | None]:
    """The page from its raw rows, which are one more where there is a next page."""
    limit = _limit(query)
    table = _table(plan.fields, plan.selected, found[:limit])
    return table, _write_cursor(found[limit - 1], plan) if len(found) > limit else None


def _limit(query: ListQuery) -> int:
    return max(1, min(query.limit, MOST_ROWS))


def count_records(query: ListQuery, *, by: Actor) -> int:
    """How many records the list has in all, exactly."""
    if tally := _counted_ahead(query, where := conditions(query, by=by)):
        return int(fetch(f"SELECT {COUNT} FROM {tally.table} WHERE {where.text}", where.params)[0][0])
    plain = query.filter == All() and query.ids is None and not query.search.strip()
    whole = plain and query.access == "see" and not query.archived
    if not whole:
        counted = f'SELECT count(*) FROM "{query.obj.table}" r WHERE {where.text}'
        return int(fetch(counted, where.params)[0][0])
    rules = counting_rules(query.obj, by)
    sums = (f"({_counting(query, one)} WHERE {one.text} AND r.archived_at IS NULL)" for one in rules)
    return int(fetch(f"SELECT {' + '.join(sums)}", [value for one in rules for value in one.params])[0][0])


def _counting(query: ListQuery, rule: Sql) -> str:
    tally = _counted_ahead(query, rule)
    return f"SELECT {COUNT} FROM {tally.table}" if tally else f'SELECT count(*) FROM "{query.obj.table}" r'


def _counted_ahead(query: ListQuery, where: Sql) -> Counted | None:
    return None if query.archived else counted_ahead(query.obj.model_class, [where.text])


def conditions(query: ListQuery, *, by: Actor, context: Context | None = None, in_order: str = "") -> Sql:
    """Everything that rows (alias `r`) must meet but the cursor: rights, archive, filter, ids, words.

    `in_order` says by what expression they are sorted, for who reads only the first: they are weighed then.
    """
    return _joined(_conditions(query, by, context or field_context(by), in_order)[0])


def _conditions(
    query: ListQuery, by: Actor, context: Context, in_order: str, walked: Field | None = None
) -> tuple[list[Sql], bool]:
    """The conditions, the rights first; whether one of them is met by few.

    What is asked of `walked`, the field by whose places the list is sorted, is asked of these.
    """
    query = seen_query(query, by)
    rule = row_rule(query.obj, by, access=query.access, pools=_asks_pools(query))
    parts = [rule, Sql(f"r.archived_at IS {'NOT ' if query.archived else ''}NULL")]
    if query.archived:
        parts.append(not_trashed(query.obj))
    filtered = query.filter.parts if isinstance(query.filter, All) else (query.filter,)
    compiled = [
        walked.condition(one.operator, one.value, alias=PLACES, context=context, vendor=connection.vendor)
        if walked is not None and isinstance(one, Condition) and one.field == walked.name
        else compile_filter(one, query.obj, by=by, context=context, vendor=connection.vendor)
        for one in filtered
    ]
    if in_order and compiled:
        compiled = weighed(query.filter, compiled, query.obj, archived=query.archived, order=in_order)
    few = any(one.source is not None for one in compiled) or query.ids is not None
    parts += compiled
    if query.ids is not None:
        marks = ", ".join(["%s"] * len(query.ids)) or "NULL"
        parts.append(Sql(f"r.id IN ({marks})", query.ids))
    if query.search.strip():
        from guanxi.platform.records.search import matching

        parts.append(matching(query.obj, query.search, by=by))
        few = True
    return parts, few


def _asks_pools(query: ListQuery) -> bool:
    """Whether what stands in the reader's pools is asked for, too: by naming the pool, a record that it
    belongs to, words, or the records themselves. Other lists are of what is somebody's."""
    if not query.obj.pooled or query.ids is not None or query.search.strip():
        return True
    fields = query.obj.fields_by_name
    return any(
        one.field == "pool" or (one.operator == "is" and isinstance(fields.get(one.field), Link))
        for one in conditions_of(query.filter)
        if not isinstance(fields.get(one.field), MemberLink | TeamLink)
    )


def _joined(parts: Sequence[Sql]) -> Sql:
    return Sql(" AND ".join(part.text for part in parts), tuple(one for part in parts for one in part.params))


def linked_keys(fields: Sequence[Field], rows: Iterable[Row]) -> set[Key]:
    """Everything that the rows mention by id."""
    rows = list(rows)
    keys: set[Key] = set()
    for one in fields:
        if _links(one):
            keys |= _mentioned(one, [row.values[one.name] for row in rows])
    return keys


def table_keys(table: Table) -> set[Key]:
    """The same of a page that is not in rows."""
    keys: set[Key] = set()
    for one, values in zip(table.fields, table.columns, strict=True):
        if _links(one):
            keys |= _mentioned(one, values)
    return keys


def _links(field: Field) -> bool:
    return isinstance(field, Link) or field.type == "about" or bool(many_to(field))


def _mentioned(field: Field, values: Sequence[Any]) -> set[Key]:
    if isinstance(field, Link):
        return {(field.to, record_id) for record_id in set(values) if record_id}
    if field.type == "about":
        return {(name, record_id) for pairs in values for name, record_id in pairs}
    kind = many_to(field)
    return {(kind, record_id) for record_id in set(chain.from_iterable(values))}


# Sorting


@dataclass(frozen=True, slots=True)
class SortKey:
    """One expression of ORDER BY, with the join that it needs.

    `field` counts the fields that are sorted by: those that link to records are two expressions.
    Where the actor may not see all that a link leads to, `nothing` holds for rows that lead nowhere or to
    what is hidden: neither the order of rows nor a cursor may tell what that is called.
    """

    expression: str
    descending: bool
    nullable: bool
    join: Sql | None = None
    null_test: str = ""
    field: int = 0
    nothing: Sql | None = None
    walked: Field | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """`source` is what is read from, with the parameters of its joins; `id` names the row in it."""

    where: Sql
    keys: tuple[SortKey, ...]
    selected: tuple[str, ...]
    fields: tuple[Field, ...]
    order: str = ""  # of what and by what: a cursor belongs to one order
    source: Sql = field(default_factory=lambda: Sql(""))
    id: str = "r.id"

    def keys_of(self, phase: int) -> tuple[SortKey, ...]:
        """In phase 1 the first field is empty, so there is nothing to sort by in it."""
        return tuple(key for key in self.keys if key.field >= phase)


def _plan(query: ListQuery, by: Actor, *, weighing: bool = True) -> _Plan:
    obj = query.obj
    fields = tuple(shown_fields(query, by))
    selected = tuple(column for one in fields for column in one.selected("r"))
    keys = sort_keys(obj, query.sort or obj.sort, by=by)
    order, context = f"{obj.name} {query.sort or obj.sort}", field_context(by)
    note_uses(_asked(query, keys))
    if weighing and keys and (walked := keys[0].walked) is not None:
        keys = (replace(keys[0], expression=walked.expression(PLACES)), *keys[1:])
        parts, few = _conditions(query, by, context, keys[0].expression, walked)
        source, mine = _places(obj, walked, few, by)
        parts[0] = Sql(_RIGHTS.sub(lambda found: _OF_PLACES[found[1]], parts[0].text), parts[0].params)
        return _Plan(_joined([mine, *parts]), keys, selected, fields, order, source, f"{PLACES}.record_id")
    parts, _few = _conditions(query, by, context, keys[0].expression if weighing and keys else "")
    return _Plan(_joined(parts), keys, selected, fields, order, Sql(f'"{obj.table}" r'))


def _asked(query: ListQuery, keys: Sequence[SortKey]) -> Iterator[Field]:
    """The object's own fields that a list is filtered or sorted by."""
    if not any(one.own for one in query.obj.fields):
        return
    names = {one.field for one in conditions_of(query.filter)}
    names |= {(query.sort or query.obj.sort).split(",")[0].lstrip("-")}
    for name in names & set(query.obj.fields_by_name):
        if query.obj[name].own:
            yield query.obj[name]


# The places of the field that a list is sorted by: their table stands for an index on it (records/places.py).
PLACES = "p0"
_OF_PLACES = {name: f"{PLACES}.{name}" for name in ("workspace_id", "owner_id", "team_id")}
_OF_PLACES["id"] = f"{PLACES}.record_id"
_RIGHTS = re.compile(r'\br\."?(workspace_id|owner_id|team_id|id)\b"?')


def _places(obj: Object, walked: Field, few: bool, by: Actor) -> tuple[Sql, Sql]:
    """What is read from, and which places: those of the field, each with its record.

    SQLite takes a CROSS JOIN in the order in which it is written: the places first, unless something finds
    few.
    """
    word = "CROSS JOIN" if connection.vendor == "sqlite" and not few else "JOIN"
    there = f"r.id = {PLACES}.record_id AND r.workspace_id = {PLACES}.workspace_id"
    source = Sql(f'{walked.place_table} {PLACES} {word} "{obj.table}" r ON {there}')
    mine = Sql(f"{PLACES}.workspace_id = %s AND {PLACES}.field_id = %s", (by.workspace_id, walked.made_id))
    return source, mine


def sort_keys(obj: Object, sort: str, *, by: Actor) -> tuple[SortKey, ...]:
    """The expressions behind "-amount,name"; the id makes the order total and is not among them."""
    obj = as_seen(obj, by)
    names = [name for name in sort.split(",") if name][:MOST_SORTS]
    return tuple(
        key
        for index, name in enumerate(names)
        for key in _keys_of(obj, name.lstrip("-"), name.startswith("-"), index, by)
    )


def _sorted_by(obj: Object, name: str) -> str:
    """What is to be done next is sorted by when."""
    return obj.next_step.due if obj.next_step and name == obj.next_step.text else name


def _keys_of(obj: Object, name: str, descending: bool, index: int, by: Actor) -> tuple[SortKey, ...]:
    found = obj.fields_by_name.get(name := _sorted_by(obj, name))
    if found is None or not found.sortable:
        raise FieldError("sort", _("The list can't be sorted by “%(name)s”.") % {"name": name})
    if name == obj.title:
        return (SortKey("r.sort_key", descending, nullable=False, field=index),)
    column, nullable = found.expression("r"), found.nullable
    if nullable is None:
        nullable = bool(obj.model_class._meta.get_field(found.column).null)
    if isinstance(found, Link) and registry.has(found.to) and registry.get(found.to).scoped:
        target = registry.get(found.to)
        alias = f"s{index}"
        on = f'"{target.table}" {alias} ON {alias}.id = {column} AND {alias}.workspace_id = r.workspace_id'
        join, nothing = Sql(f"JOIN {on}"), None
        if not by.may("see", target.name) or not by.rows(target.name).every:
            rule = row_rule(target, by, alias=alias)
            join, nullable = Sql(f"JOIN {on} AND {rule.text}", rule.params), True
            there = f'SELECT 1 FROM "{target.table}" {alias} WHERE {alias}.id = {column} AND {rule.text}'
            nothing = Sql(f"NOT EXISTS ({there})", rule.params)
        # Then by the record itself: the database walks through these records in their order, and for each
        # through those that link to it, instead of sorting all of them.
        return (
            SortKey(f"{alias}.sort_key", descending, nullable, join, column, index, nothing),
            SortKey(f"{alias}.id", descending, nullable, None, column, index, nothing),
        )
    # Members, teams and stages are few, with many records each: grouped by them in the order they were made.
    # Their names would make the database sort a whole group to show its first page.
    walked = found.at_place() if isinstance(found, Own) and found.place == "ready" and not index else None
    return (SortKey(column, descending, nullable, field=index, walked=walked),)


# Reading


def _read(plan: _Plan, query: ListQuery, limit: int) -> list[tuple[Any, ...]]:
    """Up to `limit` raw rows: id, version, columns, phase, sort values."""
    phase, values, last_id = _read_cursor(query.after, plan)
    rows: list[tuple[Any, ...]] = []
    if phase == 0:
        rows = _fetched(_phase(plan, query, 0, values, last_id, limit))
        values, last_id = None, None
    if _has_empty(plan, query) and len(rows) < limit:
        rows += _fetched(_phase(plan, query, 1, values, last_id, limit - len(rows)))
    return rows


def _fetched(one: Select) -> list[tuple[Any, ...]]:
    return fetch(f"SELECT {', '.join(one.columns)} {one.tail}", one.params)


def _has_empty(plan: _Plan, query: ListQuery) -> bool:
    """Whether rows without the first sort value can be in the list."""
    if not (plan.keys and plan.keys[0].nullable):
        return False
    first = (query.sort or query.obj.sort).split(",")[0].lstrip("-")
    return plan.keys[0].nothing is not None or not _demands(query.filter, _sorted_by(query.obj, first))


def _demands(tree: Filter, name: str) -> bool:
    """Whether every row that the filter finds has a value there."""
    if isinstance(tree, All):
        return any(_demands(part, name) for part in tree.parts)
    return isinstance(tree, Condition) and tree.field == name and tree.operator in NEVER_EMPTY


def _phase(
    plan: _Plan, query: ListQuery, phase: int, values: list[Any] | None, last_id: int | None, limit: int
) -> Select:
    """Phase 0 has the rows whose first sort value is there, phase 1 those where it is empty."""
    keys = plan.keys_of(phase)
    first = plan.keys[0] if plan.keys else None
    parts = [plan.where]
    if first and first.nullable:
        tested = first.null_test or first.expression
        if phase == 0:
            parts.append(Sql(f"{tested} IS NOT NULL"))
        else:
            parts.append(first.nothing or Sql(f"{tested} IS NULL"))
    # The id goes the way of the first key, so that the two together are one row value on one index.
    down = bool(keys and keys[0].descending)
    if last_id is not None:
        parts.append(_beyond(keys, values or [], last_id, down, plan.id))
    joined = [(key.join, "LEFT " if key.nullable and key.field else "") for key in keys if key.join]
    joins = " ".join(side + join.text for join, side in joined)
    order = [
        *(
            f"({key.expression} IS NULL), {key.expression}{' DESC' if key.descending else ''}"
            if key.nullable and key.field
            else f"{key.expression}{' DESC' if key.descending else ''}"
            for key in keys
        ),
        f"{plan.id}{' DESC' if down else ''}",
    ]
    columns = ["r.id", "r.version", *plan.selected, str(phase)]
    columns += [key.expression for key in keys]
    where = " AND ".join(part.text for part in parts)
    return Select(
        tuple(columns),
        f"FROM {plan.source.text} {joins} WHERE {where} ORDER BY {', '.join(order)} LIMIT %s",
        (*(value for part in (*(join for join, _side in joined), *parts) for value in part.params), limit),
        query.obj.model_class,
    )


def _beyond(keys: Sequence[SortKey], values: list[Any], last_id: int, down: bool, id: str) -> Sql:
    """Rows after (values, last_id) in the order of the keys, then of the id."""
    sign = "<" if down else ">"
    if not keys:
        return Sql(f"{id} {sign} %s", (last_id,))
    if all(key.descending == down and not (key.nullable and key.field) for key in keys):
        row = ", ".join([*(key.expression for key in keys), id])
        marks = ", ".join(["%s"] * (len(keys) + 1))
        if not keys[0].join:
            return Sql(f"({row}) {sign} ({marks})", (*values, last_id))
        # The row is of two tables: only its first value leads the database to the place in an index.
        start = f"{keys[0].expression} {sign}= %s"
        return Sql(f"{start} AND ({row}) {sign} ({marks})", (values[0], *values, last_id))
    texts: list[str] = []
    params: list[Any] = []
    equal: list[tuple[str, tuple[Any, ...]]] = []
    for index, key in enumerate(keys):
        value = values[index]
        prefix = [text for text, _ in equal]
        prefix_params = [one for _, found in equal for one in found]
        later = "<" if key.descending else ">"
        empties = key.nullable and key.field
        if value is not None:
            beyond = f"{key.expression} {later} %s" + (f" OR {key.expression} IS NULL" if empties else "")
            texts.append(" AND ".join([*prefix, f"({beyond})"]))
            params += [*prefix_params, value]
            equal.append((f"{key.expression} = %s", (value,)))
        else:
            equal.append((f"{key.expression} IS NULL", ()))
    texts.append(" AND ".join([*(text for text, _ in equal), f"{id} {sign} %s"]))
    params += [*(one for _, found in equal for one in found), last_id]
    return Sql("(" + " OR ".join(f"({text})" for text in texts) + ")", tuple(params))


def _table(fields: Sequence[Field], selected: tuple[str, ...], raw: Sequence[tuple[Any, ...]]) -> Table:
    """What the database returned, read column by column: most columns are kept as they come."""
    if not raw:
        return Table((), (), fields, [()] * len(fields))
    # The two phases end in tails of different length (see _write_cursor), which are cut off here.
    ids, versions, *came = zip(*raw, strict=False)
    columns = []
    for one in fields:
        first = selected.index(one.selected("r")[0])
        columns.append(one.from_rows(came[first : first + len(one.columns)]))
    return Table(ids, versions, fields, columns)


# Cursors


def _write_cursor(raw: tuple[Any, ...], plan: _Plan) -> str:
    tail = raw[2 + len(plan.selected) :]
    values = [_plain(value) for value in tail[1:]]
    text = base64.urlsafe_b64encode(msgspec.json.encode([tail[0], values, raw[0]])).decode().rstrip("=")
    return f"{text}.{_signature(text, plan)}"


def _signature(text: str, plan: _Plan) -> str:
    """What makes a cursor ours and this order's: the database is asked to compare nothing else."""
    return salted_hmac(f"guanxi.cursor {plan.order}", text).hexdigest()[:20]


def _read_cursor(text: str | None, plan: _Plan) -> tuple[int, list[Any] | None, int | None]:
    if not text:
        return 0, None, None
    text, _dot, signature = text.partition(".")
    if not constant_time_compare(signature, _signature(text, plan)):
        raise FieldError("cursor", _("This page mark does not belong to this list."))
    try:
        padded = text + "=" * (-len(text) % 4)
        phase, values, last_id = msgspec.json.decode(
            base64.urlsafe_b64decode(padded), type=tuple[int, list[Any], int]
        )
        if phase not in (0, 1) or len(values) != len(plan.keys_of(phase)) or not 0 < last_id < 2**63:
            raise ValueError(text)
        return phase, [_revived(value) for value in values], last_id
    except (ValueError, binascii.Error, msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise FieldError("cursor", _("This page mark does not belong to this list.")) from problem


def _plain(value: Any) -> Any:
    """Moments and days are marked, so that they come back as what they were."""
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return str(value) if isinstance(value, Decimal) else value


def _revived(value: Any) -> Any:
    if isinstance(value, dict):
        if "t" in value:
            return datetime.fromisoformat(str(value["t"]))
        return date.fromisoformat(str(value.get("d")))
    return value


def by_ids(query: ListQuery, ids: Sequence[int]) -> ListQuery:
    """The same list narrowed to some records, to draw their rows again."""
    return replace(query, ids=tuple(ids), after=None, limit=max(len(ids), 1))
