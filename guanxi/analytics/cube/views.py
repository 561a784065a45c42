"""The page of the explorer, its files, and what is kept of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

import xlsxwriter
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.analytics.cube.askable import askable
from guanxi.analytics.cube.cells import cell_menu
from guanxi.analytics.cube.changes import change_of
from guanxi.analytics.cube.charts import chart_of
from guanxi.analytics.cube.defining import definition_of
from guanxi.analytics.cube.fields import WELLS, Chip, chips, plain_choices, rail, rail_of_measures, step
from guanxi.analytics.cube.files import as_parquet, harmless, may_take_out
from guanxi.analytics.cube.pivot import CUBE, address, pivot_of, shown, up
from guanxi.analytics.cube.saving import cubes_of, delete_cube, save_cube
from guanxi.analytics.dashboards.computing import compute_panel
from guanxi.analytics.dashboards.panels import Look, panel_of
from guanxi.analytics.dashboards.printing import draw_panel
from guanxi.analytics.dashboards.saving import dashboards_of
from guanxi.analytics.semantic.answering import Answer, ask, reading_cubes
from guanxi.analytics.semantic.compiling import Plan
from guanxi.analytics.semantic.cubes import MOST_COLUMNS, Cube, read_cube
from guanxi.analytics.semantic.dimensions import dimensions_of
from guanxi.analytics.warehouse.freshness import fresh_words
from guanxi.analytics.warehouse.shape import TYPES
from guanxi.platform.i18n.numbers import format_number
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
from guanxi.web.pages import render_fragment, render_page, toast

FORMS = ("csv", "xlsx", "parquet", "png")


@plain_door("GET")
def explore(request: MemberRequest) -> HttpResponse:
    """A cube as a table, with everything by which it can be made another one; its query is the cube."""
    by = request.actor
    objects = askable(by)
    if not objects:
        raise Refused(_("There is nothing that you may measure."))
    if "cube" in request.GET or "f-field" in request.GET:
        return _filtered(request)
    if "step" in request.GET:
        return _stepped(request)
    if request.GET.get("was") and request.GET["was"] != request.GET.get("object"):
        return HttpResponseRedirect(address(_asked(request, objects)))  # the fields were the other one's
    cube, problem, answer, began = _asked(request, objects), "", None, perf_counter()
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
        "took": format_number(Decimal(str(perf_counter() - began)), digits=2),
        "kept_of": _kept_of(answer, by) if answer else None,
        "here": address(cube),
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
    response = render_page(request, "analytics/cube.html", context, title=title)
    if request.headers.get("HX-Request") and answer:
        response["HX-Push-Url"] = address(cube)  # what was sent has the empty places of the form too
    return response


@plain_door("GET")
def cell(request: MemberRequest) -> HttpResponse:
    """The menu of a cell of `cube`.

    row, column    the filters of its row and column
    depth, across  how many dimensions each of them names
    place          of its measure
    """
    by = request.actor
    try:
        cube = _read(request.GET.get("cube", ""), by)
        row, column = (request.GET.get(name, "") for name in ("row", "column"))
        depth, across, place = (_small(request.GET.get(name, "")) for name in ("depth", "across", "place"))
        menu = cell_menu(cube, row=row, column=column, depth=depth, across=across, place=place, by=by)
    except (FieldError, FilterSyntaxError) as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain; charset=utf-8")
    return render_fragment(request, "analytics/cube_cell.html", {"menu": menu})


@plain_door("GET")
def change(request: MemberRequest) -> HttpResponse:
    """What changed in a cell since then: `cube`, `row`, `column` and `place` as of its menu."""
    by = request.actor
    try:
        cube = _read(request.GET.get("cube", ""), by)
        row, column = (request.GET.get(name, "") for name in ("row", "column"))
        changed = change_of(cube, row=row, column=column, place=_small(request.GET.get("place", "")), by=by)
    except (FieldError, FilterSyntaxError) as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain; charset=utf-8")
    context = {"changed": changed, "fresh": fresh_words(by), "looked": cube.compare or "yoy"}
    return render_page(request, "analytics/cube_change.html", context, title=_("What changed"))


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
        response = HttpResponse(_workbook(rows, _formats(answer)), content_type=_XLSX)
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
        cube = _read(request.POST.get("query", ""), by)
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
    """The rail, the wells with what stands in them, and the selects of how it is shown."""
    dimensions, measures = rail(obj, cube, by), rail_of_measures(obj, cube, by)
    named = chips(asked) if asked else _unread(cube)
    dates = [Option("", _("By the date shown"))] + [
        Option(one.path[0], one.labels[0])
        for one in dimensions_of(obj, by)
        if one.dated and len(one.path) == 1
    ]
    return {
        "rail": [(_("Measures"), measures), (_("Dimensions"), dimensions)],
        "wells": [
            (name, words, named[name], list(plain_choices(offered)), WELLS[name])
            for name, words, offered in (
                ("rows", _("Rows"), dimensions),
                ("columns", _("Columns"), dimensions),
                ("measures", _("Measures"), measures),
            )
        ],
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
            Option(draw, words, icon=icon, href=address(replace(cube, draw=draw)))
            for draw, words, icon in (
                ("", _("Table"), "table-2"),
                ("bars", pgettext("chart", "Bars"), "chart-no-axes-column"),
                ("lines", pgettext("chart", "Lines"), "chart-line"),
            )
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
        bare = _read(request.GET.get("cube", ""), by)
        cube = replace(bare, filter=request.GET.get("filter", "").strip())
        asked = _asked_filter(cube, by)
    except FieldError as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain; charset=utf-8")
    changed = edited_filter(asked, request.GET, by=by)
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


def _kept_of(answer: Answer, by: Actor) -> tuple[str, str] | None:
    """How many records the filter keeps, of how many; None without a filter."""
    cube = answer.plan.cube
    if not cube.filter:
        return None
    bare = Cube(cube.object, as_of=cube.as_of)
    with reading_cubes(by) as reader:
        kept, of = (reader.ask(one).figure((), (), 0) for one in (replace(bare, filter=cube.filter), bare))
    return format_number(int(kept or 0)), format_number(int(of or 0))


def _unread(cube: Cube) -> dict[str, list[Chip]]:
    """The wells of a cube that can't be asked: what stands in them by its name, to be taken out."""
    wells = {"rows": cube.rows, "columns": cube.columns, "measures": cube.measures}
    return {name: [Chip(one, one, "circle-alert", []) for one in held] for name, held in wells.items()}


