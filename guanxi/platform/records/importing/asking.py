"""Rows that the workspace's rules refuse: the same ones that forms and the API are asked by."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.utils import translation

from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.languages import LANGUAGES
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.objects import Object
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
    refused = [pair for pair in zip(new, records, broken_rules(obj, records), strict=True) if pair[2]]
    said = _in_every_language(obj, [record for _row, record, _broken in refused])
    for (row, _record, broken), words in zip(refused, said, strict=True):
        row.problems += [
            RowProblem(columns.get(name, WHOLE_ROW), one.code, partial(str, words[name][at]))
            for name, found in broken.items()
            for at, one in enumerate(found)
        ]


def _in_every_language(obj: Object, records: list[Any]) -> list[dict[str, list[L]]]:
    """For each record: field name → what is wrong, all records asked at once."""
    asked: list[Any] = []
    for language in LANGUAGES if records else ():
        with translation.override(language):
            asked.append(broken_rules(obj, records))
    return [
        {name: _same(*(told[name] for told in of_one)) for name in of_one[0]}
        for of_one in zip(*asked, strict=True)
    ]


def _same(*told: list[FieldError]) -> list[L]:
    return [L(*(one.message for one in same)) for same in zip(*told, strict=True)]
