"""Groups of a list: by a choice, tags, a link, a member, a team, a short text, yes or no, a day by period.

Which group a row is in follows from the row alone, so the rows of a group are the same list with one
condition more: they page, sort and obey rights as every list does. By tags or several choices a row is in
each group of which it has the value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.i18n.dates import format_date, format_month, format_range
from guanxi.platform.i18n.names import sort_key
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Boolean, Choice, Choices, Date, DateTime, Field, Link, Tags, Text
from guanxi.platform.metadata.fields.time import add_months
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.summary import (
    EVERY_PERIOD,
    MOST_GROUPS,
    Group,
    groups_by,
    linked_keys_of,
    summarise,
)
from guanxi.platform.records.titles import titles_of

EMPTY, UNSEEN = "~", "!"  # keys of what has no value, and of what leads to records that the actor may not see


@dataclass(frozen=True, slots=True)
class Grouping:
    """`created_at:month`: a field, and the period of a day or a moment."""

    field: Field
    period: str = ""

    @property
    def text(self) -> str:
        return f"{self.field.name}:{self.period}" if self.period else self.field.name


@dataclass(frozen=True, slots=True)
class GroupHead:
    """One group: the key that addresses name it by, its words, and its figures."""

    key: str
    label: str
    figures: Group
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups in order. `cut`: there are more than MOST_GROUPS, of which these are the first."""

    heads: list[GroupHead]
    unseen: tuple[int, ...] = ()
    cut: bool = False


def groupable(obj: Object) -> list[Field]:
    """The fields by which the object's lists can be grouped."""
    return [
        one
        for one in obj.fields
        if groups_by(one) and one.filterable and not one.hidden and one.name != obj.title and not one.unique
    ]


def grouping_of(obj: Object, text: str) -> Grouping | None:
    """What an address says (`stage`, `created_at:week`); None for what no list is grouped by."""
    name, _colon, period = text.partition(":")
    found = next((one for one in groupable(obj) if one.name == name), None)
    if found is None:
        return None
    if not isinstance(found, Date | DateTime):
        return None if period else Grouping(found)
    period = period or "month"
    return Grouping(found, period) if period in EVERY_PERIOD else None


def groups_of(query: ListQuery, grouping: Grouping, *, by: Actor, sums: Sequence[str] = ()) -> Groups:
    """Every group of the list with its exact count and sums; raises FieldError as the list does."""
    found = summarise(replace(query, after=None), by=by, group=[grouping.text], sums=sums)
    field = grouping.field
    if isinstance(field, Link | Tags):
        return _linked(query, grouping, found, by)
    if isinstance(field, Boolean):
        found = _yes_and_no(found)
    heads = [_head(grouping, one) for one in found]
    cut = len(found) >= MOST_GROUPS
    if isinstance(field, Choice | Choices):
        places = {one.value: place for place, one in enumerate(field.options)}
        heads.sort(key=lambda one: (one.key == EMPTY, places.get(one.key[1:], len(places)), one.key))
    else:
        down = query.sort.startswith(f"-{field.name}") or isinstance(field, Boolean)
        filled = [one for one in heads if one.key != EMPTY]
        filled.sort(key=lambda one: sort_key(one.key) if isinstance(field, Text) else one.key, reverse=down)
        heads = [*filled, *(one for one in heads if one.key == EMPTY)]
    return Groups(heads, cut=cut)


def within(query: ListQuery, grouping: Grouping, key: str, groups: Groups | None = None) -> ListQuery:
    """The list of one group; raises FieldError for a key that no group has."""
    condition = _condition(grouping, key, groups)
    parts = (condition,) if query.filter == All() else (condition, query.filter)
    return replace(query, filter=All(parts))


def period_words(period: str) -> str:
    """What a grouping by days is called in a menu."""
    return {
        "day": pgettext("group", "by day"),
        "week": pgettext("group", "by week"),
        "month": pgettext("group", "by month"),
        "quarter": pgettext("group", "by quarter"),
        "year": pgettext("group", "by year"),
    }[period]


def _head(grouping: Grouping, one: Group) -> GroupHead:
    value, field = one.key[0], grouping.field
    if value is None:
        return GroupHead(EMPTY, _("Without %(field)s") % {"field": field.label}, one)
    if isinstance(field, Choice | Choices):
        option = field.option(str(value))
        return GroupHead(
            f"={value}", str(option.label) if option else str(value), one, option.tone if option else ""
        )
    if isinstance(field, Boolean):
        return GroupHead(f"={int(value)}", _("Yes") if value else _("No"), one)
    if grouping.period:
        return GroupHead(f"={value}", _period_label(grouping.period, str(value)), one)
    return GroupHead(f"={value}", str(value), one)


