"""Measures: `count`, `sum:amount`, `distinct:company`, `rate:status = won`, `metric:won_amount`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.analytics.semantic.dimensions import fields_along
from guanxi.analytics.warehouse.rights import seen_fields
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Link, Share
from guanxi.platform.metadata.formulas import FormulaError
from guanxi.platform.metadata.formulas.language import names_in, parse_formula
from guanxi.platform.metadata.metrics import Metric, metric, metrics
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.filters import FilterSyntaxError, parse_filter
from guanxi.platform.records.filters.tree import Filter
from guanxi.platform.records.filters.words import parts_of, words_of
from guanxi.platform.records.measuring import may_measure

KINDS = {
    "sum": gettext_lazy("%(field)s, sum"),
    "avg": gettext_lazy("%(field)s, average"),
    "min": gettext_lazy("%(field)s, smallest"),
    "max": gettext_lazy("%(field)s, largest"),
    "median": gettext_lazy("%(field)s, median"),
    "distinct": gettext_lazy("%(field)s, how many"),
}
NUMBERS = {"money", "decimal", "integer", "percent", "rating", "duration"}


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a group of records.

    kind    "count", one of KINDS, "rate": the share of records that meet `only`, or "ratio": this sum by that
            of `over`
    formula what of a record is looked at, in the language of formulas, where it is no field
    concerned  the object of which different records are counted, where the field says what a record is about
    path    the field that is summed or counted; () where records are
    only    which records are looked at
    shape   how its figures are shown: "number", "money", "percent"
    less    whether less of it is better
    adds_up whether the parts make the whole
    """

    text: str
    label: str
    kind: str
    path: tuple[str, ...] = ()
    field: Field | None = None
    only: Filter | None = None
    shape: str = "number"
    formula: str = ""
    over: Measure | None = None
    concerned: str = ""
    unit: str = ""
    less: bool = False

    @property
    def adds_up(self) -> bool:
        return self.kind in ("count", "sum")


def measure(obj: Object, text: str, by: Actor) -> Measure:
    """What a text names; raises FieldError for what the actor does not see or nobody can measure."""
    kind, _colon, rest = text.partition(":")
    if kind == "count" and not rest:
        return Measure(text, _("How many"), "count")
    if kind == "metric":
        return _declared(obj, text, rest, by)
    if kind == "rate" and rest:
        only = parse_filter(rest)
        met = ", ".join(str(words_of(one, as_seen(obj, by), {})) for one in parts_of(only))
        label = _("Share with %(filter)s") % {"filter": met}
        return Measure(text, label, "rate", only=only, shape="percent")
    if kind not in KINDS:
        raise FieldError("measure", _("“%(name)s” can't be measured.") % {"name": text})
    path = tuple(rest.split("."))
    field = fields_along(obj, path, by)[-1]
    if kind != "distinct" and field.type not in NUMBERS:
        raise FieldError("measure", _("“%(name)s” can't be measured.") % {"name": text})
    shape = "money" if field.type == "money" and kind != "distinct" else "number"
    return Measure(text, str(KINDS[kind]) % {"field": field.label}, kind, path, field, shape=shape)


def measures_of(obj: Object, by: Actor) -> Iterator[Measure]:
    """What the actor may measure of an object: metrics first, as their nouns define them."""
    yield measure(obj, "count", by)
    for one in metrics():
        if one.object == obj.name and may_measure(one, by=by):
            try:
                yield measure(obj, f"metric:{one.name}", by)
            except (FieldError, FilterSyntaxError):
                continue  # a workspace's own, made of a field that is archived by now
    for field in seen_fields(obj, by).values():
        if field.hidden:
            continue
        if field.type in NUMBERS and field.name != "rhythm_days":
            for kind in ("sum", "avg", "median", "min", "max"):
                if kind != "sum" or field.adds_up or _sums(field):
                    yield measure(obj, f"{kind}:{field.name}", by)
        elif isinstance(field, Link) and field.name not in ("created_by", "pooled_from", "pool"):
            yield measure(obj, f"distinct:{field.name}", by)


def _sums(field: Field) -> bool:
    return field.type in ("integer", "decimal", "duration") and not isinstance(field, Share)


def _declared(obj: Object, text: str, name: str, by: Actor) -> Measure:
    """A metric that a noun declares; only where the actor sees all that it is made of."""
    try:
        one = metric(name)
    except KeyError:
        one = None
    if one is None or one.object != obj.name or not may_measure(one, by=by):
        raise FieldError("measure", _("“%(name)s” can't be measured.") % {"name": text})
    return _measured(obj, text, one, by)


def _measured(obj: Object, text: str, one: Metric, by: Actor) -> Measure:
    return replace(_made(obj, text, one, by), less=one.better == "less")


def _made(obj: Object, text: str, one: Metric, by: Actor) -> Measure:
    only = parse_filter(one.filter) if one.filter else None
    label = str(one.label)
    if one.aggregate == "ratio":
        part, whole = (_declared(obj, text, name, by) for name in (one.part, one.whole))
        shape, unit = _shape(one), _unit(one)
        return replace(part, text=text, label=label, kind="ratio", over=whole, shape=shape, unit=unit)
    if one.plain:
        kind, shape = "sum" if one.sum else "count", "money" if one.money else "number"
        path, field = (one.sum,) if one.sum else (), obj[one.sum] if one.sum else None
        return Measure(text, label, kind, path, field, only, shape, unit=_unit(one))
    if one.concerned:
        path = (obj.about,)
        field = fields_along(obj, path, by)[-1]
        return Measure(
            text, label, "distinct", path, field, only, _shape(one), concerned=one.concerned, unit=_unit(one)
        )
    for each in _paths(one.formula):
        fields_along(obj, each, by)
    return Measure(
        text, label, one.aggregate, only=only, shape=_shape(one), formula=one.formula, unit=_unit(one)
    )


def _paths(formula: str) -> list[tuple[str, ...]]:
    try:
        return [one.path for one in names_in(parse_formula(formula))]
    except FormulaError as problem:
        raise FieldError("formula", problem.message) from problem


def _shape(one: Metric) -> str:
    return one.unit if one.unit in ("money", "percent") else "number"


def _unit(one: Metric) -> str:
    return "" if one.unit in ("money", "percent") else one.unit
