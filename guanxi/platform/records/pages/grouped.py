"""A table in groups: each with its exact count and sums, folded or open, and paged by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from django.http import Http404, HttpResponse
from markupsafe import Markup

from guanxi.platform.i18n.numbers import format_number
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata.fields import Field
from guanxi.platform.records.aggregates import NONE
from guanxi.platform.records.filters import All
from guanxi.platform.records.grouping import GroupHead, Grouping, Groups, grouping_of, groups_of, within
from guanxi.platform.records.listing import ListPage, ListQuery, Row, linked_keys, list_question, read_rows
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.pages.figures import (
    MOST_WORKED_OUT,
    aggregate_words,
    head_words,
    total_words,
)
from guanxi.platform.records.pages.rows import PULSE, at_end, draw_rows, with_pulse
from guanxi.platform.records.questions import ask, together
from guanxi.platform.records.titles import titles_of
from guanxi.web.pages import is_htmx, render_fragment

HEADS = 50  # groups on one page
OPEN = 5  # of which so many are open at first, with so many rows each
FIRST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """The figure of one column, preformatted; `label` says what it is where it is no sum."""

    text: str
    numeric: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group as the table draws it."""

    id: str
    label: str
    tone: str
    count: str
    cells: list[Cell]
    open: bool
    rows: list[Markup]
    more_url: str
    toggle_url: str
    list_url: str


def grouping_asked(asked: Asked) -> Grouping | None:
    """What the table is grouped by; None for one without groups."""
    return grouping_of(asked.obj, asked.arranged) if asked.layout == "table" and asked.arranged else None


def grouped_context(
    asked: Asked, grouping: Grouping, request: MemberRequest, beside: Sequence[str]
) -> dict[str, Any]:
    """The groups of a page with the rows of the open ones; raises FieldError as the list does."""
    by = request.actor
    query = asked.query(beside)
    groups = _groups(asked, query, grouping, by)
    first = request.GET.get("groups", "")
    at = int(first) if first.isdecimal() and len(first) < 5 else 0
    heads = groups.heads[at : at + HEADS]
    named = request.GET.get("open")
    opened = [one for one in heads if one.key == named] if named is not None else heads[:OPEN]
    limit = query.limit if named is not None else FIRST_ROWS
    pages = _pages(query, grouping, groups, opened, limit, by)
    drawn = _drawn(asked, pages, by)
    figures = _figures(asked, query, grouping, groups, heads, by)
    return {
        "groups": [
            _view(asked, grouping, one, one in opened, drawn.get(one.key, []), pages, figures)
            for one in heads
        ],
        "later_url": asked.url(groups=at + HEADS) if len(groups.heads) > at + HEADS else "",
        "group_count": len(groups.heads),
        "cut": groups.cut,
        "grouping": grouping,
    }


def group_piece(
    asked: Asked, grouping: Grouping, request: MemberRequest, beside: Sequence[str], context: dict[str, Any]
) -> HttpResponse:
    """One group, opened or folded; or its next rows, where a cursor says after which."""
    by, key = request.actor, request.GET["in"]
    query = asked.query(beside)
    groups = _groups(asked, query, grouping, by)
    head = next((one for one in groups.heads if one.key == key), None)
    if head is None:
        raise Http404
    is_open = request.GET.get("open") != "0"
    pages = _pages(query, grouping, groups, [head] if is_open else [], query.limit, by)
    rows = _drawn(asked, pages, by).get(key, [])
    figures = _figures(asked, query, grouping, groups, [head], by)
    view = _view(asked, grouping, head, is_open, rows, pages, figures)
    template = "records/group_rows.html" if asked.after else "records/group.html"
    return render_fragment(request, template, {**context, "group": view})


def is_piece(request: MemberRequest) -> bool:
    return is_htmx(request) and "in" in request.GET


def _groups(asked: Asked, query: ListQuery, grouping: Grouping, by: Actor) -> Groups:
    summed = [one.name for one in _summed(asked)]
    return groups_of(query, grouping, by=by, sums=summed)


