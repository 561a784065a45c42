"""Records as a table for other programs: CSV and XLSX, page by page, so that memory does not grow with them.

What is written can be read back: the headers are those that the import knows, values read the same in
every country, and a cell that a spreadsheet would run as a formula is marked in a way that the import undoes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Field, Parts, RichText, many_to
from guanxi.platform.metadata.fields.contact_points import ADDRESS_PARTS
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import require
from guanxi.platform.records.exporting.paging import pages, taken_out
from guanxi.platform.records.importing.paths import path_label, told_about
from guanxi.platform.records.inserting import as_json
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.titles import Key, Ref

XLSX_ROWS = 1_048_575
XLSX_CELL = 32_767
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_HARMLESS = re.compile(r"[+-]?[\d\s().,/:%-]+$")  # a number or a phone: nothing that a program could run

Read = Callable[[Any, dict[Key, Ref]], str]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column: its header, the field it is read from, and how a value becomes text."""

    header: str
    field: str
    read: Read


class TooManyRows(ValueError):
    """More records than a sheet of XLSX has rows."""


def export_lines(query: ListQuery, *, by: Actor) -> Iterator[str]:
    """CSV, a line at a time: UTF-8 with a mark, for spreadsheets. Raises Refused without permission."""
    query = taken_out(query, by)
    columns = export_columns(query.obj, query.columns)
    require(by, "export", query.obj)

    def lines() -> Iterator[str]:
        yield "\ufeff" + _line(one.header for one in columns)
        for row in _rows(query, columns, by):
            yield _line(map(neutral, row))

    return lines()


def export_workbook(query: ListQuery, target: Path, *, by: Actor) -> int:
    """Write XLSX, row by row; returns how many records. Cells are text and numbers, never formulas.

    Raises Refused without permission, TooManyRows for more than a sheet holds.
    """
    query = taken_out(query, by)
    columns = export_columns(query.obj, query.columns)
    require(by, "export", query.obj)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet(str(query.obj.plural_label)[:31])
        bold = book.add_format({"bold": True})
        for at, one in enumerate(columns):
            sheet.write_string(0, at, one.header, bold)
        sheet.freeze_panes(1, 0)
        for count, row in enumerate(_rows(query, columns, by), 1):
            if count > XLSX_ROWS:
                raise TooManyRows(str(count))
            for at, text in enumerate(row):
                if text:
                    sheet.write_string(count, at, text[:XLSX_CELL])
    return count


def export_columns(obj: Object, names: Iterable[str] = ()) -> list[ExportColumn]:
    """The columns of a table of these fields, or of all: what holds several has a column for each kind."""
    mine = [one for one in obj.fields if not one.readonly or one.locked or one.brought]
    chosen = [obj[name] for name in names] or mine
    return [column for one in chosen for column in _columns(obj, one)]


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; the import takes the mark off again."""
    if text.startswith(_STARTS_FORMULA) and not _HARMLESS.match(text):
        return f"'{text}"
    # A cell that has such a mark of its own gets another one, so that none is lost on the way back.
    return f"'{text}" if text[:1] == "'" and text[1:].startswith(("'", *_STARTS_FORMULA)) else text


def _rows(query: ListQuery, columns: list[ExportColumn], by: Actor) -> Iterator[list[str]]:
    for page in pages(query, (one.field for one in columns), by=by):
        for row in page.rows:
            yield [one.read(row.values[one.field], page.refs) for one in columns]


def _columns(obj: Object, field: Field) -> list[ExportColumn]:
    if field.type in {"phones", "emails"}:
        return [
            ExportColumn(
                path_label(obj, f"{field.name}:{kind.value}"), field.name, _points(field, kind.value)
            )
            for kind in getattr(field, "kinds", ())
        ]
    if field.type == "addresses":
        return [
            ExportColumn(
                path_label(obj, f"{field.name}:{kind.value}:{part}"), field.name, _places(kind.value, part)
            )
            for kind in getattr(field, "kinds", ())
            for part in ADDRESS_PARTS
        ]
    if field.type == "address":
        return [
            ExportColumn(path_label(obj, f"{field.name}::{part}"), field.name, _part(part))
            for part in ADDRESS_PARTS
        ]
    if field.type == "about":
        return [
            ExportColumn(path_label(obj, f"{field.name}:{one.name}"), field.name, _linked(one.name))
            for one in told_about()
        ]
    return [ExportColumn(str(field.label), field.name, _reader(field))]


def _points(field: Field, kind: str) -> Read:
    key = "typed" if field.type == "phones" else "email"
    return lambda value, refs: "; ".join(str(point[key]) for point in value or () if point["kind"] == kind)


def _places(kind: str, part: str) -> Read:
    return lambda value, refs: next(
        (str(one.get(part) or "") for one in value or () if one["kind"] == kind), ""
    )


def _part(part: str) -> Read:
    return lambda value, refs: str((value or {}).get(part) or "")


def _linked(to: str) -> Read:
    """The records of one object that are linked to."""
    return lambda value, refs: "; ".join(
        refs[to, key].title for kind, key in value or () if kind == to and (to, key) in refs
    )


def _reader(field: Field) -> Read:
    """How one value becomes text that reads the same everywhere."""
    if field.type in {"link", "member", "team"}:
        to = str(getattr(field, "to", ""))
        return lambda value, refs: refs[to, value].title if (to, value) in refs else ""
    if many := many_to(field):
        between = ", " if field.type == "tags" else "; "  # names of records may have commas
        return lambda value, refs: between.join(
            refs[many, one].title for one in value or () if (many, one) in refs
        )
    if isinstance(field, RichText):
        return lambda value, refs: value or ""
    if isinstance(field, Parts):
        return lambda value, refs: "" if field.is_empty(value) else field.said(value)
    if field.type == "json":
        return lambda value, refs: as_json(value) or ""
    if field.type == "choice":
        labels = {one.value: str(one.label) for one in getattr(field, "options", ())}
        return lambda value, refs: labels.get(value, value or "")
    if field.type == "choices":
        labels = {one.value: str(one.label) for one in getattr(field, "options", ())}
        return lambda value, refs: ", ".join(labels.get(one, one) for one in value or ())
    if field.type == "money":
        return lambda value, refs: f"{plain(value.value)} {value.currency}" if value else ""
    return lambda value, refs: _text(value)


def _text(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return plain(value)
    return str(value)


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(list(cells))
    return out.getvalue()
