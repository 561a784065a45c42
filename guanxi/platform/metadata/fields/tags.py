"""Tags: short words that a workspace puts on anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from guanxi.platform.metadata.fields.base import Context, Field, KeptAs, Operator, Sql, as_list, value_exists
from guanxi.platform.metadata.fields.link import read_id


@dataclass(frozen=True, kw_only=True, eq=False)
class Tags(Field):
    """Ids of tags, in the order they were put on. Kept on the row to show, in records_value to find."""

    type: ClassVar[str] = "tags"
    kept_as: ClassVar[KeptAs] = "list"
    operators: ClassVar[tuple[Operator, ...]] = ("is", "is_not", "in", "not_in", "empty", "not_empty")
    multiple: ClassVar[bool] = True

    sortable: bool = False

    def clean(self, value: Any, context: Context) -> list[int]:
        given = value if isinstance(value, list | tuple) else [value]
        ids = [read_id(one, self) for one in given]
        return list(dict.fromkeys(one for one in ids if one is not None))

    def from_row(self, row: Any) -> list[int]:
        return as_list(row[0])

    def to_json(self, value: Any) -> Any:
        return [str(one) for one in value or []]

    def from_json(self, value: Any) -> Any:
        return [int(one) for one in value or []]

    def to_kept(self, value: Any) -> Any:
        return value

    def from_kept(self, kept: Any) -> Any:
        return kept or []

    def index_values(self, value: Any) -> tuple[str, ...]:
        return tuple(str(one) for one in value or ())

    def condition(self, operator: Operator, value: Any, *, alias: str, context: Context, vendor: str) -> Sql:
        if operator in ("empty", "not_empty"):
            return value_exists(self, (), alias=alias, context=context, negated=operator == "empty")
        values = self.index_values(self.clean(value, context))
        return value_exists(
            self, values or ("",), alias=alias, context=context, negated=operator in ("is_not", "not_in")
        )
