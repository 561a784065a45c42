"""What is learned from: cases out of the warehouse, with what was known of them before it was decided.

A model that looks back sees fields as they are now, many of them filled in because it was won or lost. So
the versions of the warehouse are asked for the last state in which a record was undecided; only where there
is none (an import brought it decided) its present state is taken, and only signs of leaks are left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _
from sqlglot import exp

from guanxi.analytics.learning.models import LearnedModel
from guanxi.analytics.roles import Contest, Prospect, roles
from guanxi.analytics.semantic.conditions import condition
from guanxi.analytics.semantic.scoping import Scope
from guanxi.analytics.warehouse.engine import cursor, name_of
from guanxi.analytics.warehouse.shape import column_name, columns_of
from guanxi.analytics.warehouse.store import Store, Table
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import (
    FilterSyntaxError,
    compile_filter,
    conditions_of,
    parse_filter,
)
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WORDS = ("choice", "text", "boolean")
NUMBERS = ("integer", "percent", "rating", "duration", "decimal", "money")
FEWEST_DAYS = 14  # shorter than that, before and after say nothing
AT_ONCE = 2_000
MOST_DIFFERENT = 0.3  # of words, by those that are given: more are names
_DAY = 86_400.0


@dataclass(frozen=True)
class Cases:
    """Decided records, one place for each in every list.

    when   a rising number, where they are of different days; else None
    late   by column, the share of those with a history that had it empty until they were decided
    known  the share of them that have a history
    rules  what the rules said of each then, where there are rules
    """

    ids: list[int]
    table: dict[str, list[object]]
    came: list[bool]
    when: list[float] | None
    late: dict[str, float]
    known: float
    rules: list[float] | None


@dataclass(frozen=True)
class Live:
    """Records as they are now: the values of columns, whether they are decided."""

    ids: list[int]
    table: dict[str, list[object]]
    came: list[bool]
    gone: list[bool]


def read_fields(text: str) -> frozenset[str]:
    """The fields that a filter names."""
    try:
        return frozenset(one.field for one in conditions_of(parse_filter(text))) if text else frozenset()
    except FilterSyntaxError:
        return frozenset()


def check_outcome(obj: Object, came: str, gone: str, *, by: Actor) -> None:
    """Raises InvalidValues where these are no filters over the object's own fields, or are the same."""
    for name, text in (("came", came), ("gone", gone)):
        try:
            tree = parse_filter(text)
            if any("." in one.field for one in conditions_of(tree)):
                raise FieldError("path", _("The outcome stands in fields of the record itself."))
            compile_filter(tree, obj, by=by, context=field_context(by), vendor=connection.vendor)
        except (FieldError, FilterSyntaxError) as problem:
            said = problem if isinstance(problem, FieldError) else FieldError("filter", str(problem))
            raise InvalidValues({name: [said]}) from problem
    if came.strip() == gone.strip():
        raise InvalidValues({"gone": [FieldError("same", _("Came true and did not are two things."))]})


def candidates(obj: Object, model: LearnedModel) -> list[Field]:
    """Fields that may tell something: words and numbers that people write, but for the answer itself."""
    answer = read_fields(model.came) | read_fields(model.gone)
    rules = {one.rules for one in _prospects(obj.name)}
    return [
        one
        for one in obj.fields
        if one.type in (*WORDS, *NUMBERS)
        and one.name not in answer
        and one.name not in rules
        and one.name != obj.title
        and not one.hidden
        and not (one.own and one.readonly and not one.computed)
    ]


def decided_cases(model: LearnedModel, *, by: Actor) -> Cases:
    """The records of the workspace that are decided, with what was known of each before that."""
    obj = registry.get(model.object)
    db = _versions(obj, model, by)
    fields = [one for one in candidates(obj, model) if _tells(db, one)]
    rules = next((one.rules for one in _prospects(obj.name) if one.rules in obj.fields_by_name), "")
    began = next(
        iter([one.began for one in _prospects(obj.name)] + [one.began for one in _contests(obj.name)]),
        "created_at",
    )
    names = [column_name(one) for one in fields] + ([column_name(obj[rules])] if rules else [])
    either = ", ".join(
        f"CASE WHEN b.id IS NULL THEN n.{name_of(one)} ELSE b.{name_of(one)} END" for one in names
    )
    late = ", ".join(
        f"SUM(CASE WHEN b.id IS NOT NULL AND b.{name_of(one)} IS NULL AND n.{name_of(one)} IS NOT NULL"
        " THEN 1 ELSE 0 END)"
        for one in names
    )
    source = "FROM decided n LEFT JOIN undecided b USING (id)"
    moment = f"COALESCE(epoch(n.{name_of(began)}::TIMESTAMP), epoch(n.created_at))"
    rows = db.execute(
        f"SELECT n.id, n.came_, {moment}{', ' if either else ''}{either} {source} ORDER BY n.id"
    ).fetchall()
    counts = db.execute(f"SELECT COUNT(b.id){', ' if late else ''}{late} {source}").fetchone() or (0,)
    history = max(int(counts[0]), 1)
    when = [float(row[2] or 0) for row in rows]
    table = {one.name: [plain(one, row[3 + place]) for row in rows] for place, one in enumerate(fields)}
    return Cases(
        [row[0] for row in rows],
        table,
        [bool(row[1]) for row in rows],
        when if rows and max(when) - min(when) >= FEWEST_DAYS * _DAY else None,
        {one.name: int(counts[1 + place] or 0) / history for place, one in enumerate(fields)},
        int(counts[0]) / max(len(rows), 1),
        [float(row[-1] or 0) for row in rows] if rules else None,
    )


