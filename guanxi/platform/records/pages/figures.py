"""Counts, sums and other figures in words, as lists and groups say them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.durations import format_minutes
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number, format_percent
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Date, DateTime, Field, Money
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.summary import Figures, Group, describe

SUMMED = ("integer", "decimal", "duration")  # of own fields; shipped ones say so themselves


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One column of a list: its label and what it comes to, in words; "" where there is no such figure."""

    label: str
    filled: str
    total: str
    average: str
    least: str
    most: str


def figure_lines(asked: Asked, *, by: Actor) -> list[FigureLine]:
    """A line for each shown column of numbers, amounts or days. Raises FieldError as the list does."""
    obj = asked.obj
    cells = Cells(obj, refs={}, context=field_context(by))
    found = describe(asked.query(), by=by, names=asked.columns)
    return [_line(obj[name], one, cells, by) for name, one in found.items()]


def _line(field: Field, one: Figures, cells: Cells, by: Actor) -> FigureLine:
    def said(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(field, Date | DateTime):  # not how late it is
            return format_date(value)
        return cells.words(field, Amount(value, by.currency) if isinstance(field, Money) else value)

    sums = field.adds_up or (field.own and field.type in SUMMED)
    total = ""
    if sums and one.total is not None:
        whole = Group((), one.filled, {field.name: one.total}, {field.name: one.unpriced})
        total = format_minutes(int(one.total)) if field.type == "duration" else total_words(field, whole, by)
    return FigureLine(
        label=str(field.label),
        filled=format_number(one.filled),
        total=total,
        average="" if one.average is None else _average_words(field, one.average, by),
        least=said(one.least),
        most=said(one.most),
    )


def _average_words(field: Field, average: Any, by: Actor) -> str:
    if isinstance(field, Money):
        return format_money(round(average, 2), by.currency)
    if field.type == "duration":
        return format_minutes(round(average))
    if field.type == "percent":
        return format_percent(average / 100, digits=1)
    return format_number(round(average, 2))


def total_words(field: Field, whole: Group, by: Actor) -> str:
    """One sum; amounts that have no rate yet can't be in it, and it says how many those are."""
    total, unpriced = whole.sums[field.name], whole.unpriced[field.name]
    if not isinstance(field, Money):
        return format_number(total)
    said = format_money(total, by.currency)
    if not unpriced:
        return said
    return _("%(total)s (without %(count)s that have no exchange rate)") % {
        "total": said,
        "count": format_number(unpriced),
    }
