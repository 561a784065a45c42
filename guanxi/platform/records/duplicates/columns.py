"""What a sweep compares: columns made from the types of an object's fields, each with the way it is compared.

name     of a person, company or thing: words in either order, with slips
text     street, city, title: words with slips
code     postcode, tax number, year: signs with slips
date     yyyymmdd with slips
set      numbers or mailboxes: one in common, or one nearly
same     equal or not: the company that somebody works for
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from guanxi.platform.metadata.fields import (
    Address,
    Addresses,
    Date,
    Emails,
    Field,
    Integer,
    Link,
    LongText,
    PersonName,
    Phones,
    Text,
    Url,
)
from guanxi.platform.metadata.fields.text import host_of
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.duplicates import normal
from guanxi.platform.records.duplicates.keys import NO_IDS, shape_of

How = Literal["name", "text", "code", "date", "set", "same"]
LONGEST = 300
PARTS: tuple[tuple[str, How], ...] = (
    ("street", "text"), ("city", "text"), ("postcode", "code"), ("province", "same"),
)  # fmt: skip


class Column(NamedTuple):
    """One column of a sweep.

    field   the field that it comes from
    of      value of that field → text, list of texts (a `set`), or None
    proof   how probable it is that two with an equal value are one, as long as too few records have one to
            learn it from; 0 where that alone brings nobody together
    """

    name: str
    field: str
    how: How
    of: Callable[[Any], Any]
    proof: float = 0.0


def columns_of(obj: Object) -> list[Column]:
    """The columns of an object, its title first."""
    naming = shape_of(obj).naming
    found = [Column("title", obj.title, "name", _NAMED[naming], _PROOF[naming])]
    plan = obj.next_step
    passing = {obj.title, *NO_IDS, *((plan.text, plan.due) if plan else ()), obj.closes, obj.due, obj.starts}
    for one in obj.fields:
        if one.name not in passing and not one.readonly and not one.hidden:
            found += _columns(one)
    return found


def row_of(columns: Sequence[Column], obj: Object, record: Any) -> list[Any]:
    """A record's values, one for each column."""
    values = {name: obj[name].get(record) for name in {one.field for one in columns}}
    return [
        None if obj[one.field].is_empty(values[one.field]) else one.of(values[one.field]) or None
        for one in columns
    ]


def _columns(field: Field) -> Iterator[Column]:
    name = f"f_{field.name}"
    if isinstance(field, Phones):
        yield Column(name, field.name, "set", lambda points: [one["number"] for one in points], 0.9)
    elif isinstance(field, Emails):
        read = lambda points: [normal.email(one["email"]) for one in points]  # noqa: E731
        yield Column(name, field.name, "set", read, 0.9)
    elif isinstance(field, Addresses):
        for part, how in PARTS:
            yield Column(f"{name}_{part}", field.name, how, _part(part, how))
    elif isinstance(field, Url):
        yield Column(
            name, field.name, "code", lambda value: host_of(str(value)), 0.6 if field.identifies else 0.0
        )
    elif isinstance(field, Address):
        for part, how in PARTS:
            yield Column(f"{name}_{part}", field.name, how, _alone(_part(part, how)))
    elif isinstance(field, PersonName):
        said = field.said
        yield Column(
            name, field.name, "text", lambda value: " ".join(normal.person_words(said(value)))[:LONGEST]
        )
    elif isinstance(field, LongText):
        return
    elif isinstance(field, Text):
        tells = field.identifies or field.unique
        yield Column(
            name, field.name, "code" if tells else "text", normal.code if tells else _words, 0.9 * tells
        )
    elif isinstance(field, Date):
        yield Column(name, field.name, "date", lambda value: f"{value:%Y%m%d}")
    elif isinstance(field, Integer):
        yield Column(name, field.name, "code", str)
    elif isinstance(field, Link) and field.type == "link":
        yield Column(name, field.name, "same", str)


def _part(part: str, how: How) -> Callable[[Any], str | None]:
    """One part of the first address."""
    read = normal.code if how == "code" else _words

    def of(points: Any) -> str | None:
        return read(points[0].get(part, ""))

    return of


def _alone(read: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    """The same of a single address."""
    return lambda value: read([value])


def _words(text: str) -> str:
    return " ".join(normal.words(text))[:LONGEST]


# Many people have one name; a company or a thing is seldom called as another one is.
_PROOF: dict[str, float] = {"company": 0.8, "person": 0.6, "thing": 0.8}
_NAMED: dict[str, Callable[[Any], str]] = {
    "company": lambda title: normal.company_name(str(title))[:LONGEST],
    "person": lambda title: " ".join(normal.person_words(str(title)))[:LONGEST],
    "thing": lambda title: _words(str(title)),
}
