"""The page of the explorer, its files, and what is kept of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import xlsxwriter
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.analytics.cube.askable import askable
from guanxi.analytics.cube.charts import chart_of
from guanxi.analytics.cube.defining import definition_of
from guanxi.analytics.cube.files import as_parquet, harmless, may_take_out
from guanxi.analytics.cube.pivot import CUBE, address, pivot_of, shown, up
from guanxi.analytics.cube.saving import cubes_of, delete_cube, save_cube
from guanxi.analytics.dashboards.computing import compute_panel
from guanxi.analytics.dashboards.panels import Look, panel_of
from guanxi.analytics.dashboards.printing import draw_panel
from guanxi.analytics.dashboards.saving import dashboards_of
from guanxi.analytics.semantic.answering import Answer, ask
from guanxi.analytics.semantic.compiling import Plan
from guanxi.analytics.semantic.cubes import MOST_COLUMNS, MOST_ROWS, Cube, read_cube
from guanxi.analytics.semantic.dimensions import LEVELS, TREE, dimensions_of
from guanxi.analytics.semantic.measures import measures_of
from guanxi.analytics.warehouse.freshness import fresh_words
from guanxi.analytics.warehouse.shape import TYPES
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.metadata.shaping import may_shape
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.filters import FilterSyntaxError, print_filter
from guanxi.platform.records.pages.asked import Asked, read_asked
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.filtering import (
    chips_of,
    edited_filter,
    editor_of,
    filterable,
    tree_context,
)
from guanxi.platform.records.saved_views import View
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

SHOWN_MEASURES = 4
FORMS = ("csv", "xlsx", "parquet", "png")


@plain_door("GET")
def explore(request: MemberRequest) -> HttpResponse:
    """A cube as a table, with everything by which it can be made another one; its query is the cube."""
    by = request.actor
    objects = askable(by)
    if not objects:
        raise Refused("nothing to measure")
    if "cube" in request.GET or "f-field" in request.GET:
        return _filtered(request)
    cube, problem, answer = _asked(request, objects), "", None
    try:
        cube = read_cube(request.GET) if "object" in request.GET else cube
        if cube.object not in {one.name for one in objects}:
            raise Refused(f"{cube.object}.see")
        answer = ask(cube, by)
    except (FieldError, FilterSyntaxError) as error:
        problem = str(error)
        cube = replace(
            cube, object=cube.object if cube.object in {one.name for one in objects} else objects[0].name
        )
    obj = registry.get(cube.object)
    saved = list(cubes_of(by)[:50])
    title = next((one.name for one in saved if one.query == cube.query), "") or _("Cube")
    context = {
        "cube": cube,
        "obj": obj,
        "problem": problem,
        "answer": answer,
        "pivot": pivot_of(answer, by) if answer else None,
        "objects": [Option(one.name, str(one.plural_label)) for one in objects],
        "saved": [(one, f"{CUBE}?{one.query}", one.belongs_to(by)) for one in saved],
        "fresh": fresh_words(by),
        "swapped": _swapped(cube),
        "up": up(answer.plan, by) if answer else "",
        "exports": [(form.upper(), f"{CUBE}export.{form}?{cube.query}") for form in FORMS],
        "chart": chart_of(answer, cube.draw, by, wide=1040) if answer and cube.draw else None,
        "chart_narrow": chart_of(answer, cube.draw, by, wide=360) if answer and cube.draw else None,
        "definitions": [(one.label, definition_of(answer, one, by)) for one in answer.plan.measures]
        if answer
        else [],
        "boards": [one for one in dashboards_of(by)[:50] if one.belongs_to(by)],
        **_filtering(request, cube, by),
        "may_export": may_take_out(obj, by),
        "as_metric": _as_metric(answer) if answer and may_shape(by) else "",
        "administers": by.administers,
        **_choices(obj, cube, answer.plan if answer else None, by),
    }
    return render_page(request, "analytics/cube.html", context, title=title)


@plain_door("GET")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """The figures as CSV or XLSX, for who may take the object's records out."""
    by = request.actor
    try:
        cube = read_cube(request.GET)
        obj = registry.get(cube.object)
        if not may_take_out(obj, by):
            raise Refused(f"{obj.name}.export")
        answer = ask(cube, by)
    except (FieldError, FilterSyntaxError, KeyError) as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain; charset=utf-8")
    rows = list(_table(answer))
    response: HttpResponse
    if form == "parquet":
        response = HttpResponse(as_parquet(answer), content_type="application/vnd.apache.parquet")
    elif form == "png":
        shown = compute_panel(
            panel_of(replace(cube, draw=cube.draw or "bars")), 0, Look("", cube.compare), by
        )
        response = HttpResponse(draw_panel(shown, by), content_type="image/png")
    elif form == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([[harmless(one) for one in row] for row in rows])
        response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        response = HttpResponse(_workbook(rows), content_type=_XLSX)
    else:
        raise Http404
    response["Content-Disposition"] = (
        content_disposition_header(True, f"{obj.plural_label}.{form}") or "attachment"
    )
    return response


