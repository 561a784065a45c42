"""The list of an object: tabs of views, chips, a table that goes on as it is scrolled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from markupsafe import Markup

from guanxi.platform.i18n.money import format_money
from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor, Reach
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field, Money
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import reaches
from guanxi.platform.records.addresses import list_url, record_url
from guanxi.platform.records.cells import EDITED_IN_PLACE, Cells, raw_value, sign
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.listing import ListPage, Row, linked_keys, read_rows
from guanxi.platform.records.pages.asked import Asked, read_asked
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.filtering import chips_of, edited_filter, editor_of, filterable
from guanxi.platform.records.pulses import pulses_for
from guanxi.platform.records.saved_views import View, views_of
from guanxi.platform.records.summary import Group, summarise
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Column, Option, Pulse, Tab
from guanxi.web.jinja import attrs
from guanxi.web.pages import is_htmx, render_fragment, render_page

TEMPLATE = "records/list.html"
PULSE = "pulse"  # the name of the column that is no field


@dataclass(frozen=True, slots=True)
class Cell:
    """One `td`: its attributes and what is in it."""

    attrs: Markup
    html: Markup
    pulse: Pulse | None = None


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the template draws it."""

    id: int
    version: int
    title: str
    head: Markup
    peek: str
    cells: list[Cell]


@object_door("GET")
def list_page(request: MemberRequest, obj: Object) -> HttpResponse:
    """The whole list, the rows that follow a cursor, or the count, by what is asked."""
    by = request.actor
    views = views_of(obj, by=by)
    asked = read_asked(obj, views, request.GET, path=f"/{obj.plural}/", by=by)
    if changed := edited_filter(asked, request.GET):
        return HttpResponseRedirect(asked.url(filter=changed))
    if "column" in request.GET:
        return HttpResponseRedirect(
            asked.url(columns=_chosen_columns(obj, asked, request.GET.getlist("column")))
        )
    if "count" in request.GET and is_htmx(request):
        return HttpResponse(counted(asked, by=by))
    page, error = _read(asked, by)
    context = table_context(asked, page, by=by, select=not asked.extra) | {"error": error or asked.error}
    if is_htmx(request) and asked.after:
        return render_fragment(request, TEMPLATE, context, block="rows")
    context |= _around(request, asked, views, page)
    title = str(obj.plural_label) if asked.view.key == "all" else f"{asked.view.label} · {obj.plural_label}"
    return render_page(request, TEMPLATE, context, title=title, status=422 if context["error"] else 200)


def table_context(
    asked: Asked, page: ListPage, *, by: Actor, leave_out: Iterable[str] = (), select: bool = True
) -> dict[str, Any]:
    """What the table of a list needs; also for lists within a record page, which leave out a column."""
    obj = asked.obj
    names = [name for name in asked.columns if name != obj.title and name not in set(leave_out)]
    shown = _with_pulse(obj, names)
    rows = _row_views(asked, page, shown, by)
    return {
        "obj": obj,
        "asked": asked,
        "columns": _columns(asked, shown),
        "rows": rows,
        "select": select and by.member_id is not None,
        "more_url": asked.url(after=page.after) if page.after else "",
    }


def counted(asked: Asked, *, by: Actor) -> str:
    """How many there are in all and what the shown columns that add up come to, exactly and in words."""
    summed = [asked.obj[name] for name in asked.columns if asked.obj[name].adds_up]
    try:
        [whole] = summarise(asked.query(), by=by, sums=[one.name for one in summed])
    except FieldError:
        return ""
    said = [_("%(number)s in all") % {"number": format_number(whole.count)}]
    said += [f"{one.label} {_total(one, whole, by)}" for one in summed if whole.count]
    return " · ".join(said)


def _total(field: Field, whole: Group, by: Actor) -> str:
    """One sum; amounts that have no rate yet can't be in it, and it says how many those are."""
    total, unpriced = whole.sums[field.name], whole.unpriced[field.name]
    if not isinstance(field, Money):
        return format_number(total)
    said = format_money(total, by.currency)
    if not unpriced:
        return said
    return _("%(total)s (without %(count)s that have no exchange rate)") % {
        "total": said,
        "count": format_number(unpriced),
    }


