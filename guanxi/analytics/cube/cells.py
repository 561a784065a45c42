"""A cell of the table: what it says, and what can be asked of it next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from guanxi.analytics.cube.fields import icon_of
from guanxi.analytics.cube.pivot import address, change_words, figure_words, finer, narrowed_text, records_at
from guanxi.analytics.semantic.answering import Answer, Key, ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.dimensions import Dimension, dimension, dimensions_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.filters import All, Not, parse_filter
from guanxi.web.components import Option

MOST_SPLITS = 5
_TELLING = ("link", "member", "choice", "team")  # what groups records into few


@dataclass(frozen=True, slots=True)
class CellMenu:
    """figure and change are words; `count` of records; each of the others has its label and its address.

    splits   by what the cell can be taken apart
    keeps    its row alone, its column alone
    without  all but its row, all but its column
    records  the list of the records behind it; "" where no list says it
    """

    name: str
    figure: str
    change: str
    up: bool | None
    count: int
    splits: list[Option]
    keeps: list[Option]
    without: list[Option]
    records: str


def cell_menu(
    cube: Cube, *, row: str, column: str, depth: int, across: int, place: int, by: Actor
) -> CellMenu:
    """row, column: the filters of the cell's row and column; depth, across: how many dimensions each names;
    place: of its measure. Raises FieldError and Refused: what is asked is a cube of its own."""
    measures, parts = cube.measures or ("count",), _parts(row, column)
    here = replace(
        cube,
        measures=(measures[min(place, len(measures) - 1)],),
        filter=narrowed_text(cube, parts),
        show="",
        sort="",
        top=0,
    )
    answer = ask(here, by)
    measure = answer.plan.measures[0]
    behind = replace(here, rows=(), columns=(), measures=("count",), compare="")
    if measure.only is not None and measure.kind not in ("rate", "ratio"):
        behind = replace(behind, filter=narrowed_text(cube, [*parts, measure.only]))
    count = ask(behind, by).figure((), (), 0)
    down = next((one for one in answer.rows if one and len(one) == depth), ())
    over = next((one for one in answer.columns if one and len(one) == across), ())
    change, up = change_words(answer.change(down, over, 0), measure)
    names = [_name(answer, down, 0), _name(answer, over, len(answer.plan.rows))]
    sides = [(words, text) for words, text in zip(names, (row, column), strict=True) if words and text]
    obj = registry.get(cube.object)
    return CellMenu(
        name=" · ".join(one for one in names if one) or str(obj.plural_label),
        figure=figure_words(answer.figure(down, over, 0), measure, "", by.currency),
        change=change,
        up=up,
        count=int(count or 0),
        splits=list(islice(_splits(answer, here, depth, across, by), MOST_SPLITS)),
        keeps=[Option("", words, href=_only(cube, text, keep=True)) for words, text in sides],
        without=[Option("", words, href=_only(cube, text, keep=False)) for words, text in sides],
        records="" if cube.history else records_at(obj, cube, behind.filter),
    )


def _parts(*texts: str) -> list[All]:
    return [All((parse_filter(one),)) for one in texts if one]


def _name(answer: Answer, key: Key, first: int) -> str:
    return " › ".join(answer.label(first + place, value) for place, value in enumerate(key))


def _only(cube: Cube, text: str, *, keep: bool) -> str:
    part = parse_filter(text)
    return address(replace(cube, filter=narrowed_text(cube, [part if keep else Not(part)])))


def _splits(answer: Answer, here: Cube, depth: int, across: int, by: Actor) -> Iterator[Option]:
    """First what it is made of below: a finer level; then what groups records into few."""
    plan, obj = answer.plan, registry.get(here.object)
    named = (*plan.rows[:depth], *plan.columns[:across])
    bare = replace(here, rows=(), columns=())
    for one in named:
        text = finer(plan, one, by)
        if text:
            yield _split(bare, dimension(obj, text, by))
    used = {one.path for one in named}
    others = [one for one in dimensions_of(obj, by) if _tells(one) and one.path not in used]
    for one in sorted(others, key=lambda one: _TELLING.index(one.field.type)):
        yield _split(bare, one)


def _tells(one: Dimension) -> bool:
    return len(one.path) == 1 and one.field.type in _TELLING and one.field.name not in _DULL


def _split(bare: Cube, one: Dimension) -> Option:
    return Option(one.text, one.label, icon=icon_of(one), href=address(replace(bare, rows=(one.text,))))


_DULL = ("created_by", "pool", "pooled_from")