@plain_door("POST")
def keep(request: MemberRequest) -> HttpResponse:
    """Keep a cube under a name (`query`, `name`, `shared`)."""
    by = request.actor
    try:
        cube = read_cube(request.POST.get("query", ""))
        if not registry.has(cube.object) or not by.may("see", cube.object):
            raise Refused(f"{cube.object}.see")
        save_cube(cube, name=request.POST.get("name", ""), shared=request.POST.get("shared", ""), by=by)
    except (FieldError, FilterSyntaxError) as problem:
        return HttpResponse(str(problem), status=422, content_type="text/plain; charset=utf-8")
    return toast(HttpResponseRedirect(address(cube)), _("Saved"))


@plain_door("POST")
def forget(request: MemberRequest, cube_id: int) -> HttpResponse:
    """Take a kept cube away."""
    delete_cube(cube_id, by=request.actor)
    return toast(HttpResponseRedirect(CUBE), _("The cube is deleted"))


def _asked(request: MemberRequest, objects: list[Object]) -> Cube:
    """What is shown to who has not asked for anything yet."""
    name = request.GET.get("object") or objects[0].name
    obj = next((one for one in objects if one.name == name), objects[0])
    rows = ("owner",) if obj.owned else ()
    date = obj.closes if obj.closes in obj.fields_by_name else "created_at"
    return Cube(obj.name, rows, (f"{date}:quarter",), ("count",))


def _choices(obj: Object, cube: Cube, asked: Plan | None, by: Actor) -> dict[str, Any]:
    """The selects of the wells, each with what stands in it and one empty place more."""
    offered: list[Option] = []
    for one in dimensions_of(obj, by):
        levels = LEVELS if one.dated else TREE if one.field.type == "team" else {}
        words = " › ".join(one.labels)
        if not one.dated:
            offered.append(Option(".".join(one.path), words))
        offered += [
            Option(f"{'.'.join(one.path)}:{key}", f"{words} · {label}") for key, label in levels.items()
        ]
    measured = [Option(one.text, one.label) for one in measures_of(obj, by)]
    named = {one.value for one in measured}
    measured += (
        [Option(one.text, one.label) for one in asked.measures if one.text not in named] if asked else []
    )
    known = {one.value for one in offered}
    offered += (
        [Option(one.text, one.label) for one in asked.dimensions if one.text not in known] if asked else []
    )
    dates = [Option("", _("By the date shown"))] + [
        Option(one.path[0], one.labels[0])
        for one in dimensions_of(obj, by)
        if one.dated and len(one.path) == 1
    ]
    return {
        "dimensions": offered,
        "measured": measured,
        "row_places": _places(cube.rows, MOST_ROWS),
        "column_places": _places(cube.columns, MOST_COLUMNS),
        "measure_places": _places(cube.measures or ("count",), SHOWN_MEASURES),
        "dates": dates,
        "compares": [
            Option("", _("With nothing")),
            Option("yoy", _("With a year before")),
            Option("workdays", _("With a year before, same working days")),
            Option("festival", _("With a year before, by Spring Festival")),
            Option("qoq", _("With a quarter before")),
            Option("mom", _("With a month before")),
        ],
        "histories": [
            Option("", _("As it is now")),
            Option("then", _("As it was then")),
        ],
        "draws": [
            Option("", _("Table alone")),
            Option("bars", pgettext("chart", "Bars")),
            Option("lines", pgettext("chart", "Lines")),
        ],
        "shows": [
            Option("", _("Figures")),
            Option("share", _("Share of all")),
            Option("share_row", _("Share of the row")),
            Option("share_parent", _("Share of the one above")),
            Option("running", _("Running sum")),
            Option("difference", _("Difference to the one before")),
        ],
        "tops": [Option("0", _("All rows"))]
        + [Option(str(one), _("First %(count)s") % {"count": one}) for one in (3, 5, 10, 20)],
    }


