"""Customer lifetime value: what those who buy now and then, and those with a contract, will still bring."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    customer_object,
    lay_sale,
    lay_terms,
    names_of,
    page_of,
    sale_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Knob, Study, Table, Todo
from guanxi.analytics.insights.wording import money, percent
from guanxi.analytics.mining.lifetime import Contracts, Worth, fit_renewals, worth_of
from guanxi.analytics.mining.trust import Trust
from guanxi.analytics.roles import Sale, Term
from guanxi.platform.metadata import registry

SHOWN, ASKED, YEAR = 25, 8, 365


def histories(ask: Ask, sale: Sale) -> list[tuple[int, int, int, int, float]]:
    """(customer, later days with a sale, days from first to last, days from first until today, mean of those
    later days in hundredths) of each customer; several sales on one day are one."""
    return (
        lay_sale(sale, ask.by)
        .execute(
            "WITH days AS (SELECT customer, day, SUM(amount)::BIGINT AS amount FROM sale"
            " WHERE customer IS NOT NULL AND day <= ? GROUP BY 1, 2),"
            " firsts AS (SELECT customer, MIN(day) AS first FROM days GROUP BY 1)"
            " SELECT d.customer, COUNT(*) - 1, date_diff('day', f.first, MAX(d.day)),"
            " date_diff('day', f.first, ?), COALESCE(AVG(d.amount) FILTER (d.day > f.first), 0)::DOUBLE"
            " FROM days d JOIN firsts f ON f.customer = d.customer GROUP BY 1, f.first ORDER BY 1",
            [ask.today, ask.today],
        )
        .fetchall()
    )


def run(ask: Ask) -> Study:
    sale = sale_of(ask)
    margin, discount = ask.number("margin", 40, 0, 100), ask.number("discount", 8, 0, 100)
    rows = histories(ask, sale)
    found = worth_of(rows, margin=margin / 100, discount=discount / 100, years=3)
    target = customer_object(sale)
    knobs = (
        Knob("margin", _("Margin"), margin, 0, 100, 1, "%"),
        Knob("discount", _("Money a year from now is worth less by"), discount, 0, 100, 1, "%"),
    )
    counted = _("%(count)d customers with %(object)s") % {
        "count": len(rows),
        "object": registry.get(sale.object).plural_label,
    }
    terms = _terms(ask, margin / 100, discount / 100)
    if isinstance(found, Trust):
        need = _("A hundred customers are needed, thirty of whom came again; here are %(count)d.") % {
            "count": len(rows)
        }
        headline = _("Too few customers to tell what they will bring")
        return Study(headline, found, counted, need, tables=terms, knobs=knobs)
    ranked = sorted(found.value, key=lambda key: -found.value[key])
    names = names_of(lay_sale(sale, ask.by), target, ranked[:SHOWN])
    fading = [key for key in ranked[: max(len(ranked) // 5, ASKED)] if found.alive[key] < 0.5]
    total = sum(found.value.values())
    headline = _("The customers of today will bring %(amount)s in three years") % {
        "amount": money(total, ask.by)
    }
    top = sum(found.value[key] for key in ranked[: max(1, len(ranked) // 5)])
    return Study(
        headline=headline,
        detail=_("A fifth of them bring %(share)s of it. %(alive)d of %(all)d are likely still customers.")
        % {
            "share": percent(top / total if total else None, digits=0),
            "alive": sum(chance >= 0.5 for chance in found.alive.values()),
            "all": len(rows),
        },
        trust=found.trust,
        counted=counted,
        knobs=knobs,
        tables=(_listed(ranked, found, names, target, ask), *terms),
        todos=_todos(fading, target),
    )


def _terms(ask: Ask, margin: float, discount: float) -> tuple[Table, ...]:
    """What a contract will bring: how many were renewed after each year, and what a new one is worth."""
    kinds = usable(Term, ask.by)
    if not kinds:
        return ()
    rows = (
        lay_terms(kinds[0], ask.by)
        .execute(
            "SELECT customer, MIN(begins), MAX(ends), SUM(amount)::BIGINT FROM term"
            " WHERE customer IS NOT NULL AND begins <= ? GROUP BY 1",
            [ask.today],
        )
        .fetchall()
    )
    years, left, each = [], [], []
    for _customer, begins, ends, amount in rows:
        over = ends < ask.today
        years.append(max(1, -(-((min(ends, ask.today) - begins).days) // YEAR)))
        left.append(over)
        each.append(amount * YEAR / max((ends - begins).days, 30))
    model = fit_renewals(years, left)
    title = _("Customers with a contract")
    if isinstance(model, Trust):
        note = _("%(count)d customers with a contract are too few to tell how many renew.") % {
            "count": len(rows)
        }
        return (Table(title, (Column(_("Year")),), (), note),)
    return (_renewals(title, model, years, sum(each) / len(each) * margin, discount, ask),)


def _renewals(
    title: str, model: Contracts, years: list[int], mean: float, discount: float, ask: Ask
) -> Table:
    share, cells = 1.0, []
    for year in range(1, 6):
        share *= model.retention(year)
        cells.append(
            (
                Cell(str(year)),
                Cell(str(sum(one >= year for one in years))),
                Cell(percent(model.retention(year), digits=0), meter=100 * model.retention(year)),
                Cell(percent(share, digits=0)),
                Cell(money(model.value(mean, periods=year, discount=discount), ask.by), strong=True),
            )
        )
    columns = (
        Column(_("Year"), True),
        Column(_("Came so far"), True),
        Column(_("Renew")),
        Column(_("Still there"), True),
        Column(_("Worth by then"), True),
    )
    return Table(
        title, columns, tuple(cells), _("Each year those stay who mean to: the share that renews rises.")
    )


def _listed(ranked: list[int], found: Worth, names: dict[int | None, str], target: str, ask: Ask) -> Table:
    rows = tuple(
        (
            Cell(names[key], page_of(target, key)),
            Cell(money(found.value[key], ask.by), strong=True),
            Cell(percent(found.alive[key], digits=0), meter=100 * found.alive[key],
                 tone="" if found.alive[key] >= 0.5 else "cinnabar"),
            Cell(f"{found.orders[key]:.1f}"),
            Cell(money(found.mean[key], ask.by)),
        )
        for key in ranked[:SHOWN]
    )  # fmt: skip
    columns = (
        Column(_("Customer")),
        Column(_("Three years"), True),
        Column(_("Still a customer")),
        Column(_("Sales in a year"), True),
        Column(_("Each time"), True),
    )
    return Table(_("The first %(count)d") % {"count": len(rows)}, columns, rows)


def _todos(fading: list[int], target: str) -> tuple[Todo, ...]:
    ids = tuple(fading)
    if not ids:
        return ()
    label = ngettext(
        "Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids[:ASKED])
    )
    text = _("Was worth much and may be gone: win them back")
    return (
        Todo(label % {"count": len(ids[:ASKED])}, target, ids[:ASKED], text),
        Todo(_("Tag them and show them as a list"), target, ids, text, tag=_("May be gone")),
    )


def choices(ask: Ask) -> tuple[Choice, ...]:
    return (sale_choice(ask, usable(Sale, ask.by)),)


INSIGHT = Insight(
    name="clv",
    label=gettext_lazy("Customer lifetime value"),
    icon="hourglass",
    question=gettext_lazy(
        "What will the customers of today still bring, and which of them have left already?"
    ),
    data=gettext_lazy("All sales by customer and day, and contracts with their terms."),
    formula=gettext_lazy(
        "Without a contract: BG/NBD says how often they will still buy, Gamma–Gamma for how much. With one: "
        "shifted-beta-geometric. Times the margin, less what money loses in a year."
    ),
    run=run,
    choices=choices,
    periods=(),
)
