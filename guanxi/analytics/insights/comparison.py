"""Same period compared: by how much it changed, and what moved it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from guanxi.analytics.insights.drawing import draw_lines
from guanxi.analytics.insights.endings import segment
from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    Span,
    customer_object,
    lay_sale,
    moved,
    names_of,
    page_of,
    product_object,
    sale_of,
    span_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import change, money, percent, said
from guanxi.analytics.mining.drivers import contributions, growth, price_volume_mix
from guanxi.analytics.roles import Sale
from guanxi.platform.i18n.dates import format_month
from guanxi.platform.i18n.holidays import is_working_day
from guanxi.platform.metadata import registry
from guanxi.platform.records.contexts import workspace_country
from guanxi.web.components import Option

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN = 12


def run(ask: Ask) -> Study:
    sale, span = sale_of(ask), span_of(ask)
    against = ask.choice("against", "year", "before")
    other = (
        span.before()
        if against == "year"
        else Span(moved(span.first, -ask.months), moved(span.last, -ask.months))
    )
    db, of = lay_sale(sale, ask.by), ask.choice("of", "customer", "product", "owner")
    target = {"customer": customer_object(sale), "product": product_object(sale), "owner": "member"}[of]
    table = "sold" if of == "product" else "sale"
    now, before = (_sums(db, table, of, one) for one in (span, other))
    total, earlier = sum(now.values()), sum(before.values())
    split = price_volume_mix(*(_units(db, one) for one in (other, span)))
    parts = contributions(before, now)
    names = names_of(db, target, [*now, *before])
    days, earlier_days = (_working_days(one, ask) for one in (span, other))
    like = growth(total / max(days, 1), earlier / max(earlier_days, 1))
    grown = growth(total, earlier)
    headline = (
        _("%(total)s, with nothing to compare it with") % {"total": money(total, ask.by)}
        if grown is None
        else (_("%(share)s more than then") if grown >= 0 else _("%(share)s less than then"))
        % {"share": percent(abs(grown))}
    )
    stats = [
        (_("Now"), money(total, ask.by), ""),
        (_("At that time"), money(earlier, ask.by), said(other)),
        (_("Difference"), money(total - earlier, ask.by), ""),
    ]
    if like is not None:
        stats.append(
            (
                _("By working day"),
                percent(like),
                _("%(now)d days, then %(then)d") % {"now": days, "then": earlier_days},
            )
        )
    fallen = [one for one in parts if one.change < 0 and one.key is not None]
    return Study(
        headline=headline,
        detail=_biggest(parts, names, ask) if parts else "",
        trust=split.trust,
        counted=_("%(object)s: %(total)s, %(span)s")
        % {
            "object": registry.get(sale.object).plural_label,
            "total": money(total, ask.by),
            "span": said(span),
        },
        chart=_months(db, span, other, ask),
        stats=tuple(stats),
        side=(_drivers(split, ask),),
        tables=(_parts(parts, names, target, ask),),
        todos=_todos(fallen, target),
    )


def _sums(db: DuckDBPyConnection, table: str, of: str, span: Span) -> dict[int | None, int]:
    rows = db.execute(
        f"SELECT {of}, SUM(amount)::BIGINT FROM {table} WHERE day BETWEEN ? AND ? GROUP BY 1",
        [span.first, span.last],
    ).fetchall()
    return dict(rows)


def _units(db: DuckDBPyConnection, span: Span) -> dict[int | None, tuple[Fraction, int]]:
    rows = db.execute(
        "SELECT product, SUM(quantity), SUM(amount)::BIGINT FROM sold WHERE day BETWEEN ? AND ? GROUP BY 1",
        [span.first, span.last],
    ).fetchall()
    return {key: (Fraction(quantity or 0), amount) for key, quantity, amount in rows}


def _working_days(span: Span, ask: Ask) -> int:
    country = workspace_country(ask.by.workspace_id)
    first = span.first.toordinal()
    return sum(
        is_working_day(span.first.fromordinal(day), country)
        for day in range(first, span.last.toordinal() + 1)
    )


def _months(db: DuckDBPyConnection, span: Span, other: Span, ask: Ask) -> Markup:
    lines = []
    for one in (span, other):
        rows = dict(
            db.execute(
                "SELECT year(day) * 12 + month(day) - 1, SUM(amount)::DOUBLE / 100 FROM sale"
                " WHERE day BETWEEN ? AND ? GROUP BY 1",
                [one.first, one.last],
            ).fetchall()
        )
        start = one.first.year * 12 + one.first.month - 1
        count = one.last.year * 12 + one.last.month - start
        lines.append([float(rows.get(start + place, 0)) for place in range(count)])
    labels = [format_month(moved(span.first.replace(day=1), place)) for place in range(len(lines[0]))]
    return draw_lines(lines[0], lines[1], labels, label=_("Amount by month, now and then"))


def _biggest(parts: Any, names: dict[int | None, str], ask: Ask) -> str:
    first = parts[0]
    words = (
        _("%(name)s moved it most: %(amount)s more.")
        if first.change >= 0
        else _("%(name)s moved it most: %(amount)s less.")
    )
    return words % {"name": names[first.key], "amount": money(abs(first.change), ask.by)}


def _drivers(split: Any, ask: Ask) -> Table:
    rows = tuple(
        (
            Cell(label),
            Cell(
                money(value, ask.by),
                strong=True,
                trend="up" if value > 0 else "down" if value < 0 else "flat",
            ),
        )
        for label, value in (
            (_("Price"), split.price),
            (_("Volume"), split.volume),
            (_("Mix, new and gone"), split.mix),
            (_("Altogether"), split.change),
        )
    )
    note = _("From the lines: net of tax, so the sum can differ from the headline.")
    return Table(_("What moved it"), (Column(_("Driver")), Column(_("Difference"), True)), rows, note)


def _parts(parts: Any, names: dict[int | None, str], target: str, ask: Ask) -> Table:
    rows = tuple(
        (
            Cell(names[one.key], page_of(target, one.key)),
            Cell(money(one.before, ask.by)),
            Cell(money(one.after, ask.by), strong=True),
            Cell(
                money(one.change, ask.by),
                trend="up" if one.change > 0 else "down" if one.change < 0 else "flat",
            ),
            change(one.after, one.before),
            Cell(percent(one.points)),
        )
        for one in parts[:SHOWN]
    )
    columns = (
        Column(_("Who or what")),
        Column(_("At that time"), True),
        Column(_("Now"), True),
        Column(_("Difference"), True),
        Column(_("Growth"), True),
        Column(_("Points of growth"), True),
    )
    return Table(_("Who and what moved it"), columns, rows)


def _todos(fallen: Any, target: str) -> tuple[Todo, ...]:
    ids = tuple(one.key for one in fallen[:5])
    if not ids or target == "member" or not registry.has(target):
        return ()
    text = _("Brings less than before: find out why")
    return (
        Todo(
            _("Make a to-do for each of the %(count)d that fell most") % {"count": len(ids)},
            target,
            ids,
            text,
        ),
        *segment(target, ids, tag=_("Brings less"), label=_("Tag them and show them as a list")),
    )


def choices(ask: Ask) -> tuple[Choice, ...]:
    of = (Option("customer", _("Customers")), Option("product", _("Products")), Option("owner", _("Members")))
    against = (Option("year", _("A year ago")), Option("before", _("The time before")))
    return (
        Choice("of", _("Of"), of, ask.choice("of", "customer", "product", "owner")),
        sale_choice(ask, usable(Sale, ask.by)),
        Choice("against", _("Compared with"), against, ask.choice("against", "year", "before")),
    )


INSIGHT = Insight(
    name="comparison",
    label=gettext_lazy("Same period compared"),
    icon="chart-line",
    question=gettext_lazy("How does it compare with a year ago, and what moved it?"),
    data=gettext_lazy("Sales and their lines in two periods of the same length."),
    formula=gettext_lazy(
        "Growth is the difference by what was before; on nothing before, only the difference is shown. "
        "Price: difference of prices times what is sold now; volume: difference of units times the "
        "former mean price; mix is the rest."
    ),
    run=run,
    choices=choices,
    months=3,
)
