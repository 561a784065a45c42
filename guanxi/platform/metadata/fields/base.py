"""What every field type has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar, Literal

import msgspec
from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.errors import FieldError

Operator = Literal[
    "is",
    "is_not",
    "in",
    "not_in",
    "contains",
    "starts",
    "lt",
    "lte",
    "gt",
    "gte",
    "between",
    "empty",
    "not_empty",
    "below",
]
KeptAs = Literal["text", "number", "boolean", "list", "amount", "json", "parts"]


@dataclass(frozen=True, slots=True)
class Context:
    """What reading and comparing values depends on beside the value: who asks, where and when.

    member_id, team_id   what `me` and `my team` stand for; None for the product itself
    now                  an aware moment, UTC
    zone                 the member's time zone: the day starts there
    country, currency    of the workspace, for phones and amounts that don't say
    """

    workspace_id: int
    now: datetime
    zone: tzinfo
    member_id: int | None = None
    team_id: int | None = None
    below_ids: tuple[int, ...] = ()
    country: str = "CN"
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL and its parameters in order; `%s` stands for each, a literal percent sign is doubled.

    A condition that asks whether a row's id is among others has these as `source`: a SELECT that ends in its
    conditions, whose column is `source_id` (`v.record_id`). records/weighing.py may turn it round, or take
    `plain`, the same asked of the row itself.
    """

    text: str
    params: tuple[Any, ...] = ()
    source: Sql | None = None
    source_id: str = ""
    plain: Sql | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """A field of an object. Subclasses are the types; instances are declared in a noun's `objects.py`.

    name        also the model's attribute and the name in the API
    required    refused when empty
    unique      refused when another record that is not archived has the same value
    readonly    derived or kept by the product; forms show it, nobody types it
    brought     readonly, but a file that brings what was elsewhere may say it (the state of an old order)
    identifies  a value tells records apart well enough to find duplicates and links by it
    adds_up     its sum over several records means something: lists show it under the column
    synonyms    other headers that spreadsheets use for it
    follows     fields of the same object from which the product derives it: who may not see those sees it not
    locked      readonly for the reader's role alone
    shown_if    a formula: pages show it, and forms ask for it, only where it says yes; "" is always
    card        the property of a vCard or an iCalendar entry that holds it, where neither its type nor what
                it is to its object (title, beginning) says so
    """

    type: ClassVar[str]
    operators: ClassVar[tuple[Operator, ...]] = ("is", "is_not", "in", "not_in", "empty", "not_empty")
    multiple: ClassVar[bool] = False
    align: ClassVar[str] = "start"
    own: ClassVar[bool] = False  # made by the workspace: kept in the record's `custom` column
    kept_as: ClassVar[KeptAs] = "text"  # what it is in JSON, where a workspace has a field of this type

    name: str
    label: L
    help: L | None = None
    required: bool = False
    unique: bool = False
    readonly: bool = False
    brought: bool = False
    identifies: bool = False
    sortable: bool = True
    filterable: bool = True
    hidden: bool = False
    adds_up: bool = False
    default: Any = None
    synonyms: tuple[str, ...] = ()
    card: str = ""
    computed: bool = False  # follows from other fields: readonly, and recalculated when they change
    follows: tuple[str, ...] = ()
    locked: bool = False
    shown_if: str = ""
    object_name: str = ""  # set by the registry: the object that has this field
    json_key: str = ""  # in the `custom` column, where that is not the name
    made_id: int = 0  # of the definition that a workspace made
    place: str = ""  # "ready": records stand in this field's order, in `place_table`

    @property
    def column(self) -> str:
        """The database column that holds it, and by which it is sorted."""
        return self.name

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read to show it."""
        return (self.column,)

    @property
    def nullable(self) -> bool | None:
        """Whether rows may have nothing in it; None where the model's column knows."""
        return None

    @property
    def looked_up(self) -> bool:
        """Its values are kept in records_value, by which records are found one by one."""
        return self.identifies

    @property
    def place_table(self) -> str:
        """Where records can stand in its order besides their own table; "" for fields that have none."""
        return ""

    def place_value(self, record: Any) -> Any:
        """By what a record stands there."""
        return None

    def expression(self, alias: str) -> str:
        """What it is compared, sorted and grouped by, as SQL."""
        return f'{alias}."{self.column}"'

    def part(self, name: str) -> Field | None:
        """What a path goes on to within a value, as a field by which lists are filtered and grouped."""
        return None

    def selected(self, alias: str) -> tuple[str, ...]:
        """What is read to show it, as SQL; `from_row` takes what comes back."""
        return tuple(f'{alias}."{name}"' for name in self.columns)

    def to_kept(self, value: Any) -> Any:
        """The form in the `custom` column of a record: JSON that sorts and compares as the value does."""
        return self.to_json(value)

    def from_kept(self, kept: Any) -> Any:
        return self.from_json(kept)

    def bound(self, value: Any) -> Any:
        """A day or a moment as `expression` is compared with it."""
        return value

    def clean(self, value: Any, context: Context) -> Any:
        """What was given by whatever door → the value that is kept (None when empty); raises FieldError."""
        raise NotImplementedError

    def clean_required(self, value: Any, context: Context) -> Any:
        """`clean`, and an empty value is refused where one is required."""
        cleaned = self.clean(value, context)
        if self.required and self.is_empty(cleaned):
            raise FieldError("required", _("%(field)s is needed.") % {"field": self.label})
        return cleaned

    def is_empty(self, value: Any) -> bool:
        return value is None or value == "" or value == []

    def get(self, record: Any) -> Any:
        """The kept value of a model instance."""
        return getattr(record, self.name)

    def put(self, record: Any, value: Any) -> None:
        """Set the kept value on a model instance."""
        setattr(record, self.name, value)

    def from_row(self, row: Sequence[Any]) -> Any:
        """The kept value from what the database returned for `columns`."""
        return row[0]

    def from_rows(self, columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
        """`from_row` for all rows of a page, which come column by column."""
        if type(self).from_row is Field.from_row:
            return columns[0]
        return list(map(self.from_row, zip(*columns, strict=True)))

    def to_json(self, value: Any) -> Any:
        """The form in facts, history and the API: only what JSON knows. `from_json` brings it back."""
        return value

    def from_json(self, value: Any) -> Any:
        return value

    def index_values(self, value: Any) -> tuple[str, ...]:
        """The values by which records are found one by one (phones, tags); kept in records_value."""
        return ()

    def search_text(self, value: Any) -> str:
        """Its own words: what search reads of it, and what stands under a title that was found."""
        return ""

    def found_by(self, value: Any) -> str:
        """What the search index reads of it; figures are found, and stand under no title."""
        return self.search_text(value)

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        """`alias.column operator value` as SQL; raises FieldError for what makes no sense."""
        if operator not in self.operators:
            raise FieldError(
                "operator",
                _("%(field)s can't be compared with “%(operator)s”.")
                % {"field": self.label, "operator": operator},
            )
        name = self.expression(alias)
        if operator == "empty":
            return Sql(f"{name} IS NULL")
        if operator == "not_empty":
            return Sql(f"{name} IS NOT NULL")
        if operator in ("in", "not_in"):
            given = value if isinstance(value, list | tuple) else [value]
            return _membership(name, operator, [self.operand(one, context) for one in given])
        if operator == "between":
            low, high = _pair(value, self)
            return Sql(f"{name} BETWEEN %s AND %s", (self.operand(low, context), self.operand(high, context)))
        return self.comparison(name, operator, value, context)

    def comparison(self, name: str, operator: Operator, value: Any, context: Context) -> Sql:
        """One value against the column."""
        operand = self.operand(value, context)
        if operand is None:
            return Sql(f"{name} IS NULL" if operator == "is" else f"{name} IS NOT NULL")
        if operator == "is_not":
            return Sql(f"({name} <> %s OR {name} IS NULL)", (operand,))
        return Sql(f"{name} {SIGNS[operator]} %s", (operand,))

    def operand(self, value: Any, context: Context) -> Any:
        """A value typed in a filter → what the column is compared with."""
        return self.bound(self.clean(value, context))


SIGNS: Mapping[str, str] = {"is": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
ORDERED: tuple[Operator, ...] = (
    "is", "is_not", "in", "not_in", "lt", "lte", "gt", "gte", "between", "empty", "not_empty",
)  # fmt: skip


def like_pattern(text: str, operator: str) -> str:
    """A LIKE pattern with the person's own percent signs taken literally (escape character: backslash)."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%" if operator == "starts" else f"%{escaped}%"


def _membership(name: str, operator: str, operands: list[Any]) -> Sql:
    wanted = tuple(one for one in operands if one is not None)
    if not wanted:
        return Sql("1 = 0" if operator == "in" else "1 = 1")
    marks = ", ".join(["%s"] * len(wanted))
    if operator == "in":
        return Sql(f"{name} IN ({marks})", wanted)
    return Sql(f"({name} NOT IN ({marks}) OR {name} IS NULL)", wanted)


def _pair(value: Any, owner: Field) -> tuple[Any, Any]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise FieldError("between", _("%(field)s needs two values: from and to.") % {"field": owner.label})
    return value[0], value[1]


def value_exists(
    owner: Field, values: tuple[str, ...], *, alias: str, context: Context, negated: bool = False
) -> Sql:
    """Records that have one of these index values in a field (any value at all, when none is given)."""
    wanted = f" AND v.value IN ({', '.join(['%s'] * len(values))})" if values else ""
    source = Sql(
        "SELECT v.record_id FROM records_value v"
        f" WHERE v.workspace_id = %s AND v.object = %s AND v.field = %s{wanted}",
        (context.workspace_id, owner.object_name, owner.name, *values),
    )
    if negated:
        return Sql(f"{alias}.id NOT IN ({source.text})", source.params)
    return Sql(f"{alias}.id IN ({source.text})", source.params, source, "v.record_id")


def as_lists(values: Sequence[Any]) -> list[list[Any]]:
    """`as_list` of many: one text of all is read in a fraction of the time that each takes by itself."""
    if str in set(map(type, values)):
        read = msgspec.json.decode(f"[{','.join(one if type(one) is str else 'null' for one in values)}]")
        values = read if len(read) == len(values) else [as_list(one) for one in values]
    return [one if type(one) is list else [] for one in values]


def as_list(value: Any) -> list[Any]:
    """A JSON column as the driver gives it: text on SQLite, decoded on PostgreSQL."""
    if isinstance(value, str):
        value = msgspec.json.decode(value) if value != "[]" else []
    return value if isinstance(value, list) else []
