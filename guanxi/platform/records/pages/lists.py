"""The list of an object: tabs of views, chips, a table that goes on as it is scrolled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.entries import entries_of_list
from guanxi.platform.records.exporting.formats import formats_for
from guanxi.platform.records.listing import ListPage, count_records, linked_keys, read_rows
from guanxi.platform.records.pages.arranging import arranging_of, layouts_of
from guanxi.platform.records.pages.asked import Asked, read_asked
from guanxi.platform.records.pages.cards import covers, gallery_context
from guanxi.platform.records.pages.dated import dated_context
from guanxi.platform.records.pages.doors import object_door
from guanxi.platform.records.pages.figures import FigureLine, figure_lines, foot_words
from guanxi.platform.records.pages.filtering import (
    chips_of,
    edited_filter,
    editor_of,
    filterable,
    tree_context,
    unread_phrase,
)
from guanxi.platform.records.pages.grouped import group_piece, grouped_context, grouping_asked, is_piece
from guanxi.platform.records.pages.layouts import remembers
from guanxi.platform.records.pages.placed import placed_context
from guanxi.platform.records.pages.rows import PULSE, at_end, draw_rows, with_pulse
from guanxi.platform.records.pages.sorting import sort_sent, sorting_of
from guanxi.platform.records.saved_views import View, card_fields, first_view, pins_of, shared_with, views_of
from guanxi.platform.records.titles import titles_of
from guanxi.web.components import Column, Option, Tab
from guanxi.web.pages import is_htmx, render_fragment, render_page

TEMPLATE = "records/list.html"
VERBS = ("create", "import", "change", "assign", "archive", "delete")
FIRST_ROWS = 30  # more than a screen holds; the rest comes as one scrolls, and drawing it delays the first
NOTHING = ListPage(rows=[], refs={}, after=None)


@object_door("GET")
@remembers("table")
def list_page(request: MemberRequest, obj: Object) -> HttpResponse:
    """The whole list, the rows that follow a cursor, or the count, by what is asked."""
    by = request.actor
    views = views_of(obj, by=by)
    first = first_view(request.member, obj)
    asked = read_asked(obj, views, request.GET, path=f"/{obj.plural}/", by=by, first=first)
    if asked.layout not in layouts_of(obj):  # the field by which it was drawn may have been archived
        asked = replace(asked, layout="table", arranged="")
    if asked.layout == "board" and not is_htmx_piece(request):
        return HttpResponseRedirect(asked.url())
    if changed := edited_filter(asked, request.GET, by=by):
        return HttpResponseRedirect(asked.url(filter=changed, tree=request.GET.get("tree")))
    if "column" in request.GET:
        return HttpResponseRedirect(
            asked.url(columns=_chosen_columns(obj, asked, request.GET.getlist("column")))
        )
    if "key-1" in request.GET:
        return HttpResponseRedirect(asked.url(sort=sort_sent(asked, request.GET)))
    if "count" in request.GET and is_htmx(request):
        return HttpResponse(_all_words(asked, by) if request.GET["count"] == "all" else counted(asked, by=by))
    if "figures" in request.GET and is_htmx_piece(request):
        return render_fragment(request, "records/figures.html", {"figures": _figures(asked, by)})
    grouping = grouping_asked(asked)
    draws_rows = asked.layout in ("table", "gallery") and not grouping
    page, error = _read(asked, by) if draws_rows else (NOTHING, asked.error)
    context = table_context(asked, page, by=by, select=not asked.extra) | {"error": error}
    if grouping and is_piece(request):
        return group_piece(asked, grouping, request, _beside(obj), context)
    if asked.layout == "gallery":
        context |= gallery_context(asked, page, by)
    if is_htmx(request) and asked.after:
        if asked.layout == "gallery":
            return render_fragment(request, "records/gallery_cards.html", context)
        return render_fragment(request, TEMPLATE, context, block="rows")
    try:
        if grouping and not error:
            context |= grouped_context(asked, grouping, request, _beside(obj))
        elif asked.layout == "calendar" and not error:
            context |= dated_context(asked, request)
        elif asked.layout == "map" and not error:
            context |= placed_context(asked, by)
    except FieldError as problem:
        context["error"] = str(problem)
    context |= around(request, asked, views, page)
    title = str(obj.plural_label) if asked.view.key == "all" else f"{asked.view.label} · {obj.plural_label}"
    return render_page(request, TEMPLATE, context, title=title, status=422 if context["error"] else 200)


def table_context(
    asked: Asked, page: ListPage, *, by: Actor, leave_out: Iterable[str] = (), select: bool = True
) -> dict[str, Any]:
    """What the table of a list needs; also for lists within a record page, which leave out a column."""
    obj = asked.obj
    names = [name for name in asked.columns if name != obj.title and name not in set(leave_out)]
    shown = with_pulse(obj, names)
    select = select and by.member_id is not None
    return {
        "obj": obj,
        "asked": asked,
        "columns": _columns(asked, shown),
        "rows": draw_rows(obj, page, shown, by=by, select=select),
        "select": select,
        "more_url": asked.url(after=page.after) if page.after else "",
    }


def counted(asked: Asked, *, by: Actor) -> str:
    """How many there are in all and what the shown columns come to, exactly and in words."""
    try:
        return " · ".join(foot_words(asked, by=by))
    except FieldError:
        return ""


def _all_words(asked: Asked, by: Actor) -> str:
    """How many are meant by all that match, said before something is done to them."""
    try:
        count = count_records(asked.query(), by=by)
    except FieldError:
        return ""
    words = ngettext("The one that matches", "All %(count)s that match", count)
    return str(words % {"count": format_number(count)})


def _figures(asked: Asked, by: Actor) -> list[FigureLine]:
    """Nothing of a list that makes no sense: why stands above it."""
    try:
        return [] if asked.error else figure_lines(asked, by=by)
    except FieldError:
        return []


def _read(asked: Asked, by: Actor) -> tuple[ListPage, str]:
    """A page of the list; an empty one and why, where the filter asks for what can't be."""
    if asked.error:
        return NOTHING, asked.error
    try:
        card = [*card_fields(asked.obj, by), *covers(asked.obj)] if asked.layout == "gallery" else []
        query = asked.query([*_beside(asked.obj), *card])
        rows, after = read_rows(query if asked.after else replace(query, limit=FIRST_ROWS), by=by)
    except FieldError as problem:
        return NOTHING, str(problem)
    shown = [asked.obj[name] for name in dict.fromkeys([*asked.columns, *card])]
    return ListPage(rows=rows, refs=titles_of(linked_keys(shown, rows), by=by), after=after), ""


