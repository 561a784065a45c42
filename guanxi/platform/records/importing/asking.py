"""Rows that the workspace's rules refuse: the same ones that forms and the API are asked by."""

from __future__ import annotations

from collections.abc import Sequence

from guanxi.platform.records.importing.memberships import MEMBER
from guanxi.platform.records.importing.rows import WHOLE_ROW, ReadRow, RowProblem, RowReader
from guanxi.platform.records.rules import broken_rules, rules_of
from guanxi.platform.records.writing import drafted


def ask_rules(reader: RowReader, rows: Sequence[ReadRow]) -> None:
    """Give rows that would become records which break a rule their problems, at the column of the field."""
    obj = reader.obj
    if obj.name == MEMBER.name or not rules_of(obj):
        return
    new = [row for row in rows if not (row.problems or row.left_out or row.found)]
    columns = {one.field: one.index for one in reader.plan.columns if one.path}
    records = drafted(obj, [row.values for row in new], by=reader.actor)
    for row, broken in zip(new, broken_rules(obj, records), strict=True):
        row.problems += [
            RowProblem(columns.get(name, WHOLE_ROW), one.code, one.message)
            for name, found in broken.items()
            for one in found
        ]
