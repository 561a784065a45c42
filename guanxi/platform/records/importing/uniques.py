"""Values that are there only once: which rows would have one of a record, or of a row before them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.importing.memberships import MEMBER
from guanxi.platform.records.importing.plans import FilePlan
from guanxi.platform.records.importing.rows import WHOLE_ROW, ReadRow, RowProblem
from guanxi.platform.records.own_values import hold_value, own_values_taken

REMEMBERED = 500_000  # values of a field


class Uniques:
    """The unique values of an object's records and of the rows that were let through."""

    def __init__(self, obj: Object) -> None:
        self._obj = obj
        fields = () if obj.name == MEMBER.name else obj.fields
        # By field: what tells a value apart, and who has it: a record's id, a row that is none yet as None.
        self._held: dict[str, dict[Any, int | None]] = {
            one.name: {} for one in fields if one.unique and not one.readonly
        }

    def look(self, rows: Sequence[ReadRow], *, hold: bool = False) -> None:
        """Learn which values of these rows records have.

        hold   until the end of the transaction nobody else may write these values
        """
        for name, held in self._held.items():
            field = self._obj[name]
            marks = {mark for row in rows for mark in _marks(field, row.values.get(name))}
            if hold:
                for text in sorted(map(str, marks)):
                    hold_value(self._obj, field, text)
            if marks:
                held.update(self._taken(field, marks))

    def refuse(self, row: ReadRow, plan: FilePlan) -> bool:
        """Whether a row has a value of another: then it has a problem; else its values are held."""
        own = row.found or None
        given = {name: _marks(self._obj[name], row.values.get(name)) for name in self._held}
        for name, marks in given.items():
            held = self._held[name]
            if any(mark in held and (own is None or held[mark] != own) for mark in marks):
                value = row.values[name]
                column = next((one.index for one in plan.columns if one.field == name), WHOLE_ROW)
                row.problems.append(RowProblem(column, "taken", partial(_taken, value), str(value)))
                return True
        for name, marks in given.items():
            if len(self._held[name]) < REMEMBERED:
                self._held[name].update(dict.fromkeys(marks, own))
        return False

    def _taken(self, field: Field, marks: set[Any]) -> dict[Any, int]:
        if field.own:
            return own_values_taken(self._obj, field, marks)
        rows = self._obj.rows().filter(**{f"{field.column}__in": marks}, archived_at=None)
        return dict(rows.values_list(field.column, "pk"))


def _taken(value: Any) -> str:
    return _("“%(value)s” is taken already.") % {"value": value}


def _marks(field: Field, value: Any) -> set[Any]:
    """By what a value of a unique field is told apart from others."""
    if field.is_empty(value):
        return set()
    return set(field.index_values(value)) if field.own else {value}