def _beside(obj: Object) -> list[str]:
    """The owner and team say which rows can be edited, the linked dates what is overdue."""
    return [name for name in ("owner", "team", obj.closed, obj.done) if name in obj.fields_by_name]


def around(request: MemberRequest, asked: Asked, views: Sequence[View], page: ListPage) -> dict[str, Any]:
    """What stands around the table."""
    obj, by = asked.obj, request.actor
    wanted = {"add", "edit"} & set(request.GET)
    return {
        "tabs": [
            Tab(one.label, view_url(obj, one, asked.first), one.key == asked.view.key, icon=one.icon)
            for one in views
        ],
        "arranging": arranging_of(asked),
        "sorting": sorting_of(asked),
        "pinned": any(
            (one["object"], one["view"]) == (obj.name, asked.view.key) for one in pins_of(request.member)
        ),
        "shared": shared_with(asked.view.saved) if asked.view.saved else "",
        "roles": [Option(str(one.pk), str(one)) for one in Role.objects.order_by("pk")]
        if by.administers
        else [],
        "chips": chips_of(asked, page.refs, by=by),
        "editor": editor_of(asked, request.GET, by=by) if wanted else None,
        "fields": filterable(obj),
        "phrase": unread_phrase(asked, request.GET, by=by),
        "tree": tree_context(asked, request.GET, by=by),
        "choosable": [
            (one, one.name in asked.columns) for one in obj.fields if not one.hidden and one.name != obj.title
        ],
        "shares": shares_of(by),
        "count": counted(asked, by=by) if "count" in request.GET else "",
        "count_url": asked.url(count="1"),
        "all_url": asked.url(count="all"),
        "figures": _figures(asked, by) if "figures" in request.GET else None,
        "figures_url": asked.url(figures="1"),
        "may": {verb: by.may(verb, obj.name) for verb in VERBS},
        "formats": formats_for(obj, by=by),
        "ways": entries_of_list(obj, asked.filter_text, "", by),
        "sorts": [_sort_option(asked, obj[name]) for name in asked.columns if obj[name].sortable],
    }


def shares_of(by: Actor) -> list[Option]:
    """With whom a member may share a view."""
    found = [Option("", _("Only me"))]
    if by.team_id:
        found.append(Option("team", _("My team")))
    if by.administers:
        found.append(Option("all", _("Everybody")))
    return found


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
        numeric=at_end(field),
        classes=classes,
    )


def _sort_option(asked: Asked, field: Field) -> Option:
    current = asked.sort.split(",")[0].lstrip("-") == field.name
    return Option(field.name if current else "", str(field.label), href=asked.sorted_by(field.name))


def _chosen_columns(obj: Object, asked: Asked, names: Sequence[str]) -> tuple[str, ...]:
    """The columns that stay keep their places, new ones follow."""
    wanted = set(names) | {obj.title}
    kept = [name for name in asked.columns if name in wanted]
    return tuple(dict.fromkeys([*kept, *(one.name for one in obj.fields if one.name in wanted)]))


def view_url(obj: Object, view: View, first: str = "all") -> str:
    """The list with this view, in its layout."""
    said = "" if {view.key, first} == {"all"} else view.key
    return with_query(f"/{obj.plural}/board/" if view.layout == "board" else f"/{obj.plural}/", view=said)


def is_htmx_piece(request: MemberRequest) -> bool:
    """Whether a part of the page is asked for, not the page."""
    return is_htmx(request) and request.headers.get("HX-Target") not in (None, "main")


def linked_objects(obj: Object, *, by: Actor) -> list[tuple[Object, list[Field]]]:
    """Objects that link to this one, its parts first, and by which fields, as the actor sees them."""
    found = []
    for other in (as_seen(one, by) for one in registry.objects()):
        fields = list(other.linking.get(obj.name, ()))
        if other.part_of:
            fields = [one for one in fields if one.name == other.part_of]
        if fields and (other.group or other.part_of):
            found.append((other, fields))
    return sorted(found, key=lambda one: not one[0].part_of)
