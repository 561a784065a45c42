"""The rows that were not taken, as they were, with the reason: to be corrected and brought in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from guanxi.platform.i18n.labels import kept_words
from guanxi.platform.i18n.numbers import labelled, sentence_gap
from guanxi.platform.records.exporting.tables import neutral
from guanxi.platform.records.importing.models import ImportFile, ImportRow
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 2_000


def rejected_rows(file: ImportFile) -> Iterator[str]:
    """Lines of CSV: the columns of the file, and one that says why. UTF-8 with a mark, for spreadsheets.

    The file that comes back is read as one of the same shape; the column with reasons is passed over.
    """
    table = file.source
    yield "\ufeff" + _line([*table.columns, reason_header()])
    after = 0
    rows = table.rows()
    while piece := _next(file, after):
        after = piece[-1].number
        wanted = {row.number: row for row in piece}
        for number, cells in rows:
            if number in wanted:
                given = [_neutral(cell) for cell in cells[: len(table.columns)]]
                yield _line([*given, neutral(_reasons(wanted[number], table.columns))])
            if number >= after:
                break


def reason_header() -> str:
    """The name of the column with reasons, in the reader's language."""
    return _("Not imported because")


def _next(file: ImportFile, after: int) -> list[ImportRow]:
    with reading():
        rows = ImportRow.objects.filter(file=file, outcome=ImportRow.Outcome.REJECTED, number__gt=after)
        return list(rows.order_by("number")[:AT_ONCE])


def _reasons(row: ImportRow, columns: list[str]) -> str:
    said = []
    for column, _code, kept, _text in row.reasons or []:
        message = kept_words(kept)
        said.append(labelled(columns[column], message) if 0 <= column < len(columns) else message)
    return sentence_gap().join(said)


def _neutral(cell: str) -> str:
    """A cell of the file that no spreadsheet runs; one with a mark is marked already, and says the same."""
    return cell if cell.startswith("'") else neutral(cell)


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
