"""28: how few bring how much, and who moved between the classes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.drawing import draw_pareto
from guanxi.analytics.insights.endings import segment
from guanxi.analytics.insights.reading import (
    Span,
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
from guanxi.analytics.insights.wording import change, money, percent, said
from guanxi.analytics.mining.pareto import Mover, Pareto, movement, pareto
from guanxi.analytics.roles import Sale
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.web.components import Option

SHOWN, MOVERS = 25, 6


def run(ask: Ask) -> Study:
    sale = sale_of(ask)
    db, of = lay_sale(sale, ask.by), ask.choice("of", "customer", "product", "owner")
    line = ask.choice("line", "80", "70", "90")
    span = span_of(ask)
    now, before = (amounts_in(db, of, one) for one in (span, span.before()))
    found = pareto(now, line=f"0.{line}", second="0.95")
    then = pareto(before, line=f"0.{line}", second="0.95")
    target = {"customer": customer_object(sale), "product": product_object(sale), "owner": "member"}[of]
    moved = movement(found, then)
    names = names_of(db, target, [*now, *before])
    counted = _counted(sale, span, found, ask.by)
    if found.trust.thin:
        return Study(
            _headline(found, of),
            found.trust,
            counted,
            tables=(_first(found, now, before, names, target, ask.by),),
        )
    words = _("The first %(share)s (%(count)d) bring %(reached)s") % {
        "share": percent(found.vital / len(found.rows)),
        "count": found.vital,
        "reached": percent(found.vital_share),
    }
    fallen = [one for one in moved if one.before == "A"]
    climbed = [one for one in moved if one.after == "A" and one.before]
    return Study(
        headline=_headline(found, of),
        detail=_detail(found, then, names),
        trust=found.trust,
        counted=counted,
        chart=draw_pareto(
            found,
            then if not then.trust.thin else None,
            label=words,
            words=words,
            then=_("A year ago"),
            bar_note=_("A bar is the mean of neighbours") if len(found.rows) > 64 else "",
            ends=f"{len(found.rows)}",
        ),
        side=(
            _classes(found, then, ask.by),
            _movers(_("Came up into A"), climbed, names, target),
            _movers(_("Fell out of A"), fallen, names, target),
        ),
        tables=(_first(found, now, before, names, target, ask.by),),
        todos=(
            *_todos(fallen, target, ask.by),
            *segment(
                target,
                [row.key for row in found.of_grade("A") if row.key is not None],
                tag=_("Class A"),
                label=_("Tag class A and show it as a list"),
            ),
        ),
    )


def amounts_in(db: Any, of: str, span: Span) -> dict[int | None, int]:
    """Hundredths by "customer", "product" or "owner", in a time."""
    table = "sold" if of == "product" else "sale"
    rows = db.execute(
        f"SELECT {of}, SUM(amount)::BIGINT FROM {table} WHERE day BETWEEN ? AND ? GROUP BY 1",
        [span.first, span.last],
    ).fetchall()
    return {key: value for key, value in rows if key is not None}


def _headline(found: Pareto[Any], of: str) -> str:
    if found.trust.thin:
        return _("Too few to speak of classes")
    count = found.vital
    if of == "customer":
        return (
            ngettext("%(count)d customer brings four fifths", "%(count)d customers bring four fifths", count)
            % {"count": count}
            if abs(found.vital_share - 0.8) < 0.08
            else _("%(count)d customers bring %(share)s")
            % {"count": count, "share": percent(found.vital_share, digits=0)}
        )
    if of == "product":
        return _("%(count)d products bring %(share)s") % {
            "count": count,
            "share": percent(found.vital_share, digits=0),
        }
    return _("%(count)d members bring %(share)s") % {
        "count": count,
        "share": percent(found.vital_share, digits=0),
    }


def _detail(found: Pareto[Any], then: Pareto[Any], names: dict[int | None, str]) -> str:
    top = found.rows[0]
    three = sum(row.share for row in found.rows[:3])
    parts = [
        _("%(name)s leads with %(share)s; without the first three, %(three)s of it would be gone.")
        % {"name": names[top.key], "share": percent(top.share), "three": percent(three)}
    ]
    if not then.trust.thin:
        gap = found.top_fifth - then.top_fifth
        if abs(gap) < 0.01:
            parts.append(_("A year ago it was spread alike."))
        elif gap > 0:
            parts.append(_("A year ago it was less concentrated."))
        else:
            parts.append(_("A year ago it was more concentrated."))
    return " ".join(parts)


def _counted(sale: Sale, span: Span, found: Pareto[Any], by: Actor) -> str:
    return _("%(object)s: %(total)s, %(span)s") % {
        "object": registry.get(sale.object).plural_label,
        "total": money(found.total, by),
        "span": said(span),
    }


def _classes(found: Pareto[Any], then: Pareto[Any], by: Actor) -> Table:
    rows = []
    for grade in "ABC":
        some, old = found.of_grade(grade), then.of_grade(grade)
        total, earlier = sum(row.value for row in some), sum(row.value for row in old)
        rows.append(
            (
                Cell(grade, strong=True),
                Cell(str(len(some))),
                Cell(money(total, by), strong=True),
                Cell(money(total / len(some), by) if some else "–"),
                change(total, earlier),
            )
        )
    columns = (
        Column(_("Class")),
        Column(_("Count"), True),
        Column(_("Amount"), True),
        Column(_("Each"), True),
        Column(_("Year on year"), True),
    )
    note = _("Gini %(gini).2f · HHI %(hhi)d") % {
        "gini": found.gini,
        "hhi": round(found.concentration * 10_000),
    }
    return Table("", columns, tuple(rows), note)


def _movers(title: str, moved: list[Mover[Any]], names: dict[int | None, str], target: str) -> Table:
    rows = tuple(
        (
            Cell(names[one.key], page_of(target, one.key)),
            Cell(str(abs(one.climbed)), trend="up" if one.climbed > 0 else "down")
            if one.climbed
            else Cell(_("gone")),
        )
        for one in moved[:MOVERS]
    )
    return Table(f"{title} · {len(moved)}", (Column(_("Who or what")), Column(_("Places"), True)), rows)


def _first(
    found: Pareto[Any],
    now: dict[int | None, int],
    before: dict[int | None, int],
    names: dict[int | None, str],
    target: str,
    by: Actor,
) -> Table:
    rows = tuple(
        (
            Cell(str(row.rank)),
            Cell(names[row.key], page_of(target, row.key)),
            Cell(money(row.value, by), strong=True),
            Cell(percent(row.share)),
            Cell(percent(row.reached), meter=row.reached * 100),
            Cell(row.grade),
            change(row.value, before.get(row.key, 0)),
        )
        for row in found.rows[:SHOWN]
    )
    columns = (
        Column("#", True),
        Column(_("Who or what")),
        Column(_("Amount"), True),
        Column(_("Share of all"), True),
        Column(_("Cumulative")),
        Column(_("Class")),
        Column(_("Year on year"), True),
    )
    return Table(_("The first %(count)d") % {"count": len(rows)}, columns, rows)


def _todos(fallen: list[Mover[Any]], target: str, by: Actor) -> tuple[Todo, ...]:
    ids = tuple(one.key for one in fallen[:MOVERS])
    if not ids or target == "member" or not registry.has(target):
        return ()
    label = ngettext("Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids))
    return (Todo(label % {"count": len(ids)}, target, ids, _("Fell out of class A: ask what has changed")),)


def choices(ask: Ask) -> tuple[Choice, ...]:
    kinds = usable(Sale, ask.by)
    of = (Option("customer", _("Customers")), Option("product", _("Products")), Option("owner", _("Members")))
    return (
        Choice("of", _("Of"), of, ask.choice("of", "customer", "product", "owner")),
        sale_choice(ask, kinds),
        Choice(
            "line",
            _("Line of class A"),
            tuple(Option(one, f"{one}%") for one in ("70", "80", "90")),
            ask.choice("line", "80", "70", "90"),
        ),
    )


def sale_choice(ask: Ask, kinds: list[Sale]) -> Choice:
    """Which sales are counted, where the actor sees several kinds."""
    options = tuple(Option(one.object, str(registry.get(one.object).plural_label)) for one in kinds)
    return Choice("sale", _("Counted"), options, sale_of(ask).object)


INSIGHT = Insight(
    name="pareto",
    label=gettext_lazy("28 analysis"),
    icon="chart-pie",
    question=gettext_lazy("Which few bring most of it, and who is rising or falling?"),
    data=gettext_lazy(
        "Sales of the period and of the same period a year ago, by customer, product or member."
    ),
    formula=gettext_lazy(
        "Sorted by amount; class A is who is needed to reach the line, B to 95%, C the rest. Gini 0 is "
        "all alike, 1 is one has all; HHI is the sum of squared shares, times 10,000."
    ),
    run=run,
    choices=choices,
)
