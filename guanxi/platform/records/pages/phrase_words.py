"""The words of phrases, in three languages: comparisons, days, lengths of time, sums, what is left out.

All patterns and keys are of folded text: small letters, Traditional characters as Simplified ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from django.utils import translation
from django.utils.translation import pgettext

from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.labels import plain
from guanxi.platform.i18n.languages import LANGUAGES
from guanxi.platform.metadata.fields import Date, Operator, Text
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters.words import NAMED_DAYS, operator_words

GAP = re.compile(
    r"[\s,;:\u3001\u3002\u00b7]+|(?:and|or|the)(?![a-z0-9])|(?:does|do|did)(?= not )|'s(?![a-z])"
)
HAN_GAP = re.compile("的|和|与|或者?|且|并且|以及")
QUOTED = re.compile('["\u201c\u300c]([^"\u201d\u300d]+)["\u201d\u300d]')
RUN = re.compile("[^\\s,;\u3001\u3002]+")
TIME = re.compile(
    r"(?P<head>最近|过去|近|未来|(?:with)?in the (?:last|past|next)|last|past|next|within|in|for)?\s*"
    r"(?P<count>\d{1,4}|[一二两三四五六七八九十百]+)\s*"
    r"(?P<unit>天|日|个?星期|周|个月|年|(?:days?|weeks?|months?|years?|[dwmy])(?![a-z]))\s*"
    r"(?P<tail>以内|之内|内|以?前|之前|以?后|之后|以上|以下|ago|from now|or more|or less)?"
)
_NUMBER = (
    r"-?[¥$€]?\s*\d[\d,]*(?:\.\d+)?"
    r"(?:\s*(?:千万|百万|万|亿|千|(?:thousand|million|billion|k|m|w)(?![a-z])))?(?![a-z\d])\s*[元块%]?"
)
AMOUNT = re.compile(
    rf"(?P<low>{_NUMBER})(?:\s*(?:到|至|~|-|\u2013|to)\s*(?P<high>{_NUMBER}))?"
    r"\s*(?P<tail>以上|以下|or more|or less)?"
)
LENGTH = re.compile(
    r"\d{1,5}:\d\d|(?:\d[\d.]*\s*(?:天|日|小时|时|分钟|分|(?:days?|hours?|hrs?|minutes?|mins?|[dhm])(?![a-z]))\s*)+"
)
UNITS = {"天": "d", "日": "d", "周": "w", "星": "w", "月": "m", "年": "y"}
AHEAD = ("未来", "in the next", "within the next", "next")
AGO = ("前", "以前", "之前", "ago")
FROM_NOW = ("后", "以后", "之后", "from now")
WITHIN = ("以内", "之内", "内")

_OPERATORS: Mapping[Operator, tuple[str, ...]] = {
    "is": ("is", "are", "=", "是", "为", "等于"),
    "is_not": ("is not", "isn't", "not", "!=", "≠", "不是", "不为", "不等于", "非"),
    "contains": ("contains", "contain", "containing", "含", "包含", "包括"),
    "starts": ("starts with", "begins with", "开头是"),
    "gt": ("over", "more than", "greater than", "above", ">", "大于", "超过", "高于", "多于", "晚于"),
    "gte": ("at least", ">=", "≥", "since", "至少", "不少于", "不小于", "不低于", "不早于"),
    "lt": ("under", "less than", "below", "before", "<", "小于", "低于", "少于", "不到", "不足", "早于"),
    "lte": ("at most", "<=", "≤", "最多", "至多", "不超过", "不大于", "不高于", "不晚于"),
    "between": ("between", "介于"),
    "empty": ("empty", "is empty", "missing", "为空", "空着", "未填"),
    "not_empty": ("filled", "is filled", "不为空", "非空", "已填"),
}
# They measure how long ago it is; the others name a day: "over 3 days ago", "before 3 days ago".
LENGTHS = frozenset(
    {"over", "more than", "greater than", "above", "at least", "under", "less than", "below", "at most"}
    | {"大于", "超过", "高于", "多于", "至少", "不少于", "不小于", "不低于"}
    | {"小于", "低于", "少于", "不到", "不足", "最多", "至多", "不超过", "不大于", "不高于"}
)
# After "not"; there is no opposite of the others.
OPPOSITES: Mapping[Operator, Operator] = {
    "is": "is_not",
    "empty": "not_empty",
    "not_empty": "empty",
    "gt": "lte",
    "gte": "lt",
    "lt": "gte",
    "lte": "gt",
}
# What no filter can ask.
NO_COMPARISONS = ("ends with", "end with", "ending with", "like", "matches", "结尾是", "结尾为")
# Before a field: "without email", 没有邮箱.
WITHOUT: Mapping[str, Operator] = {
    **dict.fromkeys(("without", "with no", "no", "没有", "无", "缺"), "empty"),
    **dict.fromkeys(("with", "has", "有"), "not_empty"),
}
QUIET = ("quiet", "not contacted", "no contact", "安静", "未联系", "没联系", "没有联系", "未往来")
_MORE_DAYS = {
    "this_week": ("这周", "这星期", "本星期"),
    "last_week": ("上星期", "上个星期"),
    "next_week": ("下星期", "下个星期"),
    "this_month": ("这个月", "当月"),
    "last_month": ("上个月",),
    "next_month": ("下个月",),
    "this_quarter": ("本季", "这个季度"),
    "last_quarter": ("上季", "上个季度"),
    "next_quarter": ("下个季度",),
    "this_year": ("本年",),
    "last_year": ("上年",),
}
TAILS: Mapping[str, Operator] = {"以上": "gte", "or more": "gte", "以下": "lte", "or less": "lte"}
NEAREST: Mapping[Operator, Operator] = {
    "is": "contains",
    "contains": "is",
    "gt": "gte",
    "gte": "gt",
    "lt": "lte",
    "lte": "lt",
}
# What is longer ago is earlier.
TURNED: Mapping[Operator, Operator] = {"gt": "lt", "gte": "lte", "lt": "gte", "lte": "gte"}
SEVERAL: Mapping[Operator, Operator] = {"is": "in", "in": "in", "is_not": "not_in", "not_in": "not_in"}
SHY = frozenset("为非含我无有缺")  # names of people and firms begin with them, too


ME = ("me", "my", "myself", "mine", "我", "我的", "自己", "本人")
MINE = ("my team", "our team", "本组", "我的团队", "本团队", "我们组")


def field_words(obj: Object) -> dict[str, str]:
    """Folded word → field: its label in each language first, then what spreadsheets call it."""
    found: dict[str, str] = {}
    offered = [one for one in obj.fields if one.filterable and not one.hidden]
    for one in offered:
        for word in one.label.everywhere().values():
            found.setdefault(fold(word), one.name)
    for one in offered:
        for word in one.synonyms:
            found.setdefault(fold(word), one.name)
    found.pop("", None)
    return found


def record_words(obj: Object) -> dict[str, str]:
    """What the records are called says nothing: "my companies"."""
    words = [*obj.label.everywhere().values(), *obj.plural_label.everywhere().values()]
    return dict.fromkeys((fold(word) for word in words if word), "")


@cache
def operator_of() -> Mapping[str, Operator]:
    """Folded word → comparison, as the chips say them and as people do."""
    found: dict[str, Operator] = {}
    operators: list[Operator] = [*_OPERATORS, "in", "not_in", "below"]
    for one in operators:
        for word in _OPERATORS.get(one, ()):
            found.setdefault(fold(word), one)
    for language in LANGUAGES:
        with translation.override(language):
            for sample in (Text(name="x", label=plain("x")), Date(name="x", label=plain("x"))):
                for one in operators:
                    found.setdefault(fold(operator_words(sample, one)), one)
    return found


@cache
def day_of() -> Mapping[str, str]:
    """Folded word → named day or span of days."""
    found = {fold(word): name for name, words in _MORE_DAYS.items() for word in words}
    for language in LANGUAGES:
        with translation.override(language):
            for name, word in NAMED_DAYS.items():
                found.setdefault(fold(pgettext("filter", word)), name)
                found.setdefault(fold(word), name)
    return found
