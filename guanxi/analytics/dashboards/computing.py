"""A panel for whoever looks: the headline is what was found, the drawing and the figures are its proof."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from guanxi.analytics.cube.charts import (
    Bar,
    bars_of,
    chart_of,
    draw_spark,
    lines_of,
    short,
    standalone,
    then_words,
)
from guanxi.analytics.cube.defining import date_of, definition_of
from guanxi.analytics.cube.pivot import Pivot, address, change_words, pivot_of
from guanxi.analytics.dashboards.panels import Look, Panel, period_label
from guanxi.analytics.semantic.answering import Answer, Figure, Reader, reading_cubes
from guanxi.analytics.semantic.compiling import Plan, fiscal_month, plan_of
from guanxi.analytics.semantic.cubes import Cube, read_cube
from guanxi.platform.i18n.numbers import format_percent
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, Refused
from guanxi.platform.records.filters import (
    All,
    Condition,
    Filter,
    FilterSyntaxError,
    parse_filter,
    print_filter,
)

# How wide a drawing is for each width of a panel, so that its words are as large everywhere.
_DRAWN = {4: 372, 6: 560, 8: 812, 12: 1240}
_FINE = {"this_month": "day", "last_month": "day", "this_quarter": "week", "last_quarter": "week"}
_MUCH = 0.1  # a change that is worth a headline


@dataclass(frozen=True, slots=True)
class Kpi:
    """One number: how it changed (`change_words`), how it went."""

    label: str
    text: str
    change: str
    up: bool | None
    spark: Markup
    href: str
    definition: list[tuple[str, str]]


@dataclass(slots=True)
class Shown:
    """A panel to be drawn. `problem`: why it shows nothing; `objects`: what it is to be asked anew for."""

    panel: Panel
    place: int
    headline: str = ""
    sub: str = ""
    chart: Markup | None = None
    pivot: Pivot | None = None
    answer: Answer | None = None
    kpis: list[Kpi] = field(default_factory=list)
    definition: list[tuple[str, str]] = field(default_factory=list)
    href: str = ""
    problem: str = ""
    objects: tuple[str, ...] = ()


def compute_panel(panel: Panel, place: int, look: Look, by: Actor) -> Shown:
    """The panel with the figures of what the actor may see."""
    with reading_cubes(by) as reader:
        return _compute(panel, place, look, reader)


def _compute(panel: Panel, place: int, look: Look, reader: Reader) -> Shown:
    by = reader.by
    shown = Shown(panel, place)
    try:
        cubes = [read_cube(one) for one in panel.cubes]
        shown.objects = tuple(dict.fromkeys(cube.object for cube in cubes if registry.has(cube.object)))
        if panel.draw == "figures":
            shown.kpis = [_kpi(cube, look, reader) for cube in cubes]
        else:
            _fill(shown, looked_at(cubes[0], look, by, draw=panel.draw), look, reader)
    except (FieldError, FilterSyntaxError, Refused, KeyError):
        shown.problem = _("This is made of what you may not see, or of what is not there any more.")
    return shown


def looked_at(cube: Cube, look: Look, by: Actor, *, draw: str = "") -> Cube:
    """A cube as a dashboard looks at it: in its time, compared, of one team. What has no date stays."""
    if not registry.has(cube.object) or not by.may("see", cube.object):
        raise Refused(f"{cube.object}.see")
    obj, plan = registry.get(cube.object), plan_of(cube, by)
    more: list[Filter] = []
    date = cube_date(plan)
    if date and look.period:
        fiscal = fiscal_month(by.workspace_id) if look.period.endswith("year") else 1
        first, last = look.span(timezone.localdate(), fiscal)
        more.append(Condition(date, "between", [first.isoformat(), last.isoformat()]))
    if look.team and "team" in obj.fields_by_name:
        more.append(Condition("team", "below", str(look.team)))
    known = parse_filter(cube.filter) if cube.filter else All()
    parts = known.parts if isinstance(known, All) else (known,)
    text = print_filter(All((*parts, *more))) if more or cube.filter else ""
    fine = _FINE.get(look.period, "month")
    columns = tuple(
        f"{one.partition(':')[0]}:{fine}" if draw == "lines" and one.endswith(":month") else one
        for one in cube.columns
    )
    return replace(
        cube, columns=columns, filter=text, date=date, compare=look.compare if date else "", draw=""
    )


def cube_date(plan: Plan) -> str:
    """The date by which a cube belongs to a time: what it says, or its metric, or what it is grouped by."""
    if plan.cube.date:
        return plan.cube.date.partition(":")[0]
    found = next((date_of(one) for one in plan.measures if date_of(one)), "")
    dated = next((one for one in (*plan.columns, *plan.rows) if one.dated and one.level != "weekday"), None)
    return found or (".".join(dated.path) if dated else "")


def _fill(shown: Shown, cube: Cube, look: Look, reader: Reader) -> None:
    by = reader.by
    answer = reader.ask(cube)
    measure = answer.plan.measures[0]
    shown.answer, shown.href = (
        answer,
        address(replace(cube, draw="" if shown.panel.draw == "table" else shown.panel.draw)),
    )
    shown.definition = definition_of(answer, measure, by)
    if answer.figure((), (), 0) is None:
        shown.headline, shown.sub = measure.label, _about(answer, look)
        return
    shown.headline, shown.sub = headline_of(answer, shown.panel.draw, by), _about(answer, look)
    if shown.panel.draw == "table":
        shown.pivot = pivot_of(answer, by)
    else:
        shown.chart = chart_of(answer, shown.panel.draw, by, wide=_DRAWN[shown.panel.width])


def headline_of(answer: Answer, draw: str, by: Actor) -> str:
    """What was found, as a sentence."""
    measure = answer.plan.measures[0]
    if draw != "lines" and answer.plan.dimensions:
        bars = bars_of(answer, by)
        if bars and not (answer.plan.rows or answer.plan.columns)[0].dated:
            return _said_of_bars(answer, bars, by)
    total = answer.figure((), (), 0)
    figure = short(total or 0, measure, by.currency)
    change = answer.change((), (), 0)
    then = then_words(answer.plan.cube.compare)
    if change is None or not then:
        return _("%(measure)s: %(figure)s") % {"measure": measure.label, "figure": figure}
    words = {
        "measure": measure.label,
        "figure": figure,
        "share": format_percent(abs(change)),
        "then": then[:1].lower() + then[1:],
    }
    if abs(change) < 0.005:
        return _("%(measure)s %(figure)s, as much as %(then)s") % words
    if change > 0:
        return _("%(measure)s %(figure)s, %(share)s more than %(then)s") % words
    return _("%(measure)s %(figure)s, %(share)s less than %(then)s") % words


def _said_of_bars(answer: Answer, bars: list[Bar], by: Actor) -> str:
    measure = answer.plan.measures[0]
    first = max(bars, key=lambda one: one.value)
    figure = short(first.value, measure, by.currency)
    grown = [(one.value - one.then) / one.then for one in bars if one.then and one.then > 0]
    fastest = max((one for one in bars if one.then and one.then > 0), key=_growth, default=None)
    if fastest is not None and fastest is not first and len(grown) > 1 and _growth(fastest) > _MUCH:
        return _("%(grown)s grew the most, %(first)s is the largest with %(figure)s") % {
            "grown": fastest.label,
            "first": first.label,
            "figure": figure,
        }
    total = answer.figure((), (), 0)
    if measure.adds_up and total and len(bars) > 1:
        return _("%(first)s leads with %(figure)s, %(share)s of all") % {
            "first": first.label,
            "figure": figure,
            "share": format_percent(first.value / float(total)),
        }
    return _("%(first)s leads with %(figure)s") % {"first": first.label, "figure": figure}


def _growth(bar: Bar) -> float:
    return (bar.value - (bar.then or 0)) / (bar.then or 1)


def _about(answer: Answer, look: Look) -> str:
    """Measure, by what, in which time, and what grey means."""
    cube, plan = answer.plan.cube, answer.plan
    words = [plan.measures[0].label]
    words += [one.label for one in (*plan.rows[:1], *plan.columns[:1])]
    if cube.date and look.period:
        words.append(period_label(look.period))
    if any(one[0] for one in answer.before.values()):
        then = then_words(cube.compare)
        words.append(_("grey: %(then)s") % {"then": then[:1].lower() + then[1:]})
    return " · ".join(words)


def _kpi(cube: Cube, look: Look, reader: Reader) -> Kpi:
    by = reader.by
    cube = looked_at(cube, look, by, draw="lines")
    if cube.date and not cube.columns:
        cube = replace(cube, columns=(f"{cube.date}:{_FINE.get(look.period, 'month')}",))
    answer = reader.ask(cube)
    measure = answer.plan.measures[0]
    total: Figure = answer.figure((), (), 0)
    change, up = change_words(answer.change((), (), 0), measure)
    _periods, lines, _then = lines_of(answer)
    return Kpi(
        label=measure.label,
        text=short(total or 0, measure, by.currency) if total is not None else "–",
        change=change,
        up=up,
        spark=draw_spark(lines[0].values) if lines else Markup(""),
        href=address(cube),
        definition=definition_of(answer, measure, by),
    )


def compute(panels: list[Panel], look: Look, by: Actor) -> list[Shown]:
    """All panels, in their order."""
    with reading_cubes(by) as reader:
        return [_compute(panel, place, look, reader) for place, panel in enumerate(panels)]


def as_paper(shown: Shown, *, red_up: bool) -> dict[str, Any]:
    """A panel as the PDF has it; `red_up`: more is red, as in China."""
    rows: list[list[str]] = []
    if shown.pivot is not None and shown.answer is not None:
        heads = [one.label for one in shown.pivot.heads]
        rows = [["", *heads]] if len(shown.answer.plan.measures) == 1 else []
        lines = [*shown.pivot.lines[:30], *([shown.pivot.total] if shown.pivot.total else [])]
        rows += [[line.label, *(cell.text for cell in line.cells)][:9] for line in lines]
        rows = [row[:9] for row in rows]
    return {
        "headline": shown.headline,
        "sub": shown.sub or shown.problem,
        "width": shown.panel.width,
        "svg": standalone(shown.chart, red_up=red_up) if shown.chart else "",
        "rows": rows,
        "kpis": [
            {"label": one.label, "text": one.text, "change": one.change, "up": one.up} for one in shown.kpis
        ],
    }