def _linked(query: ListQuery, grouping: Grouping, found: list[Group], by: Actor) -> Groups:
    """By the title of what is linked; what may not be seen is one group, however much that is."""
    field = grouping.field
    assert isinstance(field, Link | Tags)
    to = field.to if isinstance(field, Link) else "tag"
    keys = {(to, int(one.key[0])) for one in found if one.key[0]}
    keys |= linked_keys_of(query.obj, [grouping.text], found)
    refs = titles_of(keys, by=by)
    heads, hidden, nothing = [], [], []
    for one in found:
        ref = refs.get((to, int(one.key[0] or 0)))
        if one.key[0] is None:
            nothing.append(_head(grouping, one))
        elif ref is None:
            hidden.append(one)
        else:
            heads.append(GroupHead(f"={one.key[0]}", ref.title or _("Without a name"), one))
    places = _places(to)
    heads.sort(key=lambda one: (places.get(one.key[1:], len(places)), sort_key(one.label), one.key))
    if hidden:
        heads.append(GroupHead(UNSEEN, _("Not for you to see"), _added(hidden)))
    unseen = tuple(int(one.key[0]) for one in hidden)
    return Groups([*heads, *nothing], unseen, cut=len(found) >= MOST_GROUPS)


def _places(to: str) -> dict[str, int]:
    """The order of what has one (stages): few by nature, without owners and in no navigation."""
    if not registry.has(to):
        return {}
    target = registry.get(to)
    if target.scoped or target.group or target.sort != "position":
        return {}
    ids = target.rows().order_by("position", "id").values_list("pk", flat=True)[:MOST_GROUPS]
    return {str(pk): place for place, pk in enumerate(ids)}


def _added(groups: Sequence[Group]) -> Group:
    names = groups[0].sums
    return Group(
        (None,),
        sum(one.count for one in groups),
        {name: sum((one.sums[name] for one in groups[1:]), groups[0].sums[name]) for name in names},
        {name: sum(one.unpriced[name] for one in groups) for name in names},
    )


def _yes_and_no(found: Sequence[Group]) -> list[Group]:
    """What nobody has said is no."""
    sides = {side: [one for one in found if bool(one.key[0]) is side] for side in (True, False)}
    return [
        Group((side,), added.count, added.sums, added.unpriced)
        for side, some in sides.items()
        if some
        for added in [_added(some)]
    ]


def _condition(grouping: Grouping, key: str, groups: Groups | None) -> Condition | All:
    field, name, value = grouping.field, grouping.field.name, key[1:]
    if key == UNSEEN and groups is not None and groups.unseen:
        return Condition(name, "in", [str(one) for one in groups.unseen])
    if key == EMPTY and not isinstance(field, Boolean):
        return Condition(name, "empty")
    if not key.startswith("="):
        raise FieldError("group", _("There is no such group."))
    if isinstance(field, Boolean):
        return Condition(name, "is" if value == "1" else "is_not", "true")
    if grouping.period:
        first, after = _days(grouping.period, value)
        return All((Condition(name, "gte", first.isoformat()), Condition(name, "lt", after.isoformat())))
    if isinstance(field, Link | Tags) and not (value.isdecimal() and len(value) < 20):
        raise FieldError("group", _("There is no such group."))
    return Condition(name, "is", value)


def _days(period: str, value: str) -> tuple[date, date]:
    """The first day of a period and the one after its last."""
    try:
        if period == "quarter":
            first = date(int(value[:4]), int(value[6:]) * 3 - 2, 1)
        else:
            first = date.fromisoformat({"year": f"{value}-01-01", "month": f"{value}-01"}.get(period, value))
        if period in ("day", "week"):
            return first, first + timedelta(days=7 if period == "week" else 1)
        return first, add_months(first, {"year": 12, "quarter": 3, "month": 1}[period])
    except (ValueError, OverflowError) as problem:
        raise FieldError("group", _("There is no such group.")) from problem


def _period_label(period: str, value: str) -> str:
    if period == "year":
        return value
    if period == "quarter":
        return pgettext("quarter of a year", "Q%(quarter)s %(year)s") % {
            "year": value[:4],
            "quarter": value[6:],
        }
    first, after = _days(period, value)
    if period == "month":
        return str(format_month(first))
    return str(
        format_range(first, after - timedelta(days=1)) if period == "week" else format_date(first, year=True)
    )
