"""The layouts of a list, and what each can be arranged by: groups, lanes, days, places."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.metadata.fields import Choice, Date, DateTime, Field
from guanxi.platform.metadata.objects import Board, Object
from guanxi.platform.records.filters.words import ICONS
from guanxi.platform.records.grouping import groupable, grouping_of, period_words
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.saved_views import LAYOUTS
from guanxi.platform.records.summary import EVERY_PERIOD
from guanxi.web.components import Option

LAYOUT_ICONS = {
    "table": "table-2",
    "board": "square-kanban",
    "calendar": "calendar",
    "gallery": "layout-grid",
    "map": "map",
}


@dataclass(frozen=True, slots=True)
class Arranging:
    """The switch of layouts, and the menu of what the present one is arranged by.

    label     what it is arranged by now, "" for nothing
    none_url  a table without groups
    periods   of a table that is grouped by days
    """

    layout: str
    layouts: list[Option]
    fields: list[Option]
    field: str
    label: str
    none_url: str
    periods: list[Option]
    period: str


def layouts_of(obj: Object) -> list[str]:
    """The layouts in which the object's records can be shown."""
    fits = {
        "table": True,
        "board": bool(lanes_of_board(obj)),
        "calendar": bool(days_of(obj)),
        "gallery": True,
        "map": bool(places_of(obj)),
    }
    return [name for name in LAYOUTS if fits[name]]


def lanes_of_board(obj: Object) -> list[Field]:
    """The fields whose values can be lanes: those of the declared board first, then every choice.

    On lanes that nobody types (a deal's status) cards stay where they are.
    """
    declared = [obj[obj.board.lanes]] if obj.board else []
    choices = [one for one in obj.fields if isinstance(one, Choice) and one.options and not one.hidden]
    return list(dict.fromkeys([*declared, *sorted(choices, key=lambda one: one.readonly)]))


def with_lanes(obj: Object, name: str) -> Object | None:
    """The object with a board by that field ("" for its own or its first one); None where it has none."""
    found = lanes_of_board(obj)
    field = next((one for one in found if one.name == name), None if name else next(iter(found), None))
    if field is None:
        return None
    if obj.board and obj.board.lanes == field.name:
        return obj
    return replace(obj, board=Board(lanes=field.name, amount=obj.board.amount if obj.board else ""))


def days_of(obj: Object) -> list[Field]:
    """The fields by whose days a calendar can be drawn; those that people set come first."""
    found = [
        one for one in obj.fields if isinstance(one, Date | DateTime) and not one.hidden and one.filterable
    ]
    likely = (obj.closes, obj.starts, obj.due, obj.next_step.due if obj.next_step else "")
    return sorted(found, key=lambda one: (one.name not in likely, one.readonly))


def places_of(obj: Object) -> list[Field]:
    """The fields that say in which province something is: one called so, and addresses."""
    return [
        one
        for one in obj.fields
        if one.filterable
        and not one.hidden
        and ((one.name == "province" and one.type == "text") or one.part("province") is not None)
    ]


def place_of(asked: Asked) -> Field | None:
    """The field by which the map is drawn: the one that was chosen, or the first."""
    found = places_of(asked.obj)
    return next((one for one in found if one.name == asked.arranged), next(iter(found), None))


def arranging_of(asked: Asked) -> Arranging:
    """What the bar over a list offers."""
    obj, layout = asked.obj, asked.layout
    choices = {
        "table": groupable(obj),
        "board": lanes_of_board(obj),
        "calendar": days_of(obj),
        "map": places_of(obj),
    }.get(layout, [])
    grouping = grouping_of(obj, asked.arranged) if layout == "table" and asked.arranged else None
    named = grouping.field.name if grouping else asked.arranged
    chosen = next((one for one in choices if one.name == named), None)
    if chosen is None and layout != "table":
        chosen = next(iter(choices), None)
    names = layouts_of(obj)
    return Arranging(
        layout=layout,
        layouts=[
            Option(one, layout_words(one), icon=LAYOUT_ICONS[one], href=asked.url(layout=one))
            for one in names
        ],
        fields=[
            Option(one.name, str(one.label), icon=ICONS.get(one.type, "type"), href=asked.url(by=one.name))
            for one in choices
        ],
        field=chosen.name if chosen else "",
        label=str(chosen.label) if chosen else "",
        none_url=asked.url(by="") if layout == "table" else "",
        periods=[
            Option(one, period_words(one), href=asked.url(by=f"{grouping.field.name}:{one}"))
            for one in EVERY_PERIOD
        ]
        if grouping and grouping.period
        else [],
        period=grouping.period if grouping else "",
    )


def layout_words(layout: str) -> str:
    return {
        "table": _("Table"),
        "board": _("Board"),
        "calendar": _("Calendar"),
        "gallery": pgettext("layout", "Gallery"),
        "map": pgettext("layout", "Map"),
    }[layout]
