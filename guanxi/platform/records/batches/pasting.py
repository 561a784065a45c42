"""Texts of a spreadsheet as values of records: each cell is read by itself; what can't be has its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import labelled
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields import Field, Link, MemberLink, TeamLink
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.batches.many import Wish
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.importing.lookups import Members, Tags, Teams, fold
from guanxi.platform.records.importing.values import CellProblem, Reading, make_converter
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.trash.asking import not_trashed
from guanxi.platform.records.writing import clean_values

MOST_CELLS = 20_000
SEPARATORS = (",", ";", "\uff0c", "\uff1b", "\u3001")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a paste: the value that the field keeps, or why it can't take the text."""

    name: str
    text: str
    value: Any = None
    error: str = ""


def read_grid(text: str) -> list[list[str]]:
    """Rows of cells as spreadsheets put them on the clipboard: tabs, line ends, quotes where needed."""
    rows: list[list[str]] = [[]]
    cell, quoted, at = "", False, 0
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    while at < len(text):
        sign = text[at]
        if quoted and sign == '"' and text[at + 1 : at + 2] == '"':
            cell, at = cell + '"', at + 1
        elif quoted and sign == '"':
            quoted = False
        elif not quoted and sign == '"' and not cell:
            quoted = True
        elif not quoted and sign in "\t\n":
            rows[-1].append(cell)
            cell = ""
            if sign == "\n":
                rows.append([])
        else:
            cell += sign
        at += 1
    rows[-1].append(cell)
    return rows[:-1] if rows[-1] == [""] else rows


def read_cells(
    obj: Object, names: Sequence[str], texts: Sequence[Sequence[str]], *, by: Actor
) -> list[list[Cell]]:
    """Each text as a value of its column's field; a column without a name can't be written."""
    readers = [_reader(obj, name, by) for name in names]
    return [
        [_cell(obj, name, read, text, by) for name, read, text in zip(names, readers, row, strict=False)]
        for row in texts
    ]


def wishes_of(
    obj: Object, wanted: Sequence[Any], *, by: Actor, refusals: list[tuple[int, str]]
) -> list[Wish]:
    """What a paste asks of each record: [record, version that was seen, {field: text}]."""
    readers: dict[str, Callable[[str], Any]] = {}
    wishes = []
    for record_id, version, texts in wanted:
        values: dict[str, Any] = {}
        for name, text in texts.items():
            if name not in readers:
                readers[name] = _reader(obj, name, by)
            cell = _cell(obj, name, readers[name], text, by)
            if cell.error:
                label = obj[name].label if name in obj.fields_by_name else name
                refusals.append((record_id, labelled(label, cell.error)))
            else:
                values[name] = cell.value
        if values:
            wishes.append(Wish(record_id, values, version=version))
    return wishes


def _cell(obj: Object, name: str, read: Callable[[str], Any], text: str, by: Actor) -> Cell:
    try:
        typed = read(text)
        cleaned = clean_values(obj, {name: typed}, by=by, context=field_context(by), creating=False)
    except CellProblem as problem:
        return Cell(name, text, error=problem.message)
    except FieldError as problem:
        return Cell(name, text, error=problem.message)
    except InvalidValues as problem:
        said = " ".join(one.message for found in problem.errors.values() for one in found)
        return Cell(name, text, error=said)
    return Cell(name, text, value=cleaned[name])


def _reader(obj: Object, name: str, by: Actor) -> Callable[[str], Any]:
    """Text → what `clean` takes, by the type of the field."""
    field = obj.fields_by_name.get(name)
    if field is None or field.readonly:
        return _unwritable
    if isinstance(field, MemberLink):
        return _looked_up(Members(), field)
    if isinstance(field, TeamLink):
        return _looked_up(Teams(), field)
    if field.type == "tags":
        return _several(_looked_up(Tags(), field))
    if isinstance(field, Link):
        return _linked(field, by)
    if field.type in ("links", "about", "file", "image"):
        return _unwritable
    reading = Reading(zone=ZoneInfo(by.timezone), currency="")
    takes: Any = field
    convert = make_converter(takes, field_context(by), reading)
    empty: Any = [] if field.multiple else ""

    def read(text: str) -> Any:
        found = convert(text) if text.strip() else None
        return empty if found is None else found

    return read


def _unwritable(text: str) -> Any:
    raise FieldError("readonly", _("This column can't be written."))


def _looked_up(finder: Any, field: Field) -> Callable[[str], Any]:
    known: dict[str, Any] = {}

    def read(text: str) -> Any:
        key = fold(text)
        if not key:
            return ""
        if key not in known:
            found = {pk for word, pk in finder.find([key]) if word == key}
            known[key] = found.pop() if len(found) == 1 else None
        if known[key] is None:
            raise FieldError("unknown", _("“%(text)s” is not known here.") % {"text": text[:60]})
        return known[key]

    return read


def _several(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def each(text: str) -> list[Any]:
        for sign in SEPARATORS[1:]:
            text = text.replace(sign, SEPARATORS[0])
        return [read(one.strip()) for one in text.split(SEPARATORS[0]) if one.strip()]

    return each


def _linked(field: Link, by: Actor) -> Callable[[str], Any]:
    """A record by its title, among those that the actor sees."""
    target = registry.get(field.to)
    part = registry.get(field.object_name).part_of == field.name
    rule, there = row_rule(target, by, access="edit" if part else "see"), not_trashed(target)
    sql = (
        f'SELECT r.id FROM "{target.table}" r WHERE {rule.text} AND {there.text}'
        f' AND r.archived_at IS NULL AND r."{target.title_field.column}" = %s LIMIT 2'
    )
    known: dict[str, list[int]] = {}

    def read(text: str) -> Any:
        text = text.strip()
        if not text:
            return ""
        if text not in known:
            known[text] = [row[0] for row in fetch(sql, (*rule.params, *there.params, text))]
        if len(known[text]) == 1:
            return known[text][0]
        words = _("Nobody and nothing is called “%(text)s”.")
        if known[text]:
            words = _("More than one is called “%(text)s”.")
        raise FieldError("link", words % {"text": text[:60]})

    return read


Row = tuple[int, int | None, Mapping[str, str]]
