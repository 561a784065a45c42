"""Fields that a workspace made: the same types, kept in the `custom` column of a record.

A field of a type becomes one of the workspace's own by `own_class`: a subclass whose values live in JSON. The
engine asks every field for its `expression`, so that it need not know which kind it has before it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection

from guanxi.platform.metadata.fields.base import Context, Field, Operator, Sql, value_exists
from guanxi.platform.metadata.fields.link import Link
from guanxi.platform.metadata.fields.time import KEPT

if TYPE_CHECKING:
    _Base = Field
else:
    _Base = object

LONGEST_KEY = 200
KEY_FORM = 1  # since width tells no two values apart
SOUGHT: frozenset[str] = frozenset({"is", "in", "lt", "lte", "gt", "gte", "between"})
PLACED_TEXTS = ("text", "url", "choice", "date", "datetime", "auto_number", "person")
CASTS = {"number": "bigint", "boolean": "boolean"}


class Own(_Base):
    """What differs from a field with a column: where it is kept."""

    own: ClassVar[bool] = True

    @property
    def column(self) -> str:
        return "custom"

    @property
    def kept_key(self) -> str:
        """Its key in `custom`: a field whose type was changed has a new one, and the old values stay."""
        return self.json_key or self.name

    @property
    def columns(self) -> tuple[str, ...]:
        return ("amount", "currency") if self.kept_as == "amount" else ("custom",)

    @property
    def nullable(self) -> bool:
        return self.kept_as != "boolean"

    @property
    def looked_up(self) -> bool:
        return super().looked_up or self.unique or self.multiple or isinstance(self, Link)

    @property
    def place_table(self) -> str:
        if isinstance(self, Link) or not self.sortable:
            return ""
        if self.kept_as in ("number", "amount"):
            return "metadata_number"
        fits = self.type in PLACED_TEXTS and not (self.computed and self.type == "text")
        return "metadata_text" if fits else ""

    def place_value(self, record: Any) -> Any:
        kept = record.custom.get(self.kept_key)
        if isinstance(kept, dict):
            return kept["base"] if self.kept_as == "amount" else kept.get("sort")
        return kept

    def at_place(self) -> Field:
        """The same field, read from its places instead of the record."""
        found: Field = replace(self, place=AT_PLACE)
        return found

    def expression(self, alias: str) -> str:
        if self.place == AT_PLACE:
            return f"{alias}.value"
        path = (self.kept_key, "base") if self.kept_as == "amount" else (self.kept_key,)
        if self.kept_as == "parts":
            path = (self.kept_key, "sort" if self.sortable else "text")
        found = _extracted(alias, path, self.kept_as if self.kept_as in CASTS else "")
        if self.kept_as == "amount":
            return _extracted(alias, path, "number")
        # What nobody has said is “no”, as it is with a column.
        return f"COALESCE({found}, {_no()})" if self.kept_as == "boolean" else found

    def worded(self, alias: str, part: str = "text") -> str:
        return _extracted(alias, (self.kept_key, part), "")

    def selected(self, alias: str) -> tuple[str, ...]:
        if self.kept_as == "amount":
            return (
                _extracted(alias, (self.kept_key, "amount"), "number"),
                _extracted(alias, (self.kept_key, "currency"), ""),
            )
        if self.kept_as in ("list", "json", "parts"):
            return (_piece(alias, self.kept_key),)
        return (self.expression(alias),)

    def from_json(self, value: Any) -> Any:
        """What facts say of a time when the field had another type is nothing that it can show."""
        try:
            found = super().from_json(value)
        except (ValueError, TypeError, KeyError, ArithmeticError):
            return None
        wanted = PYTHON.get(self.type)
        return found if wanted is None or isinstance(found, wanted) else None

    def get(self, record: Any) -> Any:
        return self.from_kept(record.custom.get(self.kept_key, False if self.kept_as == "boolean" else None))

    def put(self, record: Any, value: Any) -> None:
        kept = self.to_kept(value)
        if kept is None or kept == []:
            record.custom.pop(self.kept_key, None)
        else:
            record.custom[self.kept_key] = kept

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        if isinstance(self, Link) and operator in ("is", "is_not", "in", "not_in"):
            # Not by the JSON, on which no index serves, but by the table that also shows what links here.
            given = value if isinstance(value, list | tuple) else [value]
            keys = [
                self.look_up_key(one)
                for one in (self.clean(one, context) for one in given)
                if one is not None
            ]
            negated = operator in ("is_not", "not_in")
            if keys or not negated:
                return value_exists(self, tuple(keys) or ("",), alias=alias, context=context, negated=negated)
        plain = super().condition(operator, value, alias=alias, context=context, vendor=vendor)
        if self.place != "ready" or operator not in SOUGHT or self.kept_as == "parts":
            return plain
        there = self.at_place().condition(operator, value, alias="p", context=context, vendor=vendor)
        source = Sql(
            f"SELECT p.record_id FROM {self.place_table} p WHERE p.workspace_id = %s AND p.field_id = %s"
            f" AND {there.text}",
            (context.workspace_id, self.made_id, *there.params),
        )
        return Sql(f"{alias}.id IN ({source.text})", source.params, source, "p.record_id", plain)

    def bound(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.strftime(KEPT)
        return value.isoformat() if isinstance(value, date) else value

    def index_values(self, value: Any) -> tuple[str, ...]:
        if self.multiple:
            return super().index_values(value)
        # Not by what its type looks alike by: two pages of one host are two addresses.
        return (self.look_up_key(value),) if self.looked_up and not self.is_empty(value) else ()

    def look_up_key(self, value: Any) -> str:
        """A value as it is found and told apart by, in records_value."""
        return key_of_kept(self.to_kept(value))


def key_of_kept(kept: Any) -> str:
    """A kept value in any case, half width or full; long ones by a part and a hash.

    Who changes this counts KEY_FORM on: what was written before is then written anew.
    """
    key = unicodedata.normalize("NFKC", str(kept)).casefold()
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 33]} {hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"


AT_PLACE = "at"
PYTHON: dict[str, type | tuple[type, ...]] = {
    "text": str, "long_text": str, "url": str, "choice": str, "auto_number": str, "integer": int,
    "percent": int, "rating": int, "duration": int, "decimal": Decimal, "money": tuple, "boolean": bool,
    "date": date, "person": dict, "address": dict, "rich_text": str,
    "file": dict, "image": dict,
    "datetime": datetime, "choices": list, "links": list, "tags": list, "phones": list, "emails": list,
}  # fmt: skip
_classes: dict[type[Field], type[Field]] = {}


def own_class(kind: type[Field]) -> type[Field]:
    """The class of a workspace's own fields of a type."""
    if kind not in _classes:
        _classes[kind] = type(f"Own{kind.__name__}", (Own, kind), {"__module__": __name__})
    return _classes[kind]


def _extracted(alias: str, path: tuple[str, ...], kind: str) -> str:
    """A scalar of the JSON column in its own SQL type. Names are checked when a field is made."""
    if connection.vendor != "postgresql":
        return f"json_extract({alias}.\"custom\", '$.{'.'.join(path)}')"
    steps = "".join(f"->'{name}'" for name in path[:-1])
    text = f"({alias}.\"custom\"{steps}->>'{path[-1]}')"
    return f"({text}::{CASTS[kind]})" if kind else text


def _piece(alias: str, name: str) -> str:
    """A list or an object of the JSON column; `as_list` reads what either driver gives."""
    if connection.vendor != "postgresql":
        return f"json_extract({alias}.\"custom\", '$.{name}')"
    return f"({alias}.\"custom\"->'{name}')"


def _no() -> str:
    return "false" if connection.vendor == "postgresql" else "0"
