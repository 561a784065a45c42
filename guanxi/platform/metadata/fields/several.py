"""What fields of several values have in common: kept as a list to show, in records_value to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from guanxi.platform.metadata.fields.base import (
    Context,
    Field,
    KeptAs,
    Operator,
    Sql,
    as_list,
    as_lists,
    value_exists,
)
from guanxi.platform.metadata.fields.keys import read_id


@dataclass(frozen=True, kw_only=True, eq=False)
class Several(Field):
    """Values in the order in which they were given. `index_values` of a value says by which it is found."""

    operators: ClassVar[tuple[Operator, ...]] = ("is", "is_not", "in", "not_in", "empty", "not_empty")
    multiple: ClassVar[bool] = True
    kept_as: ClassVar[KeptAs] = "list"

    sortable: bool = False

    @property
    def looked_up(self) -> bool:
        return True

    def from_row(self, row: Any) -> list[Any]:
        return as_list(row[0])

    def from_rows(self, columns: Sequence[Sequence[Any]]) -> Sequence[Any]:
        return as_lists(columns[0])

    def index_values(self, value: Any) -> tuple[str, ...]:
        return tuple(str(one) for one in value or ())

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        if operator in ("empty", "not_empty"):
            return value_exists(self, (), alias=alias, context=context, negated=operator == "empty")
        keys = self.index_values(self.clean(value, context))
        negated = operator in ("is_not", "not_in")
        return value_exists(self, keys or ("",), alias=alias, context=context, negated=negated)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ids(Several):
    """Keys of tags or of records. In facts and the API they are text, as all keys are."""

    def clean(self, value: Any, context: Context) -> list[int]:
        given = value if isinstance(value, list | tuple) else [value]
        ids = [read_id(one, self) for one in given]
        return list(dict.fromkeys(one for one in ids if one is not None))

    def to_json(self, value: Any) -> Any:
        return [str(one) for one in value or []]

    def from_json(self, value: Any) -> Any:
        return [int(one) for one in value or []]

    def to_kept(self, value: Any) -> Any:
        return value

    def from_kept(self, kept: Any) -> Any:
        return kept or []
