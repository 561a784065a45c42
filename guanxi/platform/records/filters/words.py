"""Filters in words: what the chips over a list say, and which values their editor offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal as Number
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.durations import format_minutes
from guanxi.platform.i18n.numbers import comma_list, format_number, join_words, read_whole
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    Boolean,
    Choice,
    Choices,
    Decimal,
    Duration,
    Field,
    Integer,
    Link,
    Money,
    Operator,
    Percent,
    Share,
    many_to,
)
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters.names import named_field
from guanxi.platform.records.filters.text import print_filter
from guanxi.platform.records.filters.tree import All, Any, Condition, Filter, Not, Operand, conditions_of

if TYPE_CHECKING:
    from guanxi.platform.records.titles import Key, Ref

_NUMBER = re.compile(r"^-?\d{1,18}(\.\d{1,6})?$", re.ASCII)
YEARS = 9999  # the most that a field of years can have
_OFFSET = re.compile(r"^([+-])(\d{1,4})([dwmy])$")


@dataclass(frozen=True, slots=True)
class ConditionWords:
    """One condition as a member reads it: 负责人 · 是 · 我."""

    field: str
    operator: str
    value: str
    icon: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.field, self.operator, self.value) if part)


def parts_of(tree: Filter) -> tuple[Filter, ...]:
    """The parts that all must hold: each is a chip of its own."""
    return tree.parts if isinstance(tree, All) else (tree,)


def words_of(tree: Filter, obj: Object, refs: Mapping[Key, Ref]) -> ConditionWords:
    """One part of a filter in words. A group with “or” becomes one sentence."""
    if isinstance(tree, Condition):
        return _condition_words(tree, obj, refs)
    if isinstance(tree, Not):
        return ConditionWords(_("not"), "", str(words_of(tree.part, obj, refs)))
    said = [_within(part, str(words_of(part, obj, refs))) for part in tree.parts]
    if len(said) < 2:
        return ConditionWords("".join(said), "", "")
    pair = pgettext("filter", "%(first)s or %(last)s") if isinstance(tree, Any) else None
    pair = pair or pgettext("filter", "%(first)s and %(last)s")
    return ConditionWords(pair % {"first": comma_list(said[:-1]), "last": said[-1]}, "", "")


def _within(part: Filter, words: str) -> str:
    """A group inside a group stands in brackets, or nobody could tell what belongs together."""
    grouped = isinstance(part, All | Any) and len(part.parts) > 1
    return pgettext("filter", "(%(group)s)") % {"group": words} if grouped else words


def keys_in(tree: Filter, obj: Object) -> set[Key]:
    """Every record, member, team and tag that a filter names by id."""
    keys: set[Key] = set()
    for one in conditions_of(tree):
        field = field_behind(obj, one.field)
        for value in one.value if isinstance(one.value, list) else [one.value]:
            text = str(value)
            if field is None:
                continue
            if field.type == "about" and re.fullmatch(r"\w+:\d{1,18}", text):
                name, _colon, record_id = text.partition(":")
                keys.add((name, int(record_id)))
            elif text.isdecimal() and len(text) < 20:
                if isinstance(field, Link):
                    keys.add((field.to, int(text)))
                elif kind := many_to(field):
                    keys.add((kind, int(text)))
    return keys


def field_behind(obj: Object, name: str) -> Field | None:
    """The field that `company.city` ends at, or None."""
    head, dot, rest = name.partition(".")
    field = obj.fields_by_name.get(head)
    if not dot or field is None:
        return field
    if within := named_field(field, rest) or field.part(rest):
        return within
    return (
        field_behind(registry.get(field.to), rest)
        if isinstance(field, Link) and registry.has(field.to)
        else None
    )


def path_words(obj: Object, name: str) -> str:
    """The field in words, with the links that lead to it: Company · City."""
    return " · ".join(str(found.label) for found in _path(obj, name))


def operator_words(field: Field, operator: Operator) -> str:
    """The operator as it reads between this field and a value."""
    if field.type in ("date", "datetime"):
        return {
            "is": pgettext("filter", "is"),
            "is_not": pgettext("filter", "is not"),
            "in": pgettext("filter", "is one of"),
            "not_in": pgettext("filter", "is none of"),
            "lt": pgettext("filter", "before"),
            "lte": pgettext("filter", "until"),
            "gt": pgettext("filter", "after"),
            "gte": pgettext("filter", "from"),
            "between": pgettext("filter", "between"),
            "empty": pgettext("filter", "is empty"),
            "not_empty": pgettext("filter", "is filled in"),
        }.get(operator, operator)
    return {
        "is": pgettext("filter", "is"),
        "is_not": pgettext("filter", "is not"),
        "in": pgettext("filter", "is one of"),
        "not_in": pgettext("filter", "is none of"),
        "contains": pgettext("filter", "contains"),
        "starts": pgettext("filter", "starts with"),
        "lt": "<",
        "lte": "≤",
        "gt": ">",
        "gte": "≥",
        "between": pgettext("filter", "between"),
        "empty": pgettext("filter", "is empty"),
        "not_empty": pgettext("filter", "is filled in"),
        "below": pgettext("filter", "is in"),
    }.get(operator, operator)


def value_words(field: Field, value: Operand, refs: Mapping[Key, Ref]) -> str:
    """One value of a condition: a name, a word for a day, what was typed."""
    text = "" if value is None else str(value)
    if isinstance(field, Choice | Choices):
        option = field.option(text)
        return str(option.label) if option else text
    if isinstance(field, Boolean):
        return _("yes") if text.casefold() in ("true", "1", "yes") else _("no")
    if isinstance(field, Link) or many_to(field):
        return _link_words(field, text, refs)
    if field.type == "about":
        name, _colon, record_id = text.partition(":")
        ref = refs.get((name, read_whole(record_id) or 0))
        return ref.title if ref else text
    if field.type in ("date", "datetime"):
        return day_words(text)
    return _number_words(field, text) if _NUMBER.match(text) else text


def _number_words(field: Field, text: str) -> str:
    """100000 → 100,000; a share with its sign, a length of time with its units, a year as it is written."""
    if isinstance(field, Duration):
        return format_minutes(int(text)) if text.isdecimal() else text
    if not isinstance(field, Integer | Decimal | Money) or getattr(field, "most", 0) == YEARS:
        return text
    return format_number(Number(text)) + ("%" if isinstance(field, Percent | Share) else "")


def day_words(text: str) -> str:
    """`-14d` → 14 days ago, `this_month` → this month, 2026-11-24 → 24 Nov."""
    known = NAMED_DAYS.get(text)
    if known:
        return pgettext("filter", known)
    if found := _OFFSET.match(text):
        count = int(found[2])
        words = _ago(count, found[3]) if found[1] == "-" else _ahead(count, found[3])
        return words % {"count": count}
    try:
        return format_date(date.fromisoformat(text))
    except ValueError:
        return text


NAMED_DAYS = {
    "today": "today",
    "yesterday": "yesterday",
    "tomorrow": "tomorrow",
    "this_week": "this week",
    "last_week": "last week",
    "next_week": "next week",
    "this_month": "this month",
    "last_month": "last month",
    "next_month": "next month",
    "this_quarter": "this quarter",
    "last_quarter": "last quarter",
    "next_quarter": "next quarter",
    "this_year": "this year",
    "last_year": "last year",
    "next_year": "next year",
}


def _said_for_translators() -> tuple[str, ...]:
    """The words of NAMED_DAYS, where scripts/translate finds them."""
    return (
        pgettext("filter", "today"),
        pgettext("filter", "yesterday"),
        pgettext("filter", "tomorrow"),
        pgettext("filter", "this week"),
        pgettext("filter", "last week"),
        pgettext("filter", "next week"),
        pgettext("filter", "this month"),
        pgettext("filter", "last month"),
        pgettext("filter", "next month"),
        pgettext("filter", "this quarter"),
        pgettext("filter", "last quarter"),
        pgettext("filter", "next quarter"),
        pgettext("filter", "this year"),
        pgettext("filter", "last year"),
        pgettext("filter", "next year"),
    )


def _ago(count: int, unit: str) -> str:
    return {
        "d": ngettext("%(count)d day ago", "%(count)d days ago", count),
        "w": ngettext("%(count)d week ago", "%(count)d weeks ago", count),
        "m": ngettext("%(count)d month ago", "%(count)d months ago", count),
        "y": ngettext("%(count)d year ago", "%(count)d years ago", count),
    }[unit]


def _ahead(count: int, unit: str) -> str:
    return {
        "d": ngettext("in %(count)d day", "in %(count)d days", count),
        "w": ngettext("in %(count)d week", "in %(count)d weeks", count),
        "m": ngettext("in %(count)d month", "in %(count)d months", count),
        "y": ngettext("in %(count)d year", "in %(count)d years", count),
    }[unit]


def _link_words(field: Field, text: str, refs: Mapping[Key, Ref]) -> str:
    if text == "me":
        return pgettext("filter", "me")
    if text == "mine":
        return pgettext("filter", "my team")
    kind = field.to if isinstance(field, Link) else "tag"
    ref = refs.get((kind, read_whole(text) or 0))
    return ref.title if ref else text


def _condition_words(one: Condition, obj: Object, refs: Mapping[Key, Ref]) -> ConditionWords:
    field = field_behind(obj, one.field)
    if field is None:
        return ConditionWords(print_filter(one), "", "")
    label = path_words(obj, one.field)
    if one.operator in ("empty", "not_empty"):
        return ConditionWords(label, operator_words(field, one.operator), "", ICONS.get(field.type, ""))
    values = one.value if isinstance(one.value, list) else [one.value]
    said = [value_words(field, value, refs) for value in values]
    return ConditionWords(
        label,
        operator_words(field, one.operator),
        join_words(said, last="and" if one.operator == "between" else "or"),
        ICONS.get(field.type, ""),
    )


def _path(obj: Object, name: str) -> list[Field]:
    head, dot, rest = name.partition(".")
    field = obj[head]
    if dot and (within := named_field(field, rest) or field.part(rest)):
        return [field, within]
    return [field, *_path(registry.get(field.to), rest)] if dot and isinstance(field, Link) else [field]


# What stands at the left of a chip and in the list of fields.
ICONS = {
    "member": "user",
    "team": "users-round",
    "date": "calendar",
    "datetime": "activity",
    "money": "coins",
    "tags": "tag",
    "link": "link",
    "choice": "circle-dot",
    "phones": "phone",
    "emails": "mail",
    "addresses": "map-pinned",
    "address": "map-pin",
    "person": "contact-round",
    "rich_text": "pilcrow",
}
