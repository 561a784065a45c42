"""Churn early warning: who is silent for longer than is usual for them, and how often that was right."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import customer_object, lay_sale, names_of, page_of, sale_of, usable
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import money, percent
from guanxi.analytics.mining.silence import Silences, silences
from guanxi.analytics.mining.survival import kaplan_meier
from guanxi.analytics.roles import Sale
from guanxi.platform.metadata import registry

SHOWN, ASKED = 25, 8
MONTHS = (3, 6, 12, 24, 36)


def run(ask: Ask) -> Study:
    sale = sale_of(ask)
    db, target = lay_sale(sale, ask.by), customer_object(sale)
    days: dict[int, list[int]] = defaultdict(list)
    worth: dict[int, int] = defaultdict(int)
    for customer, day, amount in db.execute(
        "SELECT customer, day, SUM(amount)::BIGINT FROM sale"
        " WHERE customer IS NOT NULL AND day <= ? GROUP BY 1, 2",
        [ask.today],
    ).fetchall():
        days[customer].append(day.toordinal())
        if day.toordinal() > ask.today.toordinal() - 365:
            worth[customer] += amount
    found = silences(days, ask.today.toordinal())
    silent = sorted((key for key, one in found.of.items() if one.silent), key=lambda key: -worth[key])
    names = names_of(db, target, silent)
    headline = _("Too few customers come often enough to have a rhythm")
    if not found.trust.thin:
        headline = ngettext(
            "%(count)d customer is silent for longer than usual",
            "%(count)d customers are silent for longer than usual",
            len(silent),
        ) % {"count": len(silent)}
    return Study(
        headline=headline,
        detail=_("They brought %(amount)s in a year.")
        % {"amount": money(sum(worth[one] for one in silent), ask.by)},
        trust=found.trust,
        counted=_("%(count)d customers of %(all)d with at least three %(object)s")
        % {"count": len(found.of), "all": len(days), "object": registry.get(sale.object).plural_label},
        side=(_tried(found), _staying(days, found)),
        tables=(_listed(silent, found, worth, names, target, ask),),
        todos=_todos(silent, target) if not found.trust.thin else (),
    )


def _tried(found: Silences[int]) -> Table:
    """The rule on the past: it saw nothing of what came after."""
    one = found.tried
    rows = tuple(
        (
            Cell(words),
            Cell(str(size)),
            Cell(percent(gone / size if size else None, digits=0), meter=100 * gone / size if size else None),
        )
        for words, size, gone in (
            (_("Called silent"), one.called, one.right),
            (_("Not called silent"), one.others, one.left),
        )
    )
    columns = (
        Column(_("%(count)d days ago") % {"count": one.days}),
        Column(_("Count"), True),
        Column(_("Did not come back")),
    )
    return Table(_("Was the rule right?"), columns, rows)


def _staying(days: dict[int, list[int]], found: Silences[int]) -> Table:
    """How long customers stay (Kaplan–Meier), those who are still there counted as such."""
    keys = [key for key in found.of if len(days[key]) > 1]
    if not keys:
        return Table(_("How long they stay"), (Column(_("Months"), True),), ())
    curve = kaplan_meier(
        [float(max(days[key]) - min(days[key])) for key in keys], [found.of[key].silent for key in keys]
    )
    rows = tuple(
        (
            Cell(str(months)),
            Cell(percent(curve.at(months * 30.4), digits=0), meter=100 * curve.at(months * 30.4)),
        )
        for months in MONTHS
    )
    return Table(_("How long they stay"), (Column(_("Months"), True), Column(_("Still there"))), rows)


def _listed(
    silent: list[int],
    found: Silences[int],
    worth: dict[int, int],
    names: dict[int | None, str],
    target: str,
    ask: Ask,
) -> Table:
    rows = tuple(
        (
            Cell(names[key], page_of(target, key)),
            Cell(str(found.of[key].since), strong=True),
            Cell(f"{found.of[key].usual:.0f}"),
            Cell(f"{found.of[key].limit:.0f}"),
            Cell(money(worth[key], ask.by)),
        )
        for key in silent[:SHOWN]
    )
    columns = (
        Column(_("Customer")),
        Column(_("Silent for days"), True),
        Column(_("Usually every"), True),
        Column(_("Too long from"), True),
        Column(_("Sold in a year"), True),
    )
    return Table(f"{_('Silent')} · {len(silent)}", columns, rows)


def _todos(silent: list[int], target: str) -> tuple[Todo, ...]:
    ids = tuple(silent)
    if not ids:
        return ()
    label = ngettext(
        "Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids[:ASKED])
    )
    text = _("Silent for longer than usual: ask how it is")
    return (
        Todo(label % {"count": len(ids[:ASKED])}, target, ids[:ASKED], text),
        Todo(_("Tag them and show them as a list"), target, ids, text, tag=_("Silent")),
    )


def choices(ask: Ask) -> tuple[Choice, ...]:
    return (sale_choice(ask, usable(Sale, ask.by)),)


INSIGHT = Insight(
    name="churn",
    label=gettext_lazy("Churn warning"),
    icon="triangle-alert",
    question=gettext_lazy("Who is about to leave, and how often was such a warning right?"),
    data=gettext_lazy("All sales by customer and day."),
    formula=gettext_lazy(
        "Too long: the mean of their own pauses and two spreads, at least 30 days. The rule is tried on what "
        "was known 120 days ago. How long they stay: Kaplan–Meier."
    ),
    run=run,
    choices=choices,
    periods=(),
)
