"""The star schema: which columns an object has in the warehouse, derived from the registry.

Every object is a table of its records. What it links to is a key column (`company_id`), so that each object
is a fact table and a dimension of others at once. An amount is kept in the workspace's currency under its own
name (that is what is summed), with what was typed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Link, Money
from guanxi.platform.metadata.objects import Object


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the files.

    field  the field that it holds; "" for what every record has
    part   which side of the field: "value", or of an amount its "original" and "currency"
    """

    name: str
    type: str
    field: str = ""
    part: str = "value"


@dataclass(frozen=True, slots=True)
class Carry:
    """What the rows of a part have beside them of their whole: a line, of its order.

    whole    the object of the whole
    key      the column that links to it
    columns  by what the column is called beside the part's own: the column of the whole
    """

    whole: str
    key: str
    columns: Mapping[str, Column]

    @property
    def there(self) -> str:
        """The column that is never empty where something is carried."""
        return next(name for name, one in self.columns.items() if one.name == "workspace_id")

    @property
    def whose(self) -> str:
        """The column with the number of the pair of owner and team; "" where not both are carried."""
        known = {one.name for one in self.columns.values()}
        return f"{self.there.removesuffix('workspace_id')}{WHOSE}" if known.issuperset(PAIR) else ""


PAIR = ("owner_id", "team_id")
WHOSE = "whose_"  # no field has a column of this name: the workspace's own would be called `whose__`


# Long texts, phones and pictures are nothing to count or to group by; they stay where they are.
TYPES: Mapping[str, str] = {
    "text": "VARCHAR",
    "url": "VARCHAR",
    "auto_number": "VARCHAR",
    "choice": "VARCHAR",
    "choices": "VARCHAR[]",
    "tags": "VARCHAR[]",
    "links": "VARCHAR[]",
    "about": "VARCHAR[]",
    "integer": "BIGINT",
    "percent": "BIGINT",
    "rating": "BIGINT",
    "duration": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "money": "DECIMAL(18,4)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "link": "BIGINT",
    "member": "BIGINT",
    "team": "BIGINT",
}

# What every row has, whatever its object: by it the access rule of the product holds for the files as well.
COMMON = (
    Column("id", "BIGINT"),
    Column("workspace_id", "BIGINT"),
    Column("kind", "VARCHAR"),
    Column("archived", "BOOLEAN"),
    Column("trashed", "BOOLEAN"),
    Column("valid_from", "TIMESTAMP"),
    Column("valid_to", "TIMESTAMP"),
)
_TAKEN = frozenset(one.name for one in COMMON)
_ENDS = ("_id", "_original", "_currency", "_")


def columns_of(obj: Object) -> tuple[Column, ...]:
    """All columns of an object's files, those of every row first."""
    return (*COMMON, *(one for field in obj.fields for one in field_columns(field)))


def field_columns(field: Field) -> tuple[Column, ...]:
    """The columns of one field; none for what the warehouse does not hold."""
    kind = TYPES.get(field.type)
    if kind is None:
        return ()
    name = column_name(field)
    if isinstance(field, Money):
        return (
            Column(name, kind, field.name),
            Column(f"{name}_original", kind, field.name, "original"),
            Column(f"{name}_currency", "VARCHAR", field.name, "currency"),
        )
    return (Column(name, kind, field.name),)


def carry_of(obj: Object) -> Carry | None:
    """What the parts of a whole carry of it: by what is grouped and filtered, and what its rights are about.

    None for what stands by itself.
    """
    if not obj.part_of or not registry.has(obj.whole):
        return None
    whole = registry.get(obj.whole)
    own, carried = {one.name for one in columns_of(obj)}, {}
    for one in columns_of(whole):
        name = beside_name(obj.part_of, one.name)
        if name not in own and (one.name in _CARRIED_OF_ALL or _is_carried(whole, one)):
            carried[name] = one
    return Carry(whole.name, column_name(obj[obj.part_of]), carried)


def beside_name(link: str, column: str) -> str:
    """What a column of the whole is called in the files of its parts."""
    return f"{link}__{column}"


def _is_carried(whole: Object, one: Column) -> bool:
    return bool(one.field) and one.part == "value" and whole[one.field].type in _CARRIED


_CARRIED = frozenset({"boolean", "choice", "date", "datetime", "link", "member", "team"})
_CARRIED_OF_ALL = frozenset({"workspace_id", "kind"})


def column_name(field: Field) -> str:
    """What a field's column is called: links end in `_id`, as the live tables have them.

    A name that every row has (`kind`, `valid_from`), and one of a workspace's own field that another field's
    column may have, ends in `_`.
    """
    if isinstance(field, Link):
        return f"{field.name}_id"
    if field.name in _TAKEN or (field.own and field.name.endswith(_ENDS)):
        return f"{field.name}_"
    return field.name


def plain(value: Any, kind: str) -> Any:
    """A value in its JSON form, as a fact has it → as the files are written from it."""
    if value is None:
        return None
    if kind.endswith("[]"):
        return [":".join(map(str, one)) if isinstance(one, list) else str(one) for one in value or ()]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if isinstance(value, dict | list) else str(value)
