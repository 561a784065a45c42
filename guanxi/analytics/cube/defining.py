"""What a number means: how it is made, of which records, by which date, from which facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from guanxi.analytics.semantic.answering import Answer
from guanxi.analytics.semantic.compiling import date_of_record
from guanxi.analytics.semantic.measures import Measure
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.i18n.numbers import clause_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.filters import Filter, parse_filter
from guanxi.platform.records.filters.words import keys_in, parts_of, path_words, words_of
from guanxi.platform.records.titles import titles_of


def definition_of(answer: Answer, measure: Measure, by: Actor) -> list[tuple[str, str]]:
    """The definition of a measure in an answer, as pairs of a word and what it says."""
    cube = answer.plan.cube
    obj = as_seen(registry.get(cube.object), by)
    found = [(_("Formula"), formula_words(measure, obj))]
    if text := _help_of(measure):
        found.insert(0, (_("What it is for"), text))
    if measure.kind == "ratio":
        found += _parts_of_ratio(measure, obj, by)
    elif measure.only is not None:
        found.append((_("Counted where"), filter_words(measure.only, obj, by)))
    if cube.filter:
        found.append((_("Filter"), filter_words(parse_filter(cube.filter), obj, by)))
    if date := cube.date or date_of(measure):
        found.append((_("By the date"), path_words(obj, date.partition(":")[0])))
    found.append((_("Of which records"), _("%(objects)s that you may see") % {"objects": obj.plural_label}))
    if cube.history:
        day = path_words(obj, ".".join(date_of_record(answer.plan)))
        found.append(
            (_("Owner, team, stage and links"), _("as they were on the day “%(date)s”") % {"date": day})
        )
    if cube.as_of:
        found.append((_("As of the day"), cube.as_of))
    if answer.fed_at:
        moment = datetime.fromtimestamp(answer.fed_at, UTC)
        found.append((_("From"), _("the facts up to %(when)s") % {"when": format_datetime(moment)}))
    return found


def _help_of(measure: Measure) -> str:
    kind, _colon, name = measure.text.partition(":")
    return str(metric(name).help or "") if kind == "metric" else ""


def _parts_of_ratio(measure: Measure, obj: Object, by: Actor) -> list[tuple[str, str]]:
    """What stands above and below the line."""
    own = metric(measure.text.partition(":")[2])
    found = []
    for name, one in ((own.part, replace(measure, kind=_kind_of(own.part))), (own.whole, measure.over)):
        if one is not None:
            words = formula_words(replace(one, over=None), obj)
            if one.only is not None:
                words = f"{words} · {filter_words(one.only, obj, by)}"
            found.append((str(metric(name).label), words))
    return found


def _kind_of(name: str) -> str:
    one = metric(name)
    return "sum" if one.sum or one.aggregate == "sum" else "count"


def formula_words(measure: Measure, obj: Object) -> str:
    """How a measure is made of records."""
    if measure.kind == "count":
        return _("number of %(objects)s") % {"objects": obj.plural_label}
    if measure.kind == "ratio" and measure.over is not None:
        own = metric(measure.text.partition(":")[2])
        return _("“%(part)s” ÷ “%(whole)s”") % {
            "part": metric(own.part).label,
            "whole": metric(own.whole).label,
        }
    if measure.kind == "rate":
        return _("those that meet it ÷ all %(objects)s") % {"objects": obj.plural_label}
    field = measure.formula or path_words(obj, ".".join(measure.path))
    return {
        "sum": _("sum of “%(field)s”"),
        "avg": _("average of “%(field)s”"),
        "median": _("median of “%(field)s”"),
        "min": _("smallest “%(field)s”"),
        "max": _("largest “%(field)s”"),
        "distinct": _("how many different “%(field)s”"),
    }[measure.kind] % {"field": field}


def filter_words(tree: Filter, obj: Object, by: Actor) -> str:
    """A filter as a sentence."""
    refs = titles_of(keys_in(tree, obj), by=by)
    return clause_list(str(words_of(one, obj, refs)) for one in parts_of(tree))


def date_of(measure: Measure) -> str:
    """The date by which a declared metric belongs to a time; "" for other measures."""
    kind, _colon, name = measure.text.partition(":")
    return metric(name).date if kind == "metric" else ""
