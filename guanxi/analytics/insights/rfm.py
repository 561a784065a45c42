"""RFM: who bought lately, often and much, and who is slipping away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.endings import segment
from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    Span,
    customer_object,
    lay_sale,
    names_of,
    page_of,
    sale_of,
    span_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import money, percent, said
from guanxi.analytics.mining.rfm import Buyer, Rfm, rfm
from guanxi.analytics.roles import Sale
from guanxi.platform.metadata import registry

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN, ASKED = 12, 8


def run(ask: Ask) -> Study:
    sale, span = sale_of(ask), span_of(ask)
    db = lay_sale(sale, ask.by)
    buyers = buyers_in(db, span)
    found: Rfm[int] = rfm(buyers)
    target = customer_object(sale)
    names = names_of(db, target, found.scored)
    slipping = sorted(
        (key for key, one in found.scored.items() if one.segment in ("not_to_lose", "at_risk")),
        key=lambda key: -found.scored[key].buyer.amount,
    )
    worth = sum(found.scored[key].buyer.amount for key in slipping)
    headline = ngettext(
        "%(count)d good customer is slipping away",
        "%(count)d good customers are slipping away",
        len(slipping),
    ) % {"count": len(slipping)}
    if found.trust.thin:
        headline = _("Too few customers to compare them by fifths")
    elif not slipping:
        headline = _("No good customer is slipping away")
    todos: tuple[Todo, ...] = ()
    if slipping and not found.trust.thin:
        ids = tuple(slipping[:ASKED])
        label = ngettext("Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids))
        todos = (
            Todo(label % {"count": len(ids)}, target, ids, _("Bought often, but not for long: get in touch")),
            *segment(target, slipping, tag=_("Slipping away"), label=_("Tag them and show them as a list")),
        )
    best = sorted(
        (key for key, one in found.scored.items() if one.segment == "champion"),
        key=lambda key: -found.scored[key].buyer.amount,
    )
    if not found.trust.thin:
        label = _("Tag the best and show them as a list")
        todos = (*todos, *segment(target, best, tag=_("Champions"), label=label))
    return Study(
        headline=headline,
        detail=_("They brought %(amount)s in this time.") % {"amount": money(worth, ask.by)}
        if slipping
        else "",
        trust=found.trust,
        counted=_("%(count)d customers with %(object)s, %(span)s")
        % {"count": len(buyers), "object": registry.get(sale.object).plural_label, "span": said(span)},
        side=(_segments(found, ask),),
        tables=(
            _listed(_("Slipping away"), slipping, found, names, target, ask),
            _listed(
                _("The best"),
                best,
                found,
                names,
                target,
                ask,
            ),
        ),
        todos=todos,
    )


def buyers_in(db: DuckDBPyConnection, span: Span) -> dict[int, Buyer]:
    """Who bought in a time, by customer: days since the last sale at its end, sales, hundredths."""
    rows = db.execute(
        "SELECT customer, date_diff('day', MAX(day), ?), COUNT(*), SUM(amount)::BIGINT FROM sale"
        " WHERE day BETWEEN ? AND ? AND customer IS NOT NULL GROUP BY 1",
        [span.last, span.first, span.last],
    ).fetchall()
    return {key: Buyer(days, orders, amount) for key, days, orders, amount in rows}


def segment_words(name: str) -> str:
    return {
        "champion": _("Champions"),
        "loyal": _("Loyal"),
        "promising": _("Promising"),
        "new": _("New"),
        "wavering": _("Wavering"),
        "sleepy": _("Falling asleep"),
        "at_risk": _("At risk"),
        "not_to_lose": _("Not to be lost"),
        "dormant": _("Asleep"),
        "lost": _("Lost"),
    }[name]


def _segments(found: Rfm[int], ask: Ask) -> Table:
    total = sum(one.buyer.amount for one in found.scored.values()) or 1
    rows = []
    for name, size in found.sizes().items():
        amount = sum(one.buyer.amount for one in found.scored.values() if one.segment == name)
        rows.append(
            (
                Cell(segment_words(name)),
                Cell(str(size)),
                Cell(money(amount, ask.by), strong=True),
                Cell(percent(amount / total, digits=0)),
            )
        )
    columns = (
        Column(_("Group")),
        Column(_("Count"), True),
        Column(_("Amount"), True),
        Column(_("Share of all"), True),
    )
    return Table("", columns, tuple(rows))


def _listed(
    title: str, keys: list[int], found: Rfm[int], names: dict[int | None, str], target: str, ask: Ask
) -> Table:
    rows = []
    for key in keys[:SHOWN]:
        one = found.scored[key]
        rows.append(
            (
                Cell(names[key], page_of(target, key)),
                Cell(segment_words(one.segment)),
                Cell(one.code, strong=True),
                Cell(str(one.buyer.days)),
                Cell(str(one.buyer.orders)),
                Cell(money(one.buyer.amount, ask.by), strong=True),
            )
        )
    columns = (
        Column(_("Customer")),
        Column(_("Group")),
        Column("RFM"),
        Column(_("Days since"), True),
        Column(_("How often"), True),
        Column(_("Amount"), True),
    )
    return Table(f"{title} · {len(keys)}", columns, tuple(rows))


def choices(ask: Ask) -> tuple[Choice, ...]:
    return (sale_choice(ask, usable(Sale, ask.by)),)


INSIGHT = Insight(
    name="rfm",
    label=gettext_lazy("RFM"),
    icon="users",
    question=gettext_lazy("Who bought lately, often and much, and who is slipping away?"),
    data=gettext_lazy("Every sale of the period, by customer."),
    formula=gettext_lazy(
        "Days since the last sale, number of sales and their sum, each in fifths: 5 is the best fifth. "
        "Recency and frequency make the group: 5 and 5 are champions, 1 or 2 with 4 or 5 are not to be "
        "lost."
    ),
    run=run,
    choices=choices,
)
