"""A cell of the table: what it says, and what can be asked of it next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from guanxi.analytics.cube.alarms import alarm_of
from guanxi.analytics.cube.changes import change_url, compared_by, since_words
from guanxi.analytics.cube.fields import icon_of, splits
from guanxi.analytics.cube.pivot import address, change_words, figure_words, narrowed_text, records_at
from guanxi.analytics.semantic.answering import Answer, Key, ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.semantic.dimensions import Dimension
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.filters import All, Not, parse_filter
from guanxi.web.components import Option

MOST_SPLITS = 5


@dataclass(frozen=True, slots=True)
class CellMenu:
    """figure and change are words; `count` of records; each of the others has its label and its address.

    splits   by what the cell can be taken apart, each with the letter that presses it
    keeps    its row alone, its column alone
    without  all but its row, all but its column
    records  the list of the records behind it; "" where no list says it
    since    what changed since then; None where it has no date
    alarm    to be told when it is below or above something
    """

    name: str
    figure: str
    change: str
    up: bool | None
    count: int
    splits: list[tuple[str, Option]]
    keeps: list[Option]
    without: list[Option]
    records: str
    since: Option | None
    alarm: Option


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
    parted = [
        _split(replace(here, rows=(), columns=()), one) for one in splits(answer.plan, depth, across, by)
    ]
    figure = answer.figure(down, over, 0)
    compare = compared_by(answer.plan)
    return CellMenu(
        name=" · ".join(one for one in names if one) or str(obj.plural_label),
        figure=figure_words(figure, measure, "", by.currency),
        change=change,
        up=up,
        count=int(count or 0),
        splits=_lettered(islice(parted, MOST_SPLITS)),
        keeps=[Option("", words, href=_only(cube, text, keep=True)) for words, text in sides],
        without=[Option("", words, href=_only(cube, text, keep=False)) for words, text in sides],
        records="" if cube.history else records_at(obj, cube, behind.filter),
        since=Option("", since_words(compare), href=change_url(cube, row, column, place))
        if compare
        else None,
        alarm=alarm_of(replace(here, rows=(), columns=(), compare="", date=""), figure, measure, by),
    )


def _lettered(options: Iterable[Option]) -> list[tuple[str, Option]]:
    """A letter for each: a date has D, all others the first free one of the field's name."""
    taken, found = set(_LETTERS), []
    for one in options:
        name = ".".join(one.value.partition(":")[0].split(".")[-1:]).upper()
        wanted = f"D{name}" if one.icon == "calendar" else name
        letter = next(
            (sign for sign in wanted if sign.isascii() and sign.isalpha() and sign not in taken), ""
        )
        taken.add(letter)
        found.append((letter, one))
    return found


def _parts(*texts: str) -> list[All]:
    return [All((parse_filter(one),)) for one in texts if one]


def _name(answer: Answer, key: Key, first: int) -> str:
    return " › ".join(answer.label(first + place, value) for place, value in enumerate(key))


def _only(cube: Cube, text: str, *, keep: bool) -> str:
    part = parse_filter(text)
    return address(replace(cube, filter=narrowed_text(cube, [part if keep else Not(part)])))


def _split(bare: Cube, one: Dimension) -> Option:
    return Option(one.text, one.label, icon=icon_of(one), href=address(replace(bare, rows=(one.text,))))


_LETTERS = ("R", "T", "W")  # of the records, of being told, of what changed
