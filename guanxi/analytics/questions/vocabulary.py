"""The words by which an object can be asked for, in three languages: metrics, fields, levels, choices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import translation

from guanxi.analytics.semantic.dimensions import LEVELS, TREE, dimensions_of
from guanxi.analytics.semantic.measures import KINDS, measures_of
from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields import Choice
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.metadata.objects import Object

LANGUAGES = ("en", "zh-hans", "zh-hant")

PERIODS = {
    "today": L("today", "今天", "今天"),
    "this_week": L("this week", "本周", "本週"),
    "last_week": L("last week", "上周", "上週"),
    "this_month": L("this month", "本月", "本月"),
    "last_month": L("last month", "上月", "上月"),
    "this_quarter": L("this quarter", "本季度", "本季"),
    "last_quarter": L("last quarter", "上季度", "上季"),
    "this_year": L("this year", "今年", "今年"),
    "last_year": L("last year", "去年", "去年"),
}
COMPARES = {
    "yoy": L("vs last year", "同比", "與去年同期比"),
    "workdays": L("vs same working days of last year", "同工作日同比", "與去年同工作日比"),
    "festival": L("vs last year by spring festival", "春节对齐同比", "春節對齊與去年比"),
    "qoq": L("vs last quarter", "季环比", "與上季比"),
    "mom": L("vs last month", "环比", "與上月比"),
}
_MORE = {
    "this_quarter": ("本季",), "last_quarter": ("上季",), "this_week": ("这周", "这星期"),
    "this_year": ("本年",),
    "yoy": ("compared with last year", "year over year", "yoy"), "mom": ("month over month", "mom"),
}  # fmt: skip
ACROSS = L("across", "横向", "橫向")
COUNT = L("number of", "数量", "數量")
TOP = L("top", "前", "前")


@dataclass(frozen=True, slots=True)
class Term:
    """What words mean: "object", "measure", "by", "across", "value", "period", "compare" or "top".

    text  the measure, dimension, period … as a cube has it; of a value the field and the choice
    """

    kind: str
    text: str


def words_of(obj: Object, by: Actor) -> dict[str, list[Term]]:
    """Folded words → what they may mean, the likeliest first, for one object as the actor sees it."""
    found: dict[str, list[Term]] = {}
    for words, term in _named(obj, by):
        key = fold(words).strip()
        if key and term not in found.setdefault(key, []):
            found[key].append(term)
    return found


def said_of(obj: Object, by: Actor, language: str) -> dict[Term, str]:
    """Terms → the words for them in a language; of several the first."""
    found: dict[Term, str] = {}
    with translation.override(language):
        for words, term in _spoken(obj, by):
            found.setdefault(term, words)
    return found


def _named(obj: Object, by: Actor) -> Iterator[tuple[str, Term]]:
    for language in LANGUAGES:
        with translation.override(language):
            yield from _spoken(obj, by)
    for key, several in _MORE.items():
        kind = "compare" if key in COMPARES else "period"
        for words in several:
            yield words, Term(kind, key)
    for one in measures_of(obj, by):
        if one.kind == "sum" and len(one.path) == 1 and one.text.startswith("sum:") and one.field is not None:
            for language in LANGUAGES:
                yield one.field.label.in_(language), Term("measure", one.text)
        if one.text.startswith("metric:"):
            yield metric(one.text[7:]).name.replace("_", " "), Term("measure", one.text)


def _spoken(obj: Object, by: Actor) -> Iterator[tuple[str, Term]]:
    """In the active language."""
    language = translation.get_language() or "en"
    for label in (obj.plural_label, obj.label):
        yield label.in_(language), Term("object", obj.name)
    for one in measures_of(obj, by):
        if one.text == "count":
            yield COUNT.in_(language), Term("measure", "count")
        elif one.text.startswith("metric:"):
            yield metric(one.text[7:]).label.in_(language), Term("measure", one.text)
        elif one.field is not None:
            yield str(KINDS[one.kind]) % {"field": one.field.label}, Term("measure", one.text)
    for each in dimensions_of(obj, by):
        words = "·".join(each.labels)
        plain = ".".join(each.path)
        if not each.dated:
            yield words, Term("by", plain)
        levels = LEVELS if each.dated else TREE if each.field.type == "team" else {}
        for level, called in levels.items():
            yield f"{words} {called}", Term("by", f"{plain}:{level}")
        if isinstance(each.field, Choice) and len(each.path) == 1:
            for option in each.field.options:
                yield str(option.label), Term("value", f"{plain} = {option.value}")
                yield f"{words} {option.label}", Term("value", f"{plain} = {option.value}")
    for kind, table in (("period", PERIODS), ("compare", COMPARES)):
        for key, label in table.items():
            yield label.in_(language), Term(kind, key)
    yield ACROSS.in_(language), Term("across", "")
    yield TOP.in_(language), Term("top", "")
