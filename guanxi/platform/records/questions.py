"""Questions: what is to be read, and how its rows become an answer. Several are asked in one statement.

    rows, names = ask(list_question(query, by=by), titles_question(keys, by=by))

A page that needs eight small things of the database should not ask eight times. Each question keeps its own
SELECT with its own filter, order and limit, and walks its own index; what is saved is asking. The parts of a
UNION ALL have the same columns with the same types, by which SQLite's driver reads moments too: every SELECT
puts its values into slots: the first bigint of each stands in the first slot for bigints, and a slot that one
has no use for is NULL.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast, overload

from django.db import connection, models

from guanxi.platform.records.sql import fetch

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
Raw = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT.

    columns  expressions without parameters
    tail     FROM and all that follows, with its parameters
    kinds    the types of the columns, as PostgreSQL calls them; or the model whose columns they are
    """

    columns: tuple[str, ...]
    tail: str
    params: tuple[Any, ...]
    kinds: tuple[str, ...] | type[models.Model]


@dataclass(frozen=True, slots=True)
class Question(Generic[A]):
    """`read` takes the rows of each SELECT, in their order, and gives the answer."""

    selects: tuple[Select, ...]
    read: Callable[[Sequence[Raw]], A]


@overload
def ask(one: Question[A], /) -> tuple[A]: ...
@overload
def ask(one: Question[A], two: Question[B], /) -> tuple[A, B]: ...
@overload
def ask(one: Question[A], two: Question[B], three: Question[C], /) -> tuple[A, B, C]: ...
@overload
def ask(
    one: Question[A], two: Question[B], three: Question[C], four: Question[D], /
) -> tuple[A, B, C, D]: ...
@overload
def ask(
    one: Question[A], two: Question[B], three: Question[C], four: Question[D], five: Question[E], /
) -> tuple[A, B, C, D, E]: ...
def ask(*questions: Question[Any]) -> tuple[Any, ...]:
    """The answers, by one statement; none where no question has a SELECT."""
    came = iter(_rows_of([select for one in questions for select in one.selects]))
    return tuple(one.read([next(came) for _select in one.selects]) for one in questions)


def together(questions: Sequence[Question[A]]) -> Question[list[A]]:
    """Several questions as one."""
    sizes = [len(one.selects) for one in questions]

    def read(raw: Sequence[Raw]) -> list[A]:
        left = iter(raw)
        return [
            one.read([next(left) for _ in range(size)]) for one, size in zip(questions, sizes, strict=True)
        ]

    return Question(tuple(select for one in questions for select in one.selects), read)


def answered(answer: A) -> Question[A]:
    """A question whose answer is known."""
    return Question((), lambda raw: answer)


def number_question(text: str, params: Sequence[Any]) -> Question[int]:
    """A SELECT of one whole number."""
    select = Select(("q.n",), f"FROM (SELECT ({text}) AS n) q", tuple(params), ("bigint",))
    return Question((select,), lambda raw: int(raw[0][0][0]))


def model_question(
    model: type[models.Model], tail: str, params: Sequence[Any], *, alias: str = "m"
) -> Question[list[Any]]:
    """Instances of a model; `tail` is what follows `FROM <table> <alias>`."""
    names, columns, convert = _model_plan(model, alias, connection.vendor)
    select = Select(columns, f'FROM "{model._meta.db_table}" {alias} {tail}', tuple(params), model)
    return Question(
        (select,), lambda raw: [model.from_db(connection.alias, names, row) for row in convert(raw[0])]
    )


@lru_cache(maxsize=512)
def _model_plan(
    model: type[models.Model], alias: str, _vendor: str
) -> tuple[list[str], tuple[str, ...], Callable[[Raw], Raw]]:
    """Attributes, columns, and what turns the database's values into those of the model."""
    fields = model._meta.concrete_fields
    compiler = models.QuerySet(model).query.get_compiler(connection=connection)
    converters = compiler.get_converters([one.get_col(model._meta.db_table) for one in fields])
    columns = tuple(f'{alias}."{one.column}"' for one in fields)

    def convert(rows: Raw) -> Raw:
        return cast(Raw, [list(row) for row in compiler.apply_converters(rows, converters)])

    return [str(one.attname) for one in fields], columns, convert


@lru_cache(maxsize=4096)
def kind_of(model: type[models.Model], expression: str) -> str:
    """The type of a model's column, of a number standing there itself, or of a value taken from JSON."""
    if expression.isdecimal():
        return "integer"
    if plain := _COLUMN.fullmatch(expression):
        found = next(one for one in model._meta.concrete_fields if one.column == plain[1])
        kind = str(found.db_type(connection)).partition("(")[0]
        return _PLAIN.get(kind, kind)
    if made := _CAST.search(expression):
        return made[1]
    return "text" if "->>" in expression else "jsonb"


_PLAIN = {"varchar": "text", "datetime": "timestamp with time zone", "integer unsigned": "integer"}
_COLUMN = re.compile(r'\w+\."?(\w+)"?')
_CAST = re.compile(r"::(\w+)\)")


# One statement

Slot = tuple[str, int]  # a type, and the how-manieth value of it
Kinds = tuple[str, ...] | type[models.Model]


def _rows_of(selects: Sequence[Select]) -> list[Raw]:
    """The rows of each SELECT."""
    if len(selects) < 2:
        return [fetch(f"SELECT {', '.join(one.columns)} {one.tail}", one.params) for one in selects]
    heads, picks = _shape(tuple((one.columns, one.kinds) for one in selects), connection.vendor)
    # With an order and a limit of its own a SELECT has to be a table.
    text = " UNION ALL ".join(
        f"SELECT * FROM ({head} {one.tail}) p{at}"
        for at, (head, one) in enumerate(zip(heads, selects, strict=True))
    )
    rows: list[Raw] = [[] for _select in selects]
    for row in fetch(text, [value for one in selects for value in one.params]):
        at = row[0]
        rows[at].append(picks[at](row))
    return rows


@lru_cache(maxsize=512)
def _shape(
    asked: tuple[tuple[tuple[str, ...], Kinds], ...], vendor: str
) -> tuple[list[str], list[Callable[[tuple[Any, ...]], tuple[Any, ...]]]]:
    """How each SELECT begins, its number first, and what picks its columns from a row of all.

    Pages ask for the same columns again and again, whatever they filter by.
    """
    slots = [list(_slots(*one)) for one in asked]
    every = sorted({slot for found in slots for slot in found})
    heads = []
    for at, ((columns, _kinds), found) in enumerate(zip(asked, slots, strict=True)):
        values = dict(zip(found, columns, strict=True))
        said = ", ".join(values.get(slot) or _nothing(slot[0], vendor) for slot in every)
        heads.append(f"SELECT {at}, {said}")
    return heads, [_picker([1 + every.index(slot) for slot in found]) for found in slots]


def _slots(columns: tuple[str, ...], kinds: Kinds) -> Iterator[Slot]:
    return _numbered(kinds if isinstance(kinds, tuple) else [kind_of(kinds, one) for one in columns])


def _numbered(kinds: Sequence[str]) -> Iterator[Slot]:
    seen: Counter[str] = Counter()
    for kind in kinds:
        yield kind, seen[kind]
        seen[kind] += 1


def _nothing(kind: str, vendor: str) -> str:
    return f"CAST(NULL AS {kind})" if vendor == "postgresql" else "NULL"


def _picker(places: Sequence[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return cast(Callable[[tuple[Any, ...]], tuple[Any, ...]], itemgetter(*places))
