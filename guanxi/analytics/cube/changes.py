"""What changed in a cell since then: the same cell a year, a quarter or a month before, and what moved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from django.utils.translation import gettext as _

from guanxi.analytics.cube.charts import short, then_words
from guanxi.analytics.cube.defining import date_of, definition_of, filter_words
from guanxi.analytics.cube.fields import splits
from guanxi.analytics.cube.pivot import (
    CUBE,
    address,
    change_words,
    figure_words,
    narrowed,
    narrowed_text,
    records_at,
)
from guanxi.analytics.insights.studies import Cell, Column, Table
from guanxi.analytics.mining.drivers import Split, contributions, price_volume_mix
from guanxi.analytics.roles import Sale, roles
from guanxi.analytics.semantic.answering import Answer, Figure, Key, Reader, reading_cubes
from guanxi.analytics.semantic.compiling import Plan, plan_of
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.dimensions import Dimension
from guanxi.analytics.semantic.measures import Measure
from guanxi.analytics.warehouse.rights import seen_fields
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.filters import All, parse_filter
from guanxi.web.components import Option

MOST_TABLES, MOST_PARTS, MOST_TRIED = 4, 10, 8
LOOKS = ("yoy", "qoq", "mom", "workdays", "festival")


@dataclass(frozen=True, slots=True)
class Changed:
    """What moved a cell, for its page.

    cube     the address of the cell as a table, compared
    name     which cell: its filter in words
    drivers  volume, value of each, and mix; None where the measure is no sum
    tables   what each part of it did, by one dimension each
    looks    with what else it can be compared
    records  the list of its records; "" where no list says it
    """

    cube: str
    name: str
    headline: str
    detail: str
    stats: list[tuple[str, str, str]]
    drivers: Table | None
    tables: list[Table]
    looks: list[Option]
    definition: list[tuple[str, str]]
    records: str


def compared_by(plan: Plan) -> str:
    """With what a cell of a cube is compared: as the cube is, else with a year before; "" where nothing of it
    has a date."""
    return (plan.cube.compare or "yoy") if _date(plan) else ""


def since_words(compare: str) -> str:
    """The question, for a menu."""
    return {"qoq": _("What changed since a quarter ago"), "mom": _("What changed since a month ago")}.get(
        compare, _("What changed since a year ago")
    )


def change_url(cube: Cube, row: str, column: str, place: int) -> str:
    """Where it is said what changed in a cell; row and column are the filters of its row and its column."""
    return with_query(f"{CUBE}change/", cube=cube.query, row=row, column=column, place=place)


def change_of(cube: Cube, *, row: str, column: str, place: int, by: Actor) -> Changed:
    """All that is asked are cubes: raises FieldError and Refused as they do, FieldError without a date."""
    measures = cube.measures or ("count",)
    one = measures[min(place, len(measures) - 1)]
    plan = plan_of(replace(cube, measures=(one,)), by)
    if not _date(plan):
        raise FieldError("date", _("Choose a date by which it is compared."))
    parts = [All((parse_filter(text),)) for text in (row, column) if text]
    cell = replace(
        cube,
        rows=(),
        columns=(),
        measures=(one,),
        filter=narrowed_text(cube, parts) if parts or cube.filter else "",
        date=_date(plan),
        compare=compared_by(plan),
        show="",
        sort="",
        draw="",
        top=0,
    )
    with reading_cubes(by) as reader:
        return _changed(cell, plan, reader)


def _date(plan: Plan) -> str:
    """What the cube says, what it is grouped by, or the date of its metric."""
    if plan.cube.date:
        return plan.cube.date.partition(":")[0]
    dated = next((".".join(one.path) for one in (*plan.columns, *plan.rows) if one.dated), "")
    return dated or next((date_of(one) for one in plan.measures if date_of(one)), "")


def _changed(cell: Cube, plan: Plan, reader: Reader) -> Changed:
    by, obj = reader.by, registry.get(cell.object)
    answer = reader.ask(cell)
    measure = answer.plan.measures[0]
    now, then = _pair(answer, ())
    parted = list(islice(_parted(cell, measure, plan, reader), MOST_TABLES))
    first = parted[0] if parted else None
    change, up = change_words(answer.change((), (), 0), measure)
    words = filter_words(parse_filter(cell.filter), as_seen(obj, by), by) if cell.filter else ""
    return Changed(
        cube=address(replace(cell, rows=(first.plan.rows[0].text,) if first else ())),
        name=" · ".join(one for one in (str(obj.plural_label), words) if one),
        headline=_headline(measure, now, then, change, up),
        detail=_biggest(first, by) if first and then else "",
        stats=[
            (_("Now"), short(now or 0, measure, by.currency), ""),
            (_("At that time"), short(then or 0, measure, by.currency), then_words(cell.compare)),
            (_("Difference"), _difference(now, then, measure, by), change),
        ],
        drivers=_drivers(first, by) if first and then and len(first.plan.measures) == 2 else None,
        tables=[_table(one, cell, by) for one in parted],
        looks=[
            Option(look, then_words(look), href=change_url(replace(cell, compare=look), "", "", 0))
            for look in LOOKS
        ],
        definition=definition_of(answer, measure, by),
        records="" if cell.history else records_at(obj, cell, cell.filter),
    )


def _parted(cell: Cube, measure: Measure, plan: Plan, reader: Reader) -> Iterator[Answer]:
    """The cell by one dimension each, those that have more than one part."""
    asked = replace(cell, measures=_measured(cell, measure, reader.by))
    if (
        measure.kind == "sum" and measure.only is not None
    ):  # so that what is counted beside is of the same ones
        asked = replace(asked, filter=narrowed_text(cell, [measure.only]))
    for one in islice(_dimensions(plan, cell, reader.by), MOST_TRIED):
        found = reader.ask(replace(asked, rows=(one.text,)))
        if len(_keys(found)) > 1:
            yield found


def _keys(answer: Answer) -> list[Key]:
    """All parts, also those that there are no more."""
    return list(dict.fromkeys(key for key, across in (*answer.figures, *answer.before) if key and not across))


def _pair(answer: Answer, key: Key, index: int = 0) -> tuple[Figure, Figure]:
    """A figure now and then."""
    then = answer.before.get((key, ()))
    return answer.figure(key, (), index), then[index] if then else None


def _dimensions(plan: Plan, cell: Cube, by: Actor) -> Iterator[Dimension]:
    """What is sold first, where the object says so; then as the menu of the cell offers them."""
    product = next(
        (one.lines.product for one in roles(Sale) if one.lines and one.lines.object == cell.object), ""
    )
    offered = list(splits(replace(plan, cube=cell), len(plan.rows), len(plan.columns), by))
    yield from sorted(offered, key=lambda one: one.text != product)


def _measured(cell: Cube, measure: Measure, by: Actor) -> tuple[str, ...]:
    """The measure, and beside a sum what it is the value of: pieces where they are known, else records."""
    if measure.kind != "sum":
        return (measure.text,)
    lines = next((one.lines for one in roles(Sale) if one.lines and one.lines.object == cell.object), None)
    pieces = lines is not None and lines.quantity in seen_fields(registry.get(cell.object), by)
    return (measure.text, f"sum:{lines.quantity}" if lines and pieces else "count")


def _headline(measure: Measure, now: Figure, then: Figure, change: str, up: bool | None) -> str:
    if not then or not change:
        return _("%(measure)s: there is nothing to compare it with") % {"measure": measure.label}
    words = {"measure": measure.label, "share": change}
    if measure.less:
        return _("%(measure)s: %(share)s") % words  # it says more or less itself
    if up is None:
        return _("%(measure)s: as much as then") % words
    return (
        _("%(measure)s: %(share)s more than then") if up else _("%(measure)s: %(share)s less than then")
    ) % words


def _difference(now: Figure, then: Figure, measure: Measure, by: Actor) -> str:
    difference = _exact(now) - _exact(then)
    if measure.shape == "percent":
        return _("%(points)s points") % {"points": figure_words(difference, measure, "", "").rstrip("%")}
    return short(difference, measure, by.currency)


def _exact(figure: Figure) -> Decimal:
    return Decimal(str(figure or 0))


def _hundredths(figure: Figure) -> int:
    return round(_exact(figure) * 100)


def _table(answer: Answer, cell: Cube, by: Actor) -> Table:
    """Each part now and then, what moved most first; its share in the change where parts make the whole."""
    measure, one = answer.plan.measures[0], answer.plan.rows[0]
    pairs = {key: _pair(answer, key) for key in _keys(answer)}
    points = _points(pairs) if measure.adds_up else {}
    ordered = sorted(pairs, key=lambda key: -abs(_exact(pairs[key][0]) - _exact(pairs[key][1])))
    rows = []
    for key in ordered[:MOST_PARTS]:
        now, then = pairs[key]
        change, up = change_words(_growth(now, then), measure)
        difference = _exact(now) - _exact(then)
        cells = [
            Cell(answer.label(0, key[0]), _narrower(answer, cell, key)),
            Cell(short(then or 0, measure, by.currency)),
            Cell(short(now or 0, measure, by.currency), strong=True),
            Cell(_difference(now, then, measure, by), trend=_trend(difference, measure)),
            Cell(change or "–", trend="" if up is None else "up" if up else "down"),
        ]
        rows.append((*cells, Cell(points[key])) if points else tuple(cells))
    columns = [
        Column(one.label),
        Column(_("At that time"), True),
        Column(_("Now"), True),
        Column(_("Difference"), True),
        Column(_("Growth"), True),
        *([Column(_("Points of growth"), True)] if points else []),
    ]
    note = "" if points else _("These parts do not add up to the whole: each stands for itself.")
    return Table(one.label, tuple(columns), tuple(rows), note)


def _trend(difference: Decimal, measure: Measure) -> str:
    """Where less is better a rise has no colour."""
    return "flat" if measure.less or not difference else "up" if difference > 0 else "down"


def _growth(now: Figure, then: Figure) -> float | None:
    return float((_exact(now) - _exact(then)) / abs(_exact(then))) if then else None


def _points(pairs: Mapping[Key, tuple[Figure, Figure]]) -> dict[Key, str]:
    found = contributions(
        {key: _hundredths(then) for key, (_now, then) in pairs.items()},
        {key: _hundredths(now) for key, (now, _then) in pairs.items()},
    )
    return {one.key: "–" if one.points is None else f"{one.points * 100:+.1f}%" for one in found}


def _narrower(answer: Answer, cell: Cube, key: Key) -> str:
    """What changed in one part alone; "" for what no filter names."""
    plan = answer.plan
    if any(one.level in ("weekday", "working", "holiday") for one in plan.rows):
        return ""
    text = narrowed_text(cell, narrowed(plan.rows, key, plan.fiscal))
    return change_url(replace(cell, filter=text), "", "", 0)


def _biggest(answer: Answer, by: Actor) -> str:
    measure = answer.plan.measures[0]
    if not measure.adds_up:
        return ""
    moved: dict[Key, Decimal] = {}
    for key in _keys(answer):
        now, then = _pair(answer, key)
        moved[key] = _exact(now) - _exact(then)
    first = max(moved, key=lambda key: abs(moved[key]))
    if not moved[first]:
        return ""
    words = (
        _("%(name)s moved it most: %(amount)s more.")
        if moved[first] > 0
        else _("%(name)s moved it most: %(amount)s less.")
    )
    amount = short(abs(moved[first]), measure, by.currency)
    return words % {"name": answer.label(0, first[0]), "amount": amount}


def _drivers(answer: Answer, by: Actor) -> Table:
    """Whether it was more of them, or more of each, or others of them."""
    then, now = ({key: _sold(answer, key, side) for key in _keys(answer)} for side in (1, 0))
    split = price_volume_mix(
        {key: pair for key, pair in then.items() if any(pair)},
        {key: pair for key, pair in now.items() if any(pair)},
    )
    measure, counted = answer.plan.measures
    rows = tuple(
        (
            Cell(label),
            Cell(short(Decimal(value) / 100, measure, by.currency), strong=True, trend=_sign(value)),
        )
        for label, value in _parts(split, counted)
    )
    note = _("Mix is what follows from other parts of “%(field)s”: it holds what is new and what is gone.")
    columns = (Column(_("Driver")), Column(_("Difference"), True))
    return Table(_("What moved it"), columns, rows, note % {"field": answer.plan.rows[0].label})


def _sold(answer: Answer, key: Key, side: int) -> tuple[int, int]:
    """How many and how much, in hundredths, now (0) or then (1)."""
    return _hundredths(_pair(answer, key, 1)[side]), _hundredths(_pair(answer, key, 0)[side])


def _parts(split: Split, counted: Measure) -> Iterator[tuple[str, int]]:
    yield _("More or fewer: %(measure)s") % {"measure": counted.label}, split.volume
    yield _("More or less of each"), split.price
    yield _("Mix, new and gone"), split.mix
    yield _("Altogether"), split.change


def _sign(value: int) -> str:
    return "up" if value > 0 else "down" if value < 0 else "flat"
