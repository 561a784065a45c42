"""A list as its address asks for it: view, filter, sort, columns, words; read from it, written into links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.aggregates import (
    NONE,
    aggregates_text,
    known_aggregates,
    read_aggregates,
    usual_aggregate,
)
from guanxi.platform.records.filters import All, Filter, FilterSyntaxError, parse_filter, print_filter
from guanxi.platform.records.filters.words import parts_of
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.saved_views import LAYOUTS, View

LONGEST_SEARCH = 200
SAYS_WHAT = {
    "filter",
    "sort",
    "columns",
    "q",
    "archived",
    "layout",
    "by",
    "aggregates",
}  # who says one of these means all


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks of a list. Whatever it leaves out is the view's.

    layout  "table", "board", "calendar", "gallery" or "map"; `arranged` is its field, as a view keeps it
    aggregates   {column: aggregate} where it is not the usual one
    first   the key of the view with which the list opens when an address asks for none
    error   why the filter makes no sense, in the member's words; the list is then empty
    """

    obj: Object
    view: View
    filter: Filter
    filter_text: str
    sort: str
    columns: tuple[str, ...]
    search: str = ""
    archived: bool = False
    after: str = ""
    peek: str = ""
    path: str = ""
    error: str = ""
    layout: str = "table"
    arranged: str = ""
    aggregates: Mapping[str, str] = field(default_factory=dict)
    first: str = "all"
    extra: tuple[tuple[str, str], ...] = ()  # what every address of this list carries beside

    @property
    def changed(self) -> bool:
        """Whether something differs from the view as it was saved; the plain board is no change of any."""
        plain_board = self.layout == "board" and self.view.saved is None
        return (
            self.filter_text != self.view.filter
            or self.sort != self.view.sort
            or self.columns != self.view.columns
            or (self.layout != self.view.layout and not plain_board)
            or self.arranged != self.view.arranged
            or self.aggregates != self.view.aggregates
        )

    def aggregate_of(self, name: str) -> str:
        """What stands in the foot of a column: one of AGGREGATES, or "none"."""
        return self.aggregates.get(name) or usual_aggregate(self.obj[name])

    def with_aggregate(self, name: str, kind: str) -> str:
        """The address with another aggregate of a column; a second time takes it away."""
        wanted = NONE if self.aggregate_of(name) == kind else kind
        return self.url(aggregates=known_aggregates(self.obj, {**self.aggregates, name: wanted}))

    @property
    def aggregates_text(self) -> str:
        return aggregates_text(self.aggregates)

    def query(self, columns: Iterable[str] = (), **more: Any) -> ListQuery:
        """The engine's query; `columns` are read beside those that are shown."""
        return ListQuery(
            obj=self.obj,
            columns=tuple(dict.fromkeys([self.obj.title, *self.columns, *columns])),
            filter=self.filter,
            sort=self.sort,
            search=self.search,
            archived=self.archived,
            after=self.after or None,
            **more,
        )

    def url(self, **changes: Any) -> str:
        """The address of this list with something else: `filter` (tree or text), `sort`, `columns`, …

        Says only what differs from the view, so that addresses stay short; other names are put behind it.
        """
        if "view" in changes:
            return with_query(self.path, view=changes.pop("view"), **changes)
        names = ("sort", "columns", "search", "archived", "layout", "by", "aggregates")
        known: dict[str, Any] = {name: changes.pop(name) for name in names if name in changes}
        if "filter" in changes:
            tree = changes.pop("filter")
            known["filter_text"] = tree if isinstance(tree, str) else written(tree)
        sort, columns = known.get("sort", self.sort), known.get("columns", self.columns)
        aggregates = known.get("aggregates", self.aggregates)
        query: dict[str, object] = {"view": self.view.key if {self.view.key, self.first} != {"all"} else ""}
        query["archived"] = "1" if known.get("archived", self.archived) else ""
        query["q"] = known.get("search", self.search)
        layout = known.get("layout", self.layout)
        # What a layout is arranged by means nothing in another one.
        arranged = known.get("by", self.arranged if layout == self.layout else "")
        path = self.path_of(layout)
        extra = dict(self.extra) if path == self.path else {}
        said = with_query(path, **query, **extra, **changes)
        # An empty filter is said too where the view has one: it was taken away.
        for name, now, then in (
            ("layout", layout, layout if path == self.board_path else self.view.layout),
            ("by", arranged, self.view.arranged if layout == self.view.layout else ""),
            ("filter", known.get("filter_text", self.filter_text), self.view.filter),
            ("sort", sort, self.view.sort),
            ("columns", ",".join(columns), ",".join(self.view.columns)),
            ("aggregates", aggregates_text(aggregates), aggregates_text(self.view.aggregates)),
        ):
            if now != then:
                said = _append(said, name, now)
        return said

    @property
    def board_path(self) -> str:
        return f"/{self.obj.plural}/board/"

    def path_of(self, layout: str) -> str:
        """Boards stand at an address of their own; every other layout where the list does."""
        return self.board_path if layout == "board" else self.path.removesuffix("board/")

    def without(self, index: int) -> str:
        """The address without one of the filter's parts."""
        parts = parts_of(self.filter)
        return self.url(filter=All(parts[:index] + parts[index + 1 :]))

    def sorted_by(self, name: str) -> str:
        """The address sorted by a column; a second time turns it round."""
        return self.url(sort=f"-{name}" if self.sort == name else name)

    def hidden(self, *left_out: str) -> list[tuple[str, str]]:
        """What a GET form must carry along, as names and values."""
        pairs = QueryDict(self.url().partition("?")[2])
        return [(name, pairs[name]) for name in pairs if name not in left_out]


