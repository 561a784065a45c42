"""Cohorts: of those who bought first in one quarter, how many came again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import lay_sale, moved, sale_of, usable
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table
from guanxi.analytics.insights.wording import percent
from guanxi.analytics.mining.cohorts import Cohorts, cohorts, net_retention
from guanxi.analytics.roles import Sale
from guanxi.platform.metadata import registry
from guanxi.web.components import Option

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WIDEST = 12


def run(ask: Ask) -> Study:
    sale, every = sale_of(ask), 3 if ask.choice("step", "quarter", "month") == "quarter" else 1
    db = lay_sale(sale, ask.by)
    found = cohorts_in(db, every, ask.today)
    year = [_amounts(db, ask, back) for back in (24, 12)]
    kept = net_retention(*year)
    again = found.mean_retention(1)
    if found.trust.thin or again is None:
        headline = _("Too few customers to follow in groups")
    else:
        headline = (
            _("%(share)s come again in the next quarter")
            if every == 3
            else _("%(share)s come again in the next month")
        ) % {"share": percent(again, digits=0)}
    stats = [(_("Customers"), str(found.trust.size), "")]
    if kept.net is not None:
        stats.append((_("Net revenue retention"), percent(kept.net, digits=0), _("of last year's customers")))
    return Study(
        headline=headline,
        detail="",
        trust=found.trust,
        counted=str(registry.get(sale.object).plural_label),
        stats=tuple(stats),
        tables=(_table(found, every, _place(ask.today, every)),),
    )


def cohorts_in(db: DuckDBPyConnection, every: int, today: date) -> Cohorts:
    """Customers by their first sale, in periods of so many months."""
    rows = db.execute(
        "SELECT DISTINCT customer, (year(day) * 12 + month(day) - 1) // ? FROM sale"
        " WHERE customer IS NOT NULL AND day <= ?",
        [every, today],
    ).fetchall()
    return cohorts(rows, last=_place(today, every))


def _place(day: date, every: int) -> int:
    return (day.year * 12 + day.month - 1) // every


def _amounts(db: DuckDBPyConnection, ask: Ask, back: int) -> dict[int, int]:
    first = moved(ask.today, -back)
    rows = db.execute(
        "SELECT customer, SUM(amount)::BIGINT FROM sale"
        " WHERE day > ? AND day <= ? AND customer IS NOT NULL GROUP BY 1",
        [first, moved(first, 12)],
    ).fetchall()
    return dict(rows)


def _table(found: Cohorts, every: int, last: int) -> Table:
    shown = [row for row in found.rows if row.period > last - WIDEST]
    wide = max((len(row.active) for row in shown), default=1)
    rows = []
    for row in shown:
        cells = [Cell(_period(row.period, every), strong=True), Cell(str(row.size))]
        for k in range(1, wide):
            if k >= len(row.active):
                cells.append(Cell(""))
            else:
                share = row.retention(k)
                cells.append(Cell(percent(share, digits=0), heat=min(8, round(share * 8))))
        rows.append(tuple(cells))
    columns = [Column(_("First sale")), Column(_("Customers"), True)]
    columns += [Column(f"+{k}", True) for k in range(1, wide)]
    note = _("The last column of each row is not over yet.")
    return Table(_("How many were there again"), tuple(columns), tuple(rows), note)


def _period(period: int, every: int) -> str:
    if every == 3:
        return f"{period // 4} Q{period % 4 + 1}"
    return f"{period // 12}-{period % 12 + 1:02}"


def choices(ask: Ask) -> tuple[Choice, ...]:
    steps = (Option("quarter", _("Quarters")), Option("month", _("Months")))
    return (
        sale_choice(ask, usable(Sale, ask.by)),
        Choice("step", _("In"), steps, ask.choice("step", "quarter", "month")),
    )


INSIGHT = Insight(
    name="cohorts",
    label=gettext_lazy("Cohorts"),
    icon="layers",
    question=gettext_lazy("Of those who bought first at one time, how many come again, and when?"),
    data=gettext_lazy("Every sale ever, by customer and quarter or month."),
    formula=gettext_lazy(
        "A cohort is everybody whose first sale was in that time; its retention is who bought again so "
        "much later, through all of it. Net revenue retention compares last year's customers with what "
        "they brought this year."
    ),
    run=run,
    choices=choices,
    periods=(),
)