def live_pieces(
    model: LearnedModel, names: Sequence[str], *, by: Actor, ids: Sequence[int] | None = None
) -> Iterator[Live]:
    """The object's records in use (or some of them) as they are now, some thousand at a time.

    A column that is no more has no values."""
    last = 0
    while True:
        some = None if ids is None else sorted(one for one in ids if one > last)[:AT_ONCE]
        found = _piece(model, names, by, last, some)
        if not found.ids:
            return
        yield found
        last = found.ids[-1]


def plain(field: Field, value: Any) -> object:
    """A value as it is learned from, the same whether it was read from the files or from the record."""
    if value is None:
        return None
    if field.type in NUMBERS:
        number = float(value)
        return number if math.isfinite(number) else None
    return str(value)


def _versions(obj: Object, model: LearnedModel, by: Actor) -> DuckDBPyConnection:
    """A connection with `decided` (as they are now) and `undecided` (the last state before it), a row for
    each record."""
    store = Store(by.workspace_id).held()
    columns = columns_of(obj)
    table = store.manifest().tables.get(obj.name, Table())
    db = cursor()
    db.execute(f"CREATE TEMP VIEW {name_of(obj.name)} AS {store.versions_sql(table, columns)}")
    scope = Scope(obj, by, field_context(by))
    marks = [
        exp.Coalesce(this=exp.paren(condition(parse_filter(text), scope)), expressions=[exp.false()]).as_(
            name
        )
        for text, name in ((model.came, "came_"), (model.gone, "gone_"))
    ]
    chosen = scope.source(exp.select("r.*", *marks))
    db.execute(f"CREATE TEMP TABLE every_ AS {chosen.sql(dialect='duckdb')}")
    db.execute(
        "CREATE TEMP VIEW decided AS SELECT * FROM every_"
        " WHERE valid_to IS NULL AND NOT archived AND NOT trashed AND (came_ OR gone_)"
    )
    db.execute(
        "CREATE TEMP TABLE undecided AS SELECT * FROM every_ WHERE NOT came_ AND NOT gone_"
        " QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY valid_from DESC) = 1"
    )
    return db


def _tells(db: DuckDBPyConnection, field: Field) -> bool:
    """Whether a column says more than one thing, and is no name or number by which records are told apart."""
    name = name_of(column_name(field))
    found = db.execute(f"SELECT COUNT({name}), COUNT(DISTINCT {name}) FROM decided").fetchone()
    given, different = found or (0, 0)
    if different < 2 and not (different == 1 and given):
        return False
    if field.type == "text":
        return bool(different <= 20 or different <= given * MOST_DIFFERENT)
    return not (field.type == "integer" and given > 100 and different > given * 0.95)


def _piece(
    model: LearnedModel, names: Sequence[str], by: Actor, after: int, ids: Sequence[int] | None
) -> Live:
    obj, context = registry.get(model.object), field_context(by)
    fields = {name: obj[name] for name in names if name in obj.fields_by_name}
    columns, params, places = list[str](), list[Any](), dict[str, slice]()
    for text in (model.came, model.gone):
        if not text:
            columns.append("0")
            continue
        asked = compile_filter(parse_filter(text), obj, by=by, context=context, vendor=connection.vendor)
        columns.append(f"CASE WHEN {asked.text} THEN 1 ELSE 0 END")
        params += asked.params
    for name, field in fields.items():
        wanted = (field.expression("r"),) if field.type == "money" else field.selected("r")
        places[name] = slice(1 + len(columns), 1 + len(columns) + len(wanted))
        columns += wanted
    where = "r.workspace_id = %s AND r.archived_at IS NULL AND r.id > %s"
    params += [require_workspace_id(), after]
    if obj.kind:
        where += ' AND r."kind" = %s'
        params.append(obj.kind)
    if ids is not None:
        where += f" AND r.id IN ({', '.join(['%s'] * len(ids))})" if ids else " AND 1 = 0"
        params += ids
    rows = fetch(
        f'SELECT r.id, {", ".join(columns)} FROM "{obj.table}" r WHERE {where} ORDER BY r.id LIMIT {AT_ONCE}',
        tuple(params),
    )
    table: dict[str, list[object]] = {name: [None] * len(rows) for name in names}
    for name, field in fields.items():
        table[name] = [_of_row(field, row[places[name]]) for row in rows]
    return Live(
        [int(row[0]) for row in rows], table, [bool(row[1]) for row in rows], [bool(row[2]) for row in rows]
    )


def _of_row(field: Field, parts: Sequence[Any]) -> object:
    if field.type == "money":
        return None if parts[0] is None else float(Decimal(parts[0]) / 10_000)
    return plain(field, field.from_row(parts))


def _prospects(name: str) -> list[Prospect]:
    return [one for one in roles(Prospect) if one.object == name]


def _contests(name: str) -> list[Contest]:
    return [one for one in roles(Contest) if one.object == name]


def outcomes() -> Mapping[str, tuple[str, str]]:
    """By object, the outcome that it declares of itself, as two filters."""
    tried: list[Prospect | Contest] = [*roles(Prospect), *roles(Contest)]
    return {
        one.object: (f"{one.outcome} = {one.won}", f"{one.outcome} = {one.lost}")
        for one in tried
        if registry.has(one.object)
    }