def read_asked(
    obj: Object, views: Sequence[View], query: QueryDict, *, path: str, by: Actor, first: str = ""
) -> Asked:
    """What the address asks for. Unknown columns and sorts are left out; a bad filter is told in `error`.

    `first` is the key of the view with which the list opens for this member, where one was chosen.
    """
    opens = next((one for one in views if one.key == first), views[0])
    named = query.get("view", "" if SAYS_WHAT & set(query) else opens.key)
    view = next((one for one in views if one.key == named), views[0])
    layout = "board" if path.endswith("/board/") else query.get("layout", view.layout)
    layout = layout if layout in LAYOUTS else "table"
    text = query.get("filter", view.filter).strip()
    tree: Filter = All()
    error = ""
    try:
        tree = parse_filter(text)
        text = written(tree)
    except (FilterSyntaxError, FieldError) as problem:
        error = str(problem)
    return Asked(
        obj=obj,
        view=view,
        filter=tree,
        filter_text=text,
        sort=_known_sort(obj, query.get("sort", "")) or view.sort,
        columns=_known_columns(obj, query.get("columns", "").split(",")) or view.columns,
        search=query.get("q", "").strip()[:LONGEST_SEARCH],
        archived=query.get("archived") == "1",
        after=query.get("after", ""),
        peek=query.get("peek", ""),
        path=path,
        error=error,
        layout=layout,
        arranged=query.get("by", view.arranged if layout == view.layout else ""),
        aggregates=known_aggregates(obj, read_aggregates(query.get("aggregates", "")))
        if "aggregates" in query
        else view.aggregates,
        first=opens.key,
        extra=(("select", "0"),) if query.get("select") == "0" else (),
    )


def written(tree: Filter) -> str:
    """The text of a filter; nothing for one that asks nothing."""
    if isinstance(tree, All) and len(tree.parts) == 1:
        tree = tree.parts[0]
    return "" if tree == All() else print_filter(tree)


def _known_columns(obj: Object, names: Iterable[str]) -> tuple[str, ...]:
    found = dict.fromkeys(name for name in names if name in obj.fields_by_name)
    return tuple(found)


def _known_sort(obj: Object, text: str) -> str:
    names = [name for name in text.split(",") if name]
    known: Mapping[str, Any] = obj.fields_by_name
    good = [name for name in names if name.lstrip("-") in known and known[name.lstrip("-")].sortable]
    return ",".join(good)


def _append(url: str, name: str, value: str) -> str:
    added = with_query("", **{name: value}) or f"?{name}="
    return url + ("&" + added[1:] if "?" in url else added)
