"""What is going to be done with a file, in full: guessed first, shown, changed by people, kept as JSON."""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec
from msgspec.structs import replace

from guanxi.platform.records.importing.dates import Order
from guanxi.platform.records.importing.quantities import Mark

OnProblem = Literal["reject", "empty"]
OnMissing = Literal["reject", "create", "empty"]
OnAlike = Literal["create", "update", "skip"]


class LacksColumns(Exception):
    """A file without columns that a plan needs."""

    def __init__(self, headers: list[str]) -> None:
        super().__init__(", ".join(headers))
        self.headers = headers


class ColumnPlan(msgspec.Struct, kw_only=True):
    """Where one column goes, and how its cells are read.

    path        "name", "phones:mobile", "addresses:billing:city"; "" keeps it out
    reason      why it goes there, for the reader, "empty" for a column without any value; score 0 to 1
    replace     whole cells → what they mean: the one-click fixes
    on_problem  what becomes of a cell that can't be read: its row is rejected, or the cell is left empty
    link_by     of a link: the field of the other object by which it is found
    on_missing  of a link: what is done where there is no such record
    """

    index: int
    header: str
    path: str = ""
    reason: str = "nothing"
    score: float = 0.0
    order: Order = "YMD"
    mark: Mark = "."
    currency: str = ""
    scale: int = 1
    separator: str = ""
    replace: dict[str, str] = {}
    on_problem: OnProblem = "reject"
    link_by: str = ""
    on_missing: OnMissing = "reject"

    @property
    def field(self) -> str:
        return self.path.partition(":")[0]


class FilePlan(msgspec.Struct, kw_only=True):
    """What one file becomes.

    object      what its rows are: "company", "deal", "member"
    key         the field by which a row is recognised as a record that is there; "" makes every row a new one
    found       what is done with a row that is there: "update", "skip"
    missing     what is done with one that is not: "create", "skip"
    fixed       field → text, the same for every row that does not say otherwise
    title       columns that together name a record where no column does
    leave_out   [column, text]: rows with this text there are skipped
    alike       what is done with a new row that is like a record that is there
    alike_rows  the same for single rows, by their number
    """

    object: str
    columns: list[ColumnPlan]
    key: str = ""
    found: Literal["update", "skip"] = "update"
    missing: Literal["create", "skip"] = "create"
    fixed: dict[str, str] = {}
    title: list[int] = []
    leave_out: list[tuple[int, str]] = []
    alike: OnAlike = "create"
    alike_rows: dict[str, OnAlike] = {}

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        return msgspec.convert(kept, cls)

    def for_columns(self, headers: list[str]) -> FilePlan:
        """This plan for a file whose columns may stand in another order; new ones go nowhere.

        Raises LacksColumns where one that goes somewhere is not there.
        """
        at = {header: index for index, header in enumerate(headers)}
        if missing := [one.header for one in self.columns if one.path and one.header not in at]:
            raise LacksColumns(missing)
        known = {one.header: one for one in self.columns}
        before = {one.index: one.header for one in self.columns}
        return replace(
            self,
            columns=[
                replace(known[header], index=index)
                if header in known
                else ColumnPlan(index=index, header=header)
                for header, index in at.items()
            ],
            title=[at[before[index]] for index in self.title if before.get(index) in at],
            leave_out=[
                (at[before[index]], text) for index, text in self.leave_out if before.get(index) in at
            ],
            alike_rows={},
        )

    def on_alike(self, number: int) -> OnAlike:
        """What is done with row `number`, which is like a record that is there."""
        return self.alike_rows.get(str(number), self.alike)

    def column(self, name: str) -> ColumnPlan:
        """The column with that header, whatever its case; raises KeyError."""
        for one in self.columns:
            if one.header.casefold() == name.casefold():
                return one
        raise KeyError(name)

    def goes_to(self, path: str) -> list[ColumnPlan]:
        """The columns that go to a field, or to this very part of it."""
        return [one for one in self.columns if one.path == path or (one.path and one.field == path)]
