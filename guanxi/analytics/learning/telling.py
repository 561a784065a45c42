"""What a model says, in words, and to whom.

A reason names a field and its value, so it is told only to who sees that field as it is; one that follows
from sales only to who sees every sale. What one column alone decides by more than half follows that column,
as a formula does: who does not see the column does not see the field either (`metadata/rights.py` asks).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.analytics.learning.cases import NUMBERS
from guanxi.analytics.learning.customers import SOLD, best_kind, products_of, reads_of
from guanxi.analytics.learning.hearing import models_on
from guanxi.analytics.learning.kinds import KINDS
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.offers import fitting
from guanxi.analytics.mining.baskets import Rule
from guanxi.analytics.warehouse.rights import seen_fields
from guanxi.platform.i18n.numbers import format_number, format_percent, join_words
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Money
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import Follows, follow_more
from guanxi.platform.records.questions import Question, answered, model_question
from guanxi.platform.records.titles import titles_of
from guanxi.platform.tenancy.context import EVERYWHERE, current_workspace_id

MOST = 4  # reasons on a page
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: what, which value, how much of the chance it is ("+12"), whether it speaks against."""

    what: str
    value: str
    points: str = ""
    less: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What one model says of a record. `hidden`: reasons that this reader is not told."""

    label: str
    value: str
    tier: str
    tone: str
    reasons: list[Why]
    hidden: int
    number: int
    model_id: int


def rows_asked(record: Any, actor: Actor) -> Question[list[Estimate]]:
    """What is kept of a record; nothing is asked of an object that has no model."""
    if not any(model.object == record.object_name for model, _version in models_on()):
        return answered([])
    where = "WHERE m.workspace_id = %s AND m.object = %s AND m.record_id = %s"
    return model_question(Estimate, where, (record.workspace_id, record.object_name, record.pk))


def told_of(obj: Object, rows: Sequence[Estimate], *, by: Actor) -> list[Told]:
    """What the models say of a record, of those whose number and class this reader sees as they are."""
    seen, known = seen_fields(obj, by), {one.model_id: one for one in rows}
    found = []
    for model, version in models_on():
        row = known.get(model.pk)
        told = {name for name in (model.field, f"{model.field}_class") if name in obj.fields_by_name}
        if model.object == obj.name and told and told <= set(seen) and row is not None and row.tier:
            found.append(_told(model, version, row, by))
    return found


def column_words(obj: Object, column: str) -> str:
    """What a column is called; its name where the field is gone."""
    if column.startswith(SOLD):
        return _behaviour().get(column.removeprefix(SOLD), column)
    field = obj.fields_by_name.get(column)
    return str(field.label) if field is not None else column


def value_words(obj: Object, column: str, value: Any) -> str:
    """What a value of a column is called."""
    if value in (None, ""):
        return _("not given")
    field = obj.fields_by_name.get(column)
    if isinstance(field, Choice):
        return next((str(one.label) for one in field.options if one.value == value), str(value))
    if field is not None and field.type == "boolean":
        return _("yes") if str(value) == "True" else _("no")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if not math.isfinite(number):
        return str(value)
    if column.removeprefix(SOLD) in ("days_since", "tenure", "pause"):
        return ngettext("%(count)d day", "%(count)d days", round(number)) % {"count": round(number)}
    amount = isinstance(field, Money) or column.removeprefix(SOLD) in ("year", "year_before")
    return format_number(round(number) if amount or number == int(number) else round(number, 1))


def may_know(obj: Object, column: str, by: Actor) -> bool:
    """Whether a reason may name this column to this reader."""
    if not column.startswith(SOLD):
        return column in seen_fields(obj, by)
    sale = best_kind(obj.name)
    if sale is None or not by.may("see", sale.object) or not by.rows(sale.object).every:
        return False
    return set(reads_of(column, sale)) <= set(seen_fields(registry.get(sale.object), by))


@follow_more
def estimates_follow() -> tuple[Any, Follows]:
    """Which learned fields follow from one column, and a word that changes with it."""
    if current_workspace_id() in (None, EVERYWHERE):
        return (), {}
    speaking = models_on()
    edition = tuple(model.edition for model, _version in speaking)
    follows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for model, version in speaking:
        obj = registry.get(model.object)
        shares: Mapping[str, float] = version.figures.get("shares", {})
        leading = [name for name, share in shares.items() if share > HALF and name in obj.fields_by_name]
        for kept in KINDS[model.kind].fields(model) if leading else ():
            follows[obj.name, model.field + kept.after] = [(obj.name, name) for name in leading]
    return edition, follows


@dataclass(frozen=True, slots=True)
class Offer:
    """A product that could come next, and the rule that says so."""

    product_id: int
    title: str
    why: str


def offers_for(customers: str, customer_id: int | None, products: Iterable[int], *, by: Actor) -> list[Offer]:
    """What goes with these products, and with what the customer bought as far as the reader may know that.

    A rule counts sales of everybody: its figures are told to who sees every sale, to others only which
    product, and to who sees no sales at all nothing.
    """
    found = next((one for one in models_on() if (one[0].kind, one[0].object) == ("offers", customers)), None)
    sale = best_kind(customers)
    if found is None or sale is None:
        return []
    if not all(by.may("see", one) for one in (products_of(sale), sale.object)):
        return []
    every = may_know(registry.get(customers), f"{SOLD}products", by)
    model, version = found
    held = {str(one) for one in products}
    rules = [Rule(tuple(have), *rest) for have, *rest in version.recipe["rules"]]
    told = {one.then: (one.have, [one.support, one.confidence, one.lift]) for one in fitting(rules, held)}
    if customer_id is not None and every:
        row = Estimate.objects.filter(model=model, object=customers, record_id=customer_id).first()
        for then, have, figures in row.reasons if row is not None and row.tier else ():
            if then not in held:
                told.setdefault(then, (tuple(have), figures))
    target = products_of(sale)
    keys = {(target, int(one)) for then, (have, _figures) in told.items() for one in (then, *have)}
    names = titles_of(keys, by=by)
    return [
        Offer(
            int(then),
            names[target, int(then)].title,
            _rule_words(have, figures if every else (), names, target),
        )
        for then, (have, figures) in list(told.items())[:3]
        if (target, int(then)) in names and all((target, int(one)) in names for one in have)
    ]


def _rule_words(
    have: Iterable[str], figures: Sequence[float], names: Mapping[tuple[str, int], Any], target: str
) -> str:
    held = join_words([names[target, int(one)].title for one in have])
    if not figures:
        return _("Often taken together with %(have)s") % {"have": held}
    words = _(
        "%(confidence)s of those with %(have)s take it too, %(lift)s times the usual; both: %(support)s"
    )
    return words % {
        "confidence": format_percent(round(figures[1], 4)),
        "have": held,
        "lift": format_number(round(figures[2], 1)),
        "support": format_percent(round(figures[0], 4), digits=1),
    }


def _told(model: LearnedModel, version: ModelVersion, row: Estimate, by: Actor) -> Told:
    obj, kind = registry.get(model.object), KINDS[model.kind]
    known = [one for one in row.reasons if _may_know(model, obj, one, by)]
    if model.kind == "offers":
        offers = offers_for(obj.name, row.record_id, (), by=by)
        reasons = [Why(one.title, one.why) for one in offers]
    elif model.kind == "segments":
        reasons = [Why(column_words(obj, one[0]), value_words(obj, one[0], one[1])) for one in known[:MOST]]
    elif model.kind == "alikes":
        reasons = [_like(obj, one) for one in known[:MOST]]
    else:
        reasons = [_why(obj, one, int(row.value)) for one in known[:MOST]]
    return Told(
        label=str(obj[model.field].label),
        value=f"{row.value}%" if kind.chance and kind.percent else str(row.value) if kind.chance else "",
        tier=str(kind.tiers_of(version).get(row.tier, row.tier)),
        tone=kind.tone if row.tier == kind.alarm else "",
        reasons=reasons,
        hidden=len(row.reasons) - len(known),
        number=row.number,
        model_id=model.pk,
    )


def _may_know(model: LearnedModel, obj: Object, reason: Sequence[Any], by: Actor) -> bool:
    return may_know(obj, f"{SOLD}products" if model.kind == "offers" else reason[0], by)


def _like(obj: Object, reason: Sequence[Any]) -> Why:
    """A word that customers have more often, by how many times; or more seldom."""
    column, word, points = reason
    return Why(
        column_words(obj, column), third_words(obj, column, word), f"{math.exp(points):.1f}×", points < 0
    )


def third_words(obj: Object, column: str, word: str) -> str:
    """A word of a column; of a number in which third it lies."""
    field = obj.fields_by_name.get(column)
    if field is not None and field.type in NUMBERS:
        thirds = {"low": _("in the lowest third"), "middle": _("in the middle third")}
        return thirds.get(word, _("in the highest third"))
    return value_words(obj, column, word)


def _why(obj: Object, reason: Sequence[Any], percent: int) -> Why:
    """The reason with what the chance would be without it, in points of a hundred."""
    column, value, points = reason
    odds = math.log(max(min(percent / 100, 0.995), 0.005) / (1 - max(min(percent / 100, 0.995), 0.005)))
    moved = round(percent - 100 / (1 + math.exp(-(odds - points))))
    return Why(
        column_words(obj, column),
        value_words(obj, column, value),
        f"+{moved}" if moved > 0 else f"−{-moved}" if moved < 0 else ("+" if points > 0 else "−"),
        points < 0,
    )


def _behaviour() -> dict[str, str]:
    return {
        "days_since": _("Since the last purchase"),
        "purchases": _("Days with a purchase"),
        "year": _("Bought in a year"),
        "year_before": _("Bought in the year before"),
        "tenure": _("Since the first purchase"),
        "pause": _("Between two purchases"),
        "overdue": _("Silent, by their usual pause"),
        "products": _("Different products"),
    }