def _stepped(request: MemberRequest) -> HttpResponse:
    """A field into a well or out of it: leads to the cube with it."""
    try:
        cube = _read(request.GET, request.actor)
        cube = step(cube, request.GET["step"], request.GET.get("before", ""))
    except (FieldError, FilterSyntaxError) as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain; charset=utf-8")
    return HttpResponseRedirect(address(cube))


def _read(given: QueryDict | str, by: Actor) -> Cube:
    """The cube of a query, of an object that the actor may see."""
    cube = read_cube(given)
    if not cube.object:
        raise FieldError("object", _("Say what the cube is of."))
    if not registry.has(cube.object) or not by.may("see", cube.object):
        raise Refused(f"{cube.object}.see")
    return cube


def _small(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 else 0


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


def _formats(answer: Answer) -> list[str]:
    """How a spreadsheet shows each column of the table; "" for the words before the figures."""
    plan = answer.plan
    shared = plan.cube.show.startswith("share")
    each = [
        "0.0%"
        if one.shape == "percent" or (shared and one.adds_up)
        else "#,##0.00"
        if one.shape == "money"
        else ""
        for one in plan.measures
    ]
    return [""] * len(plan.rows) + each * len(answer.columns)


def _workbook(rows: list[list[Any]], formats: list[str]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for place, one in enumerate(formats):
            if one:
                sheet.set_column(place, place, None, book.add_format({"num_format": one}))
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
    return made.getvalue()


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
