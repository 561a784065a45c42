"""Counts, sums and other figures in words, as lists and groups say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.durations import format_minutes
from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number, format_percent
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Date, DateTime, Field, Money, Share
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.aggregates import (
    AGGREGATES,
    NONE,
    Figures,
    aggregates_of,
    describe,
    distinct_values,
    medians,
)
from guanxi.platform.records.cells import Cells
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.summary import Group, summarise

MOST_WORKED_OUT = 100_000  # records of which the menu says at once what takes a pass of its own


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a column. `text` is "" for what fits but has no value, or is worked out when chosen.

    href     puts it into the foot of the column, or takes it away; "" where it does not fit the column
    chosen   it stands in the foot
    """

    text: str
    href: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One column of a list: its label, and its figures in the order of AGGREGATES."""

    label: str
    figures: list[Figure]


def figure_lines(asked: Asked, *, by: Actor) -> list[FigureLine]:
    """A line for each shown column of which anything can be said. Raises FieldError as the list does."""
    query, names = asked.query(), [asked.obj.title, *asked.columns]
    found = describe(query, by=by, names=names)
    few = any(one.count <= MOST_WORKED_OUT for one in found.values())
    different = distinct_values(query, by=by, names=names) if few else {}
    middle = medians(query, by=by, names=names) if few else {}
    said = _Words(asked.obj, by, found, different, middle)
    lines = []
    for name in found:
        figures = [
            Figure(said.of(name, kind), asked.with_aggregate(name, kind), asked.aggregate_of(name) == kind)
            if kind in aggregates_of(asked.obj[name])
            else Figure("")
            for kind in AGGREGATES
        ]
        lines.append(FigureLine(str(asked.obj[name].label), figures))
    return lines


def foot_words(asked: Asked, *, by: Actor) -> list[str]:
    """How many records there are, then what the shown columns come to. Raises FieldError as the list does."""
    names = list(dict.fromkeys([asked.obj.title, *asked.columns]))
    chosen = {name: kind for name in names if (kind := asked.aggregate_of(name)) != NONE}
    query = asked.query()
    sums = [name for name, kind in chosen.items() if kind == "sum" and asked.obj[name].adds_up]
    [whole] = summarise(query, by=by, sums=sums)
    said = [_("%(number)s in all") % {"number": format_number(whole.count)}]
    if not whole.count:
        return said
    words = _worked_out(query, {name: kind for name, kind in chosen.items() if name not in sums}, by)
    for name, kind in chosen.items():
        field = asked.obj[name]
        if name in sums:
            said.append(f"{field.label} {total_words(field, whole, by)}")
        elif text := words.of(name, kind):
            said.append(_in_foot(field, kind) % {"column": field.label, "value": text})
    return said


def head_words(query: ListQuery, chosen: Mapping[str, str], *, by: Actor) -> dict[str, str]:
    """The same of one group: the figures of the columns in `chosen` ({column: aggregate}) that have one."""
    words = _worked_out(query, chosen, by)
    return {name: text for name, kind in chosen.items() if (text := words.of(name, kind))}


def aggregate_words(field: Field, kind: str) -> str:
    """What an aggregate is called where it stands before its figure."""
    if kind in ("min", "max") and isinstance(field, Date | DateTime):
        return _("Earliest") if kind == "min" else _("Latest")
    return {
        "filled": _("Filled in"),
        "empty": pgettext("aggregate", "Empty"),
        "distinct": pgettext("aggregate", "Different"),
        "sum": _("Sum"),
        "avg": _("Average"),
        "median": _("Median"),
        "min": _("Smallest"),
        "max": _("Largest"),
    }[kind]


def _worked_out(query: ListQuery, chosen: Mapping[str, str], by: Actor) -> _Words:
    """One statement for most figures, and one more for each that takes a pass of its own."""
    return _Words(
        query.obj,
        by,
        describe(query, by=by, names=[name for name, kind in chosen.items() if _is_plain(kind)]),
        distinct_values(query, by=by, names=_with(chosen, "distinct")),
        medians(query, by=by, names=_with(chosen, "median")),
    )


def _is_plain(kind: str) -> bool:
    return kind not in ("distinct", "median")


def _with(chosen: Mapping[str, str], wanted: str) -> list[str]:
    return [name for name, kind in chosen.items() if kind == wanted]


def _in_foot(field: Field, kind: str) -> str:
    """The sentence of one figure in the foot; "" as its value is left out."""
    if kind in ("min", "max") and isinstance(field, Date | DateTime):
        return {"min": _("%(column)s: earliest %(value)s"), "max": _("%(column)s: latest %(value)s")}[kind]
    return {
        "filled": _("%(column)s: %(value)s filled in"),
        "empty": _("%(column)s: %(value)s empty"),
        "distinct": _("%(column)s: %(value)s different"),
        "sum": _("%(column)s: sum %(value)s"),
        "avg": _("%(column)s: average %(value)s"),
        "median": _("%(column)s: median %(value)s"),
        "min": _("%(column)s: smallest %(value)s"),
        "max": _("%(column)s: largest %(value)s"),
    }[kind]


class _Words:
    """Figures as people read them."""

    def __init__(
        self,
        obj: Any,
        by: Actor,
        found: dict[str, Figures],
        different: dict[str, int],
        middle: dict[str, Any],
    ) -> None:
        self.obj, self.by = obj, by
        self.found, self.different, self.middle = found, different, middle
        self.cells = Cells(obj, refs={}, context=field_context(by))

    def of(self, name: str, kind: str) -> str:
        field = self.obj[name]
        if kind == "distinct":
            return format_number(self.different[name]) if name in self.different else ""
        if kind == "median":
            return _mean_words(field, self.middle[name], self.by) if name in self.middle else ""
        one = self.found.get(name)
        if one is None:
            return ""
        if kind in ("filled", "empty"):
            return format_number(one.filled if kind == "filled" else one.empty)
        if kind == "sum":
            return self._sum(field, one)
        if kind == "avg":
            return "" if one.average is None else _mean_words(field, one.average, self.by)
        return self._end(field, one.least if kind == "min" else one.most)

    def _sum(self, field: Field, one: Figures) -> str:
        if one.total is None:
            return ""
        if field.type == "duration":
            return format_minutes(int(one.total))
        whole = Group((), one.filled, {field.name: one.total}, {field.name: one.unpriced})
        return total_words(field, whole, self.by)

    def _end(self, field: Field, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(field, Date | DateTime):  # not how late it is
            return format_date(value)
        shown = Amount(value, self.by.currency) if isinstance(field, Money) else value
        return self.cells.words(field, shown)


def _mean_words(field: Field, mean: Any, by: Actor) -> str:
    """An average or a median, which may lie between the values that the field can have."""
    if isinstance(field, Money):
        return format_money(round(mean, 2), by.currency)
    if field.type == "duration":
        return format_minutes(round(mean))
    if field.type == "percent" or isinstance(field, Share):
        return format_percent(mean / 100, digits=max(1, getattr(field, "digits", 0) or 0))
    return format_number(round(mean, 2))


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