def _filtering(request: MemberRequest, cube: Cube, by: Actor) -> dict[str, Any]:
    """The filter as chips, with the form that makes or changes one: those of every list."""
    asked = _asked_filter(cube, by)
    return {
        "asked": asked,
        "chips": chips_of(asked, {}, by=by) if not asked.error else [],
        "filter_fields": filterable(asked.obj),
    }


def _asked_filter(cube: Cube, by: Actor) -> Asked:
    obj = registry.get(cube.object)
    held = tuple(one for one in as_seen(obj, by).fields if one.type in TYPES)
    bare = replace(cube, filter="")
    query = QueryDict(mutable=True)
    query["filter"] = cube.filter
    nothing = View(key="all", label=_("All"))
    found = read_asked(replace(obj, fields=held), [nothing], query, path=CUBE, by=by)
    return replace(found, extra=(("cube", bare.query),))


def _filtered(request: MemberRequest) -> HttpResponse:
    """A step of putting the filter together: `cube` is all but it. What is done leads back to the cube."""
    by = request.actor
    try:
        bare = read_cube(request.GET.get("cube", ""))
        if not registry.has(bare.object) or not by.may("see", bare.object):
            raise Refused(f"{bare.object}.see")
        cube = replace(bare, filter=request.GET.get("filter", "").strip())
        asked = _asked_filter(cube, by)
    except FieldError as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain; charset=utf-8")
    changed = edited_filter(asked, request.GET)
    if changed is not None and "tree" in request.GET:
        return HttpResponseRedirect(asked.url(filter=changed, tree="1"))
    if changed is not None:
        return HttpResponseRedirect(address(replace(cube, filter=print_filter(changed))))
    steps = {"add", "edit", "tree", "into", "beside"} & set(request.GET)
    if not steps:
        return HttpResponseRedirect(address(cube))
    context = {
        "asked": asked,
        "obj": asked.obj,
        "chips": chips_of(asked, {}, by=by) if not asked.error else [],
        "editor": editor_of(asked, request.GET, by=by) if {"add", "edit"} & set(request.GET) else None,
        "tree": tree_context(asked, request.GET, by=by),
        "back": address(cube),
        "filter_fields": filterable(asked.obj),
    }
    return render_page(request, "analytics/cube_filter.html", context, title=_("Filter"))


def _places(taken: tuple[str, ...], most: int) -> list[str]:
    return [*taken, ""][:most]


def _swapped(cube: Cube) -> str:
    """Rows for columns; more rows than a table has columns stay rows."""
    if len(cube.rows) > MOST_COLUMNS:
        return ""
    return address(replace(cube, rows=cube.columns, columns=cube.rows))


def _as_metric(answer: Answer) -> str:
    """The form of a metric that counts what the first measure does, of the records of the cube."""
    cube, first = answer.plan.cube, answer.plan.measures[0]
    if first.kind in ("rate", "ratio") or first.text.startswith("metric:"):
        return ""
    dated = next((one.path[0] for one in answer.plan.dimensions if one.dated and len(one.path) == 1), "")
    return with_query(
        "/settings/metrics/",
        new="1",
        object=cube.object,
        aggregate=first.kind,
        formula=".".join(first.path),
        filter=cube.filter,
        date=dated or "created_at",
    )


def _table(answer: Answer) -> Iterator[list[Any]]:
    plan = answer.plan
    heads = [one.label for one in plan.rows]
    first = len(plan.rows)
    for key in answer.columns:
        words = " › ".join(answer.label(first + place, value) for place, value in enumerate(key)) or _(
            "Total"
        )
        heads += [f"{words} · {one.label}" for one in plan.measures]
    yield heads
    for row in answer.rows:
        labels = [answer.label(place, value) for place, value in enumerate(row)]
        if len(labels) < first:
            labels += [_("Total")] + [""] * (first - len(labels) - 1)
        figures = [
            shown(answer, row, key, index) for key in answer.columns for index in range(len(plan.measures))
        ]
        yield [*labels, *(None if one is None else float(one) for one in figures)]


def _workbook(rows: list[list[Any]]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
    return made.getvalue()


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
