"""The words by which an object can be asked for, in three languages: metrics, fields, levels, choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import translation

from guanxi.analytics.roles import Client, Contest, Prospect, Sale, roles
from guanxi.analytics.semantic.dimensions import LEVELS, TREE, dimensions_of
from guanxi.analytics.semantic.measures import KINDS, measures_of
from guanxi.analytics.warehouse.rights import seen_fields
from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Link
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
    "this_quarter": ("本季", "这个季度", "current quarter"), "last_quarter": ("上季", "上个季度"),
    "this_week": ("这周", "这星期", "本星期", "current week"), "last_week": ("上星期", "上个星期"),
    "this_month": ("这个月", "当月", "current month"), "last_month": ("上个月", "previous month"),
    "this_year": ("本年", "当年", "current year"), "last_year": ("上年", "previous year"),
    "yoy": ("compared with last year", "year over year", "year on year", "yoy"),
    "mom": ("month over month", "month on month", "mom"), "qoq": ("quarter over quarter", "qoq"),
}  # fmt: skip
ACROSS = L("across", "横向", "橫向")
COUNT = L("number of", "数量", "數量")
TOP = L("top", "前", "前")


_ASKED = {
    "avg": L("average %(field)s", "平均%(field)s|%(field)s均值", "平均%(field)s|%(field)s均值"),
    "median": L("median %(field)s", "%(field)s中位数", "%(field)s中位數"),
    "sum": L(
        "total %(field)s",
        "总%(field)s|%(field)s总额|%(field)s合计",
        "總%(field)s|%(field)s總額|%(field)s合計",
    ),
    "max": L("largest %(field)s", "最大%(field)s", "最大%(field)s"),
    "min": L("smallest %(field)s", "最小%(field)s", "最小%(field)s"),
}
_SIZE = ("average deal size", "average order value", "average size", "客单价", "平均单价")
_TURNOVER = ("sales", "sales amount", "revenue", "销售额")
_UNITS = ("units sold", "units", "quantity sold", "销量", "销售数量", "销售量")
_CONVERSION = ("conversion rate", "conversion", "转化率", "转换率")
_WON = ("win", "wins", "winning", "赢单", "赢", "成单")
_LOST = ("lose", "losing", "loss", "losses", "输单", "丢单", "失单", "输")
_REASON = ("reason", "reasons", "loss reason", "lost reason", "原因", "输单原因", "丢单原因", "失单原因")
_CLIENT = ("customer", "client", "account", "客户")
WITHOUT = ("without", "with no", "having no", "没有", "无", "未填", "缺")
People = Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Term:
    """What words mean: "object", "measure", "by", "across", "value", "period", "compare", "without" or "top".

    text  the measure, dimension, period … as a cube has it; of a value the field and the choice
    """

    kind: str
    text: str


def words_of(obj: Object, by: Actor, people: People = ()) -> dict[str, list[Term]]:
    """Folded words → what they may mean, the likeliest first, for one object as the actor sees it.

    people  (field, value, name) of members and teams, as `people_here` gives them
    """
    found: dict[str, list[Term]] = {}
    for words, term in _named(obj, by):
        key = fold(words).strip()
        if key and term not in found.setdefault(key, []):
            found[key].append(term)
    for words, term in _besides(obj, by, people):
        key = fold(words).strip()
        if key:
            found.setdefault(key, [term])
    return found


def people_here() -> People:
    """Who and which teams a question can name: (field, value of a filter, name)."""
    members = Member.objects.filter(left_at=None).values_list("pk", "user__name")
    teams = Team.objects.values_list("pk", "name")
    return (
        *(("owner", str(key), name) for key, name in members if name),
        *(("team", str(key), name) for key, name in teams if name),
    )


def _besides(obj: Object, by: Actor, people: People) -> Iterator[tuple[str, Term]]:
    """Words that mean something only where no field, measure or choice is called so."""
    seen, offered = seen_fields(obj, by), [*dimensions_of(obj, by)]
    named = {".".join(one.path) for one in offered}
    for one in measures_of(obj, by):
        if one.text.startswith("metric:"):
            for words in metric(one.text[7:]).words:
                yield words, Term("measure", one.text)
        elif one.field is not None and one.kind in _ASKED and len(one.path) == 1:
            for language in LANGUAGES:
                for words in _ASKED[one.kind].in_(language).split("|"):
                    yield words % {"field": one.field.label.in_(language)}, Term("measure", one.text)
        elif one.kind == "distinct" and isinstance(one.field, Link) and one.field.to != obj.name:
            for words in _how_many(one.field):
                yield words, Term("measure", one.text)
    if any(one.object == obj.name for one in roles(Client)):
        for words in _CLIENT:
            yield words, Term("object", obj.name)
    yield from _sold(obj, by)
    for name, value, words in people:
        if name in named and len(words) > 1:
            yield words, Term("value", f"{name} {'=' if name == 'owner' else 'below'} {value}")
    if "owner" in named:
        for words in ("my", "mine", "我的"):
            yield words, Term("value", "owner = me")
    for field in seen.values():
        if field.name in named and not field.hidden:
            for words in field.synonyms:
                yield words, Term("by", field.name)
    for each in offered:
        if each.dated:
            continue
        to = each.field.to if len(each.path) == 1 and isinstance(each.field, Link) else ""
        for language in LANGUAGES:
            yield each.field.label.in_(language), Term("by", ".".join(each.path))
            if registry.has(to):
                yield registry.get(to).plural_label.in_(language), Term("by", each.path[0])


def _how_many(link: Link) -> Iterator[str]:
    """“number of customers” where records link to them: how many different ones."""
    kinds = [link.label]
    if registry.has(link.to):
        kinds += [registry.get(link.to).plural_label, registry.get(link.to).label]
    for kind in kinds:
        yield f"number of {kind.in_('en')}"
        for language in ("zh-hans", "zh-hant"):
            yield f"{kind.in_(language)}数"
            yield f"{kind.in_(language)}数量"
    if any(one.object == link.to for one in roles(Client)):
        yield from ("number of customers", "客户数", "客户数量")


def _sold(obj: Object, by: Actor) -> Iterator[tuple[str, Term]]:
    """What people call the figures of sales, of their lines, and of what is won or lost."""
    texts = {one.text for one in measures_of(obj, by)}
    for sale in roles(Sale):
        amounts: list[tuple[bool, str, Sequence[str]]] = [
            (obj.name == sale.object, f"avg:{sale.amount}", _SIZE)
        ]
        if sale.lines is not None:
            on_lines = obj.name == sale.lines.object
            amounts += [
                (on_lines, f"sum:{sale.lines.amount}", _TURNOVER),
                (on_lines, f"sum:{sale.lines.quantity}", _UNITS),
            ]
        for fits, text, several in amounts:
            if fits and text in texts:
                for words in several:
                    yield words, Term("measure", text)
    tries: list[Prospect | Contest] = [*roles(Prospect), *roles(Contest)]
    for tried in tries:
        if obj.name == tried.object and tried.outcome in seen_fields(obj, by):
            for words in _CONVERSION:
                yield words, Term("measure", f"rate:{tried.outcome} = {tried.won}")
    for contest in roles(Contest):
        if obj.name == contest.object and contest.outcome in seen_fields(obj, by):
            for several, value in ((_WON, contest.won), (_LOST, contest.lost)):
                for words in several:
                    yield words, Term("value", f"{contest.outcome} = {value}")
            if contest.reason in seen_fields(obj, by):
                for words in _REASON:
                    yield words, Term("by", contest.reason)


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
    for words in WITHOUT:
        yield words, Term("without", "")
    yield ACROSS.in_(language), Term("across", "")
    yield TOP.in_(language), Term("top", "")
