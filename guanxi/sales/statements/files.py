"""A statement of account as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.records.exporting.tables import neutral
from guanxi.sales.statements.queries import Account


def header() -> list[str]:
    return [_("Date"), _("Entry"), _("Document"), _("Currency"), _("Charged"), _("Paid"), _("Balance")]


def kinds() -> dict[str, str]:
    """What the kinds of entries are called."""
    return {"invoice": _("Invoice"), "receipt": _("Receipt"), "reversal": _("Receipt reversed")}


def rows_of(accounts: list[Account]) -> Iterator[list[Any]]:
    """The lines of a file: dates as ISO, amounts as decimals."""
    words = kinds()
    for account in accounts:
        yield ["", _("Balance before"), "", account.currency, "", "", account.opening]
        for one in account.entries:
            yield [
                one.on.isoformat(), words[one.kind], one.number, account.currency, one.charged or "",
                one.paid or "", one.balance,
            ]  # fmt: skip
        yield ["", _("Balance"), "", account.currency, account.charged, account.paid, account.closing]


def as_csv(accounts: list[Account]) -> str:
    """With the mark by which spreadsheets know UTF-8."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(header())
    for row in rows_of(accounts):
        writer.writerow([neutral(one) if isinstance(one, str) else plain(one) for one in row])
    return "\ufeff" + target.getvalue()


def as_workbook(accounts: list[Account], title: str) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_("Statement"))
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet.write_string(0, 0, title, bold)
        for column, words in enumerate(header()):
            sheet.write_string(2, column, words, bold)
        for number, row in enumerate(rows_of(accounts), 3):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write_number(number, column, float(value), money)
        sheet.set_column(0, 6, 16)
        sheet.freeze_panes(3, 0)
    return target.getvalue()