def _read(asked: Asked, by: Actor) -> tuple[ListPage, str]:
    """A page of the list; an empty one and why, where the filter asks for what can't be."""
    nothing = ListPage(rows=[], refs={}, after=None)
    if asked.error:
        return nothing, asked.error
    # The owner and team say which rows can be edited, the linked dates what is overdue.
    beside = [
        name
        for name in ("owner", "team", asked.obj.closed, asked.obj.done)
        if name in asked.obj.fields_by_name
    ]
    try:
        rows, after = read_rows(asked.query(beside), by=by)
    except FieldError as problem:
        return nothing, str(problem)
    shown = [asked.obj[name] for name in asked.columns]
    return ListPage(rows=rows, refs=titles_of(linked_keys(shown, rows), by=by), after=after), ""


def _around(request: MemberRequest, asked: Asked, views: Sequence[View], page: ListPage) -> dict[str, Any]:
    """What stands around the table."""
    obj, by = asked.obj, request.actor
    wanted = {"add", "edit"} & set(request.GET)
    return {
        "tabs": [
            Tab(one.label, list_url(obj, view=_key(one)), one.key == asked.view.key, icon=one.icon)
            for one in views
        ],
        "chips": chips_of(asked, page.refs, by=by),
        "editor": editor_of(asked, request.GET, by=by) if wanted else None,
        "fields": filterable(obj),
        "choosable": [
            (one, one.name in asked.columns) for one in obj.fields if not one.hidden and one.name != obj.title
        ],
        "shares": _shares(by),
        "count": counted(asked, by=by) if "count" in request.GET else "",
        "count_url": asked.url(count="1"),
        "may": {verb: by.may(verb, obj.name) for verb in ("create", "change", "assign", "archive", "export")},
        "sorts": [_sort_option(asked, obj[name]) for name in asked.columns if obj[name].sortable],
        "board_url": f"/{obj.plural}/board/" if obj.board else "",
    }


def _shares(by: Actor) -> list[Option]:
    """With whom a member may share a view."""
    found = [Option("", _("Only me"))]
    if by.team_id:
        found.append(Option("team", _("My team")))
    if by.administers:
        found.append(Option("all", _("Everybody")))
    return found


def _with_pulse(obj: Object, names: list[str]) -> list[str]:
    """The pulse stands before the last contact that it explains."""
    if "last_touch_at" not in names:
        return names
    at = names.index("last_touch_at")
    return [*names[:at], PULSE, *names[at:]]


def _columns(asked: Asked, shown: Sequence[str]) -> list[Column]:
    obj = asked.obj
    heads = [_head(asked, obj.title_field, "pin pin-2")]
    for name in shown:
        if name == PULSE:
            heads.append(Column(PULSE, _("Traffic, 26 weeks")))
        else:
            heads.append(_head(asked, obj[name]))
    return heads


def _head(asked: Asked, field: Field, classes: str = "") -> Column:
    name = field.name
    sorted_by = asked.sort.split(",")[0]
    return Column(
        name,
        str(field.label),
        sort="descending" if sorted_by == f"-{name}" else "ascending" if sorted_by == name else "",
        href=asked.sorted_by(name) if field.sortable else "",
        numeric=_at_end(field),
        classes=classes,
    )


def _sort_option(asked: Asked, field: Field) -> Option:
    current = asked.sort.split(",")[0].lstrip("-") == field.name
    return Option(field.name if current else "", str(field.label), href=asked.sorted_by(field.name))


def _at_end(field: Field) -> bool:
    return field.align == "end" or field.name == "last_touch_at"


def _row_views(asked: Asked, page: ListPage, shown: Sequence[str], by: Actor) -> list[RowView]:
    obj = asked.obj
    cells = Cells(obj, refs=page.refs, context=field_context(by))
    pulses = pulses_for(obj.name, [row.id for row in page.rows]) if PULSE in shown else {}
    draw = [
        _cell_drawer(obj, name, cells, place) for place, name in zip(_folds(obj, shown), shown, strict=True)
    ]
    return [_row_view(obj, row, draw, pulses, by) for row in page.rows]