def _summed(asked: Asked) -> list[Field]:
    """The columns whose sum stands in the heads: those whose sum stands in the foot and is known at once."""
    fields = [asked.obj[name] for name in asked.columns]
    return [one for one in fields if one.adds_up and asked.aggregate_of(one.name) == "sum"]


def _figures(
    asked: Asked, query: ListQuery, grouping: Grouping, groups: Groups, heads: Sequence[GroupHead], by: Actor
) -> Figures:
    """What the heads say: of each column what the foot says of it. Each takes statements of its own where it
    is no sum, so that of very many records folded groups say only theirs when they are opened alone."""
    summed = [one.name for one in _summed(asked)]
    found = {
        one.key: {name: total_words(asked.obj[name], one.figures, by) for name in summed} for one in heads
    }
    kinds = {name: asked.aggregate_of(name) for name in asked.columns if name not in summed}
    chosen = {name: kind for name, kind in kinds.items() if kind != NONE}
    if chosen and (len(heads) == 1 or sum(one.figures.count for one in heads) <= MOST_WORKED_OUT):
        for one in heads:
            found[one.key] |= head_words(within(query, grouping, one.key, groups), chosen, by=by)
    return found


Pages = dict[str, tuple[list[Row], str | None]]
Figures = dict[str, dict[str, str]]  # group → column → words


def _pages(
    query: ListQuery, grouping: Grouping, groups: Groups, opened: Sequence[GroupHead], limit: int, by: Actor
) -> Pages:
    """Rows of the open groups, by one statement."""
    lists = [replace(within(query, grouping, one.key, groups), limit=limit) for one in opened]
    if len(lists) == 1:
        return {opened[0].key: read_rows(lists[0], by=by)}
    (found,) = ask(together([list_question(one, by=by) for one in lists]))
    return {one.key: page for one, page in zip(opened, found, strict=True)}


def _drawn(asked: Asked, pages: Pages, by: Actor) -> dict[str, list[Markup]]:
    """The rows of all groups, drawn at once."""
    rows = [row for found, _after in pages.values() for row in found]
    fields = [asked.obj[name] for name in asked.columns]
    page = ListPage(rows=rows, refs=titles_of(linked_keys(fields, rows), by=by), after=None)
    drawn = iter(draw_rows(asked.obj, page, _shown(asked), by=by, select=_selects(asked, by)))
    return {key: [next(drawn) for _row in found] for key, (found, _after) in pages.items()}


def _shown(asked: Asked) -> list[str]:
    return with_pulse(asked.obj, [name for name in asked.columns if name != asked.obj.title])


def _selects(asked: Asked, by: Actor) -> bool:
    return not asked.extra and by.member_id is not None


def _view(
    asked: Asked,
    grouping: Grouping,
    head: GroupHead,
    is_open: bool,
    rows: list[Markup],
    pages: Pages,
    figures: Figures,
) -> GroupView:
    after = pages[head.key][1] if head.key in pages else None
    words = figures[head.key]
    cells = [
        Cell(words.get(name, ""), name != PULSE and at_end(asked.obj[name]), _kind_words(asked, name, words))
        for name in _shown(asked)
    ]
    inside = within(asked.query(), grouping, head.key) if head.key != "!" else None
    return GroupView(
        id=f"group-{crc32(head.key.encode()):x}",
        label=head.label,
        tone=head.tone,
        count=format_number(head.figures.count),
        cells=cells,
        open=is_open,
        rows=rows,
        more_url=asked.url(**{"in": head.key, "after": after}) if after else "",
        toggle_url=asked.url(**{"in": head.key, "open": "0" if is_open else head.key}),
        list_url=asked.url(filter=_flat(inside), by="") if inside else "",
    )


def _kind_words(asked: Asked, name: str, words: dict[str, str]) -> str:
    """What a figure is; a sum needs no word, it stands under its column."""
    kind = asked.aggregate_of(name) if name in words else "sum"
    return "" if kind == "sum" else aggregate_words(asked.obj[name], kind)


def _flat(query: ListQuery) -> All:
    """The conditions of one group beside those of the list, each a chip of its own."""
    parts = query.filter.parts if isinstance(query.filter, All) else (query.filter,)
    flat = [inner for one in parts for inner in (one.parts if isinstance(one, All) else (one,))]
    return All(tuple(flat))
