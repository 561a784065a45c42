"""Baskets: what is bought together, and to whom the other half could be offered."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    customer_object,
    lay_sale,
    names_of,
    page_of,
    product_object,
    sale_of,
    span_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import percent, said
from guanxi.analytics.mining.baskets import Rule, association_rules
from guanxi.analytics.roles import Sale
from guanxi.platform.i18n.numbers import format_number
from guanxi.web.components import Option

SHOWN, ASKED = 20, 8


def run(ask: Ask) -> Study:
    sale, span = sale_of(ask), span_of(ask)
    db, of = lay_sale(sale, ask.by), ask.choice("of", "customer", "sale")
    rows = db.execute(
        f"SELECT {of}, product, customer FROM sold WHERE day BETWEEN ? AND ? AND product IS NOT NULL"
        f" AND {of} IS NOT NULL AND amount > 0 GROUP BY ALL",
        [span.first, span.last],
    ).fetchall()
    baskets: dict[int, set[str]] = defaultdict(set)
    for basket, product, _customer in rows:
        baskets[basket].add(str(product))
    least = max(3, len(baskets) // 100)
    found = association_rules(
        baskets.values(), support=f"{least}/{max(len(baskets), 1)}", confidence="0.3", longest=3
    )
    rules = [rule for rule in found.rules if rule.lift > 1]
    target = product_object(sale)
    names = names_of(db, target, {int(one) for rule in rules for one in (*rule.have, rule.then)})
    headline = _("Nothing is bought together more often than by chance")
    if rules:
        headline = _("Who takes %(have)s also takes %(then)s") % {
            "have": _all(rules[0].have, names),
            "then": names[int(rules[0].then)],
        }
    todos, offered = _offers(rules, baskets, names, customer_object(sale)) if of == "customer" else ((), "")
    return Study(
        headline=headline,
        detail=offered,
        trust=found.trust,
        counted=_("%(count)d baskets with %(products)d products, %(span)s")
        % {"count": len(baskets), "products": len({row[1] for row in rows}), "span": said(span)},
        tables=(_rules(rules, names, target),),
        todos=todos,
    )


def _all(have: tuple[str, ...], names: dict[int | None, str]) -> str:
    return " + ".join(names[int(one)] for one in have)


def _rules(rules: list[Rule], names: dict[int | None, str], target: str) -> Table:
    rows = tuple(
        (
            Cell(_all(rule.have, names), page_of(target, int(rule.have[0])) if len(rule.have) == 1 else ""),
            Cell(names[int(rule.then)], page_of(target, int(rule.then))),
            Cell(str(rule.both)),
            Cell(percent(rule.support)),
            Cell(percent(rule.confidence, digits=0), meter=rule.confidence * 100),
            Cell(format_number(rule.lift, digits=2), strong=True),
        )
        for rule in rules[:SHOWN]
    )
    columns = (
        Column(_("Who takes")),
        Column(_("also takes")),
        Column(_("Baskets"), True),
        Column(_("Of all"), True),
        Column(_("How sure")),
        Column(_("Times chance"), True),
    )
    return Table(_("Rules · %(count)d") % {"count": len(rules)}, columns, rows)


def _offers(
    rules: list[Rule], baskets: dict[int, set[str]], names: dict[int | None, str], target: str
) -> tuple[tuple[Todo, ...], str]:
    """Customers who have the first half of the strongest rule, and not the second."""
    for rule in rules[:SHOWN]:
        ids = tuple(key for key, held in baskets.items() if held >= set(rule.have) and rule.then not in held)[
            :ASKED
        ]
        if ids:
            product = names[int(rule.then)]
            text = _("Offer %(product)s: who bought what they bought often takes it too") % {
                "product": product
            }
            label = _("Make a to-do to offer it to these %(count)d") % {"count": len(ids)}
            told = _("%(count)d customers have the one without %(product)s.") % {
                "count": len(ids),
                "product": product,
            }
            return (Todo(label, target, ids, text),), told
    return (), ""


def choices(ask: Ask) -> tuple[Choice, ...]:
    of = (Option("customer", _("By customer")), Option("sale", _("By order")))
    return (
        Choice("of", _("A basket is"), of, ask.choice("of", "customer", "sale")),
        sale_choice(ask, usable(Sale, ask.by)),
    )


INSIGHT = Insight(
    name="baskets",
    label=gettext_lazy("Baskets"),
    icon="shopping-cart",
    question=gettext_lazy("What is bought together, and to whom could the other half be offered?"),
    data=gettext_lazy("Products on the lines of sales, by customer or by order."),
    formula=gettext_lazy(
        "How sure: baskets with both by baskets with the first. Times chance (lift): that, by the share "
        "of baskets with the second. Shown from 1% of baskets, at least 3, and 30% sure."
    ),
    run=run,
    choices=choices,
    months=24,
)
