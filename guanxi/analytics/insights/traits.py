"""Traits of key customers: what class A has in common, and who is like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.analytics.insights.pareto import sale_choice
from guanxi.analytics.insights.reading import (
    customer_object,
    lay_sale,
    names_of,
    page_of,
    require_customers,
    sale_of,
    span_of,
    usable,
)
from guanxi.analytics.insights.studies import Ask, Cell, Choice, Column, Insight, Study, Table, Todo
from guanxi.analytics.insights.wording import percent, said
from guanxi.analytics.mining.pareto import pareto
from guanxi.analytics.mining.traits import Traits, find_traits
from guanxi.analytics.roles import Sale
from guanxi.analytics.warehouse.engine import name_of
from guanxi.analytics.warehouse.rights import seen_columns
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice as ChoiceField

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN, ASKED, MOST_VALUES = 15, 8, 40


def run(ask: Ask) -> Study:
    sale, span = sale_of(ask), span_of(ask)
    db, target = lay_sale(sale, ask.by), customer_object(sale)
    sums = dict(
        db.execute(
            "SELECT customer, SUM(amount)::BIGINT FROM sale"
            " WHERE customer IS NOT NULL AND day BETWEEN ? AND ? GROUP BY 1",
            [span.first, span.last],
        ).fetchall()
    )
    best = [row.key for row in pareto(sums).of_grade("A")]
    rows = _rows(db, target, ask)
    found = find_traits(rows, [key for key in best if key in rows])
    sure = [one for one in found.traits if one.sure and one.lift > 1]
    alike = sorted(found.alike, key=lambda key: -found.alike[key])
    names = names_of(db, target, alike[:SHOWN])
    headline = _("Too few customers to say what the best have in common")
    if not found.trust.thin:
        headline = _("The best customers have nothing in common that chance would not show")
    if sure and not found.trust.thin:
        headline = _("The best customers: %(field)s %(value)s is %(lift).1f times as frequent") % {
            "field": _label(target, sure[0].column),
            "value": _word(target, sure[0].column, sure[0].value),
            "lift": sure[0].lift,
        }
    return Study(
        headline=headline,
        trust=found.trust,
        counted=_("%(count)d customers, %(best)d of them class A, %(span)s")
        % {"count": len(rows), "best": len(best), "span": said(span)},
        side=(_alike(alike, found, names, target),),
        tables=(_traits(found, len(best), len(rows), target),),
        todos=_todos(alike, target) if not found.trust.thin else (),
    )


def _rows(db: DuckDBPyConnection, target: str, ask: Ask) -> dict[int, dict[str, str]]:
    """What is known of every customer, in the columns that have few enough values to be traits."""
    require_customers(target, ask.by)
    obj = registry.get(target)
    columns = [
        one
        for one in seen_columns(obj, ask.by)
        if one.field and one.type == "VARCHAR" and one.part == "value" and one.field != obj.title
    ]
    asked = [f"COUNT(DISTINCT {name_of(one.name)})" for one in columns]
    table = name_of(target)
    counts = db.execute(f"SELECT {', '.join(asked)} FROM {table}").fetchone() if asked else ()
    kept = [one for one, count in zip(columns, counts or (), strict=True) if 1 < count <= MOST_VALUES]
    listed = "".join(f", COALESCE({name_of(one.name)}, '')" for one in kept)
    return {
        row[0]: {one.field: value for one, value in zip(kept, row[1:], strict=True)}
        for row in db.execute(f"SELECT id{listed} FROM {table}").fetchall()
    }


def _label(target: str, field: str) -> str:
    return str(registry.get(target).fields_by_name[field].label)


def _word(target: str, name: str, value: str) -> str:
    field = registry.get(target).fields_by_name[name]
    if isinstance(field, ChoiceField):
        return next((str(one.label) for one in field.options if one.value == value), value)
    return value


def _traits(found: Traits[int], best: int, every: int, target: str) -> Table:
    rows = tuple(
        (
            Cell(_label(target, one.column)),
            Cell(_word(target, one.column, one.value), strong=True),
            Cell(percent(one.chosen / best if best else None, digits=0)),
            Cell(percent(one.every / every, digits=0)),
            Cell(f"{one.lift:.1f}×"),
            Cell(f"{one.chance:.3f}"),
            Cell(_("yes") if one.sure else _("may be chance")),
        )
        for one in found.traits[:SHOWN]
    )
    columns = (
        Column(_("Field")),
        Column(_("Value")),
        Column(_("Of class A"), True),
        Column(_("Of all customers"), True),
        Column(_("As frequent"), True),
        Column(_("Chance"), True),
        Column(_("Significant")),
    )
    return Table(_("What they have in common"), columns, rows)


def _alike(keys: list[int], found: Traits[int], names: dict[int | None, str], target: str) -> Table:
    rows = tuple(
        (Cell(names[key], page_of(target, key)), Cell(f"{found.alike[key]:.1f}")) for key in keys[:SHOWN]
    )
    title = _("Like the best, and not among them")
    return Table(
        f"{title} · {len(keys)}",
        (Column(_("Customer")), Column(_("Alike"), True)),
        rows,
    )


def _todos(alike: list[int], target: str) -> tuple[Todo, ...]:
    ids = tuple(alike)
    if not ids:
        return ()
    label = ngettext(
        "Make a to-do for this one", "Make a to-do for each of these %(count)d", len(ids[:ASKED])
    )
    text = _("Is like our best customers: find out what they need")
    return (
        Todo(label % {"count": len(ids[:ASKED])}, target, ids[:ASKED], text),
        Todo(_("Tag them and show them as a list"), target, ids, text, tag=_("Like the best")),
    )


def choices(ask: Ask) -> tuple[Choice, ...]:
    return (sale_choice(ask, usable(Sale, ask.by)),)


INSIGHT = Insight(
    name="traits",
    label=gettext_lazy("Key-customer traits"),
    icon="user-round-check",
    question=gettext_lazy("What do the best customers have in common, and who is like them?"),
    data=gettext_lazy("Sales of the period, and what is known of every customer."),
    formula=gettext_lazy(
        "Share of class A that has a trait, by the share of all. The chance that so many of a random choice "
        "have it is multiplied by the traits that were tried. Alike: the sum of the logarithms of sure "
        "traits."
    ),
    run=run,
    choices=choices,
)
