"""The fields of the explorer: what the rail offers, what the wells hold, and steps from cube to cube."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from guanxi.analytics.cube.pivot import finer
from guanxi.analytics.semantic.compiling import Plan
from guanxi.analytics.semantic.cubes import MOST_COLUMNS, MOST_MEASURES, MOST_ROWS, Cube
from guanxi.analytics.semantic.dimensions import LEVELS, TREE, Dimension, dimension, dimensions_of
from guanxi.analytics.semantic.measures import Measure, measures_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters.words import ICONS
from guanxi.web.components import Option

WELLS = {"rows": MOST_ROWS, "columns": MOST_COLUMNS, "measures": MOST_MEASURES}
_GROUPING = ("rows", "columns")
_TELLING = ("link", "member", "choice", "team")  # what groups records into few
_DULL = ("created_by", "pool", "pooled_from")
_SHAPES = {"percent": "percent", "money": "coins"}


@dataclass(frozen=True, slots=True)
class Shelved:
    """A field in the rail.

    text   what names it in a cube
    into   "dimension" or "measure": into which wells it goes
    aside  a word behind it
    taken  whether a well has it
    step   what a press does: puts it where there is room, or takes it out
    """

    text: str
    label: str
    icon: str
    into: str
    aside: str
    taken: bool
    step: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A field in a well; `levels` are the texts of its other levels."""

    text: str
    label: str
    icon: str
    levels: list[Option]


def step(cube: Cube, asked: str, before: str = "") -> Cube:
    """The cube after a step; raises FieldError for one that there is not.

    "rows owner" puts a field into a well and out of any other, `before` another one of it or last; a full
    well gives up its last. "out owner" takes it away, whatever its level.
    """
    well, _space, text = asked.partition(" ")
    if not text or (well != "out" and well not in WELLS):
        raise FieldError("step", _("There is no such step."))
    left = {
        name: tuple(one for one in getattr(cube, name) if not _same(name, one, text, exact=well != "out"))
        for name in WELLS
    }
    if well in WELLS:
        kept = left[well][: WELLS[well] - 1]
        place = kept.index(before) if before in kept else len(kept)
        left[well] = (*kept[:place], text, *kept[place:])
    return replace(
        cube,
        rows=left["rows"],
        columns=left["columns"],
        measures=left["measures"],
        sort=cube.sort if left["measures"] == cube.measures else "",
    )


def rail(obj: Object, cube: Cube, by: Actor) -> list[tuple[str, list[Shelved]]]:
    """The dimensions that the actor may group by: the object's own under "", then those of each link."""
    groups: dict[str, list[Shelved]] = {"": []}
    for one in dimensions_of(obj, by):
        link = one.labels[0] if len(one.path) > 1 else ""
        groups.setdefault(link, []).append(_shelved(one, cube))
    return list(groups.items())


def rail_of_measures(obj: Object, cube: Cube, by: Actor) -> list[tuple[str, list[Shelved]]]:
    """The measures: what is counted and the metrics of the noun under "", then those of each field."""
    groups: dict[str, list[Shelved]] = {"": []}
    for one in measures_of(obj, by):
        named = one.text == "count" or one.text.startswith("metric:")
        group = "" if named or one.field is None else str(one.field.label)
        taken = one.text in cube.measures
        well = "out" if taken else "measures"
        groups.setdefault(group, []).append(
            Shelved(one.text, one.label, _icon(one), "measure", "", taken, f"{well} {one.text}")
        )
    return list(groups.items())


def chips(plan: Plan) -> dict[str, list[Chip]]:
    """What stands in the wells of a cube, in its order."""
    return {
        "rows": [_chip(one) for one in plan.rows],
        "columns": [_chip(one) for one in plan.columns],
        "measures": [Chip(one.text, one.label, _icon(one), []) for one in plan.measures],
    }


def plain_choices(groups: list[tuple[str, list[Shelved]]]) -> Iterator[Option]:
    """The same fields for a select."""
    for group, fields in groups:
        for one in fields:
            yield Option(one.text, one.label, group=group)


def levels_of(one: Dimension) -> dict[str, str]:
    """The levels by which a dimension can be grouped, with their words; none for a plain value."""
    if one.dated:
        return {key: str(words) for key, words in LEVELS.items()}
    return (
        {"": _("Each"), **{key: str(words) for key, words in TREE.items()}}
        if one.field.type == "team"
        else {}
    )


def icon_of(one: Dimension) -> str:
    """What stands at the left of a dimension: a link has the sign of what it leads to."""
    if isinstance(one.field, Link) and registry.has(one.field.to):
        return registry.get(one.field.to).icon
    return "calendar" if one.dated else ICONS.get(one.field.type, "text-cursor-input")


def splits(plan: Plan, depth: int, across: int, by: Actor) -> Iterator[Dimension]:
    """By what a cell is taken apart, named by the first `depth` rows and the first `across` columns.

    First what it is made of below: a finer level; then what groups records into few.
    """
    obj = registry.get(plan.cube.object)
    named = (*plan.rows[:depth], *plan.columns[:across])
    for one in named:
        text = finer(plan, one, by)
        if text:
            yield dimension(obj, text, by)
    used = {one.path for one in named}
    others = [one for one in dimensions_of(obj, by) if _tells(one) and one.path not in used]
    yield from sorted(others, key=lambda one: _TELLING.index(one.field.type))


def _same(well: str, one: str, text: str, *, exact: bool) -> bool:
    if exact or well not in _GROUPING:
        return one == text
    return text in (one, one.partition(":")[0])


def _tells(one: Dimension) -> bool:
    return len(one.path) == 1 and one.field.type in _TELLING and one.field.name not in _DULL


def _shelved(one: Dimension, cube: Cube) -> Shelved:
    name = ".".join(one.path)
    taken = any(_same("rows", each, name, exact=False) for each in (*cube.rows, *cube.columns))
    text = f"{name}:month" if one.dated else name
    levels = len(levels_of(one))
    aside = _("%(count)s levels") % {"count": levels} if levels else ""
    asked = f"out {name}" if taken else f"{_room(one, cube)} {text}"
    return Shelved(text, one.labels[-1], icon_of(one), "dimension", aside, taken, asked)


def _room(one: Dimension, cube: Cube) -> str:
    """Dates go across first, all else down; where a well is full, into the other."""
    first = ("columns", "rows") if one.dated and not cube.columns else _GROUPING
    return next((well for well in first if len(getattr(cube, well)) < WELLS[well]), first[0])


def _chip(one: Dimension) -> Chip:
    name, levels = ".".join(one.path), levels_of(one)
    options = [Option(f"{name}:{key}" if key else name, words) for key, words in levels.items()]
    return Chip(one.text, " › ".join(one.labels), icon_of(one), options)


def _icon(one: Measure) -> str:
    if one.kind in ("count", "distinct"):
        return "hash"
    return _SHAPES.get(one.shape, "sigma")
