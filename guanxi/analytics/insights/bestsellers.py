"""Best sellers: products by amount, units, growth and how many customers buy them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    lay_sale,
    names_of,
    page_of,
    product_object,
    sale_of,
    span_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table
from guanxi.analytics.insights.wording import change, money, percent, said
from guanxi.analytics.mining.trust import Trust, doubts
from guanxi.analytics.roles import Sale
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.metadata import registry
from guanxi.web.components import Option

SHOWN = 20
SOLD = """
SELECT product, SUM(amount)::BIGINT, SUM(quantity), COUNT(DISTINCT customer), COUNT(DISTINCT sale)
FROM sold WHERE day BETWEEN ? AND ? AND product IS NOT NULL GROUP BY 1
"""


def run(ask: Ask) -> Study:
    sale, span = sale_of(ask), span_of(ask)
    db = lay_sale(sale, ask.by)
    now: list[tuple[Any, ...]] = db.execute(SOLD, [span.first, span.last]).fetchall()
    other = span.before()
    before = {row[0]: row[1] for row in db.execute(SOLD, [other.first, other.last]).fetchall()}
    customers = db.execute(
        "SELECT COUNT(DISTINCT customer), COUNT(*) FROM sale WHERE day BETWEEN ? AND ?",
        [span.first, span.last],
    ).fetchone() or (0, 0)
    sort = ask.choice("sort", "amount", "units", "growth", "customers")
    keys: dict[str, Any] = {
        "amount": lambda row: -row[1],
        "units": lambda row: -row[2],
        "growth": lambda row: -(row[1] - before.get(row[0], 0)),
        "customers": lambda row: -row[3],
    }
    now.sort(key=lambda row: (keys[sort](row), row[0]))
    target = product_object(sale)
    names, total = names_of(db, target, [row[0] for row in now]), sum(row[1] for row in now)
    rows = tuple(
        (
            Cell(str(place)),
            Cell(names[key], page_of(target, key)),
            Cell(
                money(amount, ask.by),
                strong=True,
                meter=100 * amount / max(now, key=lambda row: row[1])[1] if amount > 0 else 0,
            ),
            Cell(percent(amount / total if total else None)),
            Cell(format_number(quantity)),
            Cell(money(amount / float(quantity), ask.by) if quantity else "–"),
            Cell(percent(buyers / customers[0] if customers[0] else None, digits=0)),
            change(amount, before.get(key, 0)),
        )
        for place, (key, amount, quantity, buyers, _sales) in enumerate(now[:SHOWN], start=1)
    )
    columns = (
        Column("#", True),
        Column(_("Product")),
        Column(_("Amount"), True),
        Column(_("Share of all"), True),
        Column(_("Units"), True),
        Column(_("Mean price"), True),
        Column(_("Bought by"), True),
        Column(_("Year on year"), True),
    )
    trust = Trust(customers[1], ("units_compare", "one_currency"), doubts(thin=customers[1] < 10 or not now))
    return Study(
        headline=_("%(name)s sells best") % {"name": names[now[0][0]]}
        if now
        else _("Nothing was sold by product"),
        detail=_headline_more(now, before, names) if now else "",
        trust=trust,
        counted=_("%(object)s: %(total)s, %(span)s")
        % {
            "object": registry.get(sale.object).plural_label,
            "total": money(total, ask.by),
            "span": said(span),
        },
        tables=(Table(_("Products · %(count)d") % {"count": len(now)}, columns, rows),),
    )


def _headline_more(now: list[tuple[Any, ...]], before: dict[Any, int], names: dict[int | None, str]) -> str:
    risen = max(now, key=lambda row: row[1] - before.get(row[0], 0))
    if risen[1] <= before.get(risen[0], 0):
        return _("None sells more than a year ago.")
    return _("%(name)s has grown most.") % {"name": names[risen[0]]}


def choices(ask: Ask) -> tuple[Choice, ...]:
    sorts = (
        Option("amount", _("By amount")),
        Option("units", _("By units")),
        Option("growth", _("By growth")),
        Option("customers", _("By customers")),
    )
    return (
        Choice("sort", _("Order"), sorts, ask.choice("sort", "amount", "units", "growth", "customers")),
        sale_choice(ask, usable(Sale, ask.by)),
    )


INSIGHT = Insight(
    name="bestsellers",
    label=gettext_lazy("Best sellers"),
    icon="trophy",
    question=gettext_lazy("What sells best, what is growing, and how many customers buy it?"),
    data=gettext_lazy("Lines of sales, by product, with the same period a year ago."),
    formula=gettext_lazy(
        "Amounts of lines are net of tax. Bought by: the share of all customers of the period. Growth "
        "against the same period a year ago."
    ),
    run=run,
    choices=choices,
)