def _row_view(obj: Object, row: Row, draw: Sequence[Any], pulses: Mapping[int, Pulse], by: Actor) -> RowView:
    title = str(row.values[obj.title] or _("Without a name"))
    editable = _row_editable(obj, row, by)
    head = Markup('<a class="who" href="{}">{}<span>{}</span></a>').format(
        record_url(obj, row.id), sign(obj, title, row.id), title
    )
    return RowView(
        id=row.id,
        version=row.version,
        title=title,
        head=head,
        peek=record_url(obj, row.id, "peek"),
        cells=[one(row, pulses, editable) for one in draw],
    )


def _cell_drawer(obj: Object, name: str, cells: Cells, place: str) -> Any:
    """A function from row to cell, made once per column."""
    if name == PULSE:
        fixed = attrs({"class": "fold-end"})
        return lambda row, pulses, editable: Cell(fixed, Markup(""), pulses.get(row.id))
    field = obj[name]
    show = cells.renderer(field)
    classes = " ".join(one for one in ("n" if _at_end(field) else "", place) if one) or None
    fixed = attrs({"class": classes})

    def draw(row: Row, pulses: Mapping[int, Pulse], editable: bool) -> Cell:
        value = row.values[name]
        html = show(value, row.values)
        if not editable or field.readonly:
            return Cell(fixed, html)
        return Cell(fixed + edit_attrs(obj, row.id, field, value, "cells"), html)

    return draw


def cell_attrs(obj: Object, record_id: int, field: Field, value: Any) -> Markup:
    """The attributes of a single cell that is drawn again after an edit."""
    shown = _with_pulse(obj, [name for name in obj.columns if name != obj.title])
    places = dict(zip(shown, _folds(obj, shown), strict=True))
    classes = " ".join(one for one in ("n" if _at_end(field) else "", places.get(field.name, "")) if one)
    return attrs({"class": classes or None}) + edit_attrs(obj, record_id, field, value, "cells")


def edit_attrs(obj: Object, record_id: int, field: Field, value: Any, shape: str) -> Markup:
    """What makes a cell (shape "cells") or a fact ("fields") editable in place (docs/subsystems/web.md)."""
    simple = EDITED_IN_PLACE.get(field.type)
    return attrs(
        {
            "data-edit": record_url(obj, record_id, shape, field.name),
            "data-name": field.name,
            "data-value": raw_value(field, value) if simple not in (None, "select") else None,
            "data-type": simple if simple != "select" else None,
            "data-label": str(field.label),
            "tabindex": "-1",
        }
    )


def _row_editable(obj: Object, row: Row, by: Actor) -> bool:
    if not by.may("change", obj.name):
        return False
    if not obj.owned or by.reach(obj.name, "edit") == Reach.ALL:
        return True
    values = row.values
    at_hand = SimpleNamespace(workspace_id=by.workspace_id, owner_id=values["owner"], team_id=values["team"])
    return reaches(obj, at_hand, by, access="edit")


def _folds(obj: Object, shown: Sequence[str]) -> list[str]:
    """Which cells a narrow table keeps: a second line, something at the end, and a note under it."""
    links = [name for name in shown if name != PULSE and obj[name].type in ("link", "about", "choice")]
    ends = (
        [PULSE] if PULSE in shown else [name for name in shown if name != PULSE and obj[name].align == "end"]
    )
    notes = [name for name in shown if name != PULSE and obj[name].type in ("datetime", "date")]
    notes.sort(key=lambda name: name != "last_touch_at")
    found = {notes[0]: "fold-note"} if notes else {}
    found |= {ends[0]: "fold-end"} if ends else {}
    found |= {links[0]: "fold-2"} if links else {}
    return [found.get(name, "") for name in shown]


def _chosen_columns(obj: Object, asked: Asked, names: Sequence[str]) -> tuple[str, ...]:
    """The columns that stay keep their places, new ones follow."""
    wanted = set(names) | {obj.title}
    kept = [name for name in asked.columns if name in wanted]
    return tuple(dict.fromkeys([*kept, *(one.name for one in obj.fields if one.name in wanted)]))


def _key(view: View) -> str:
    return "" if view.key == "all" else view.key


def linked_objects(obj: Object) -> list[tuple[Object, list[Field]]]:
    """Objects that link to this one, each with the fields by which it does."""
    found = []
    for other in registry.objects():
        fields = [one for one in other.fields if one.type == "link" and getattr(one, "to", "") == obj.name]
        if fields and other.group:
            found.append((other, fields))
    return found
