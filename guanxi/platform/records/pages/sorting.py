"""The editor of a list's order: up to three fields, each one way or the other, as one GET form."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from guanxi.platform.records.listing import MOST_SORTS
from guanxi.platform.records.pages.asked import Asked
from guanxi.web.components import Option


@dataclass(frozen=True, slots=True)
class SortKeyForm:
    """One line of the form: `key-1` and `way-1`."""

    number: int
    field: str
    down: bool


@dataclass(frozen=True, slots=True)
class Sorting:
    """The lines, what each may be, and what the order is called on its button."""

    lines: list[SortKeyForm]
    fields: list[Option]
    label: str
    down: bool


def sorting_of(asked: Asked) -> Sorting:
    """How the list is sorted now, with an empty line for each key that may follow."""
    obj = asked.obj
    names = [name for name in asked.sort.split(",") if name][:MOST_SORTS]
    keys = [(name.lstrip("-"), name.startswith("-")) for name in names]
    padded = [*keys, *[("", False)] * (MOST_SORTS - len(keys))]
    fields = [one for one in obj.fields if one.sortable and not one.hidden]
    first = obj.fields_by_name.get(keys[0][0]) if keys else None
    return Sorting(
        lines=[SortKeyForm(at, name, down) for at, (name, down) in enumerate(padded, start=1)],
        fields=[Option(one.name, str(one.label)) for one in fields],
        label=str(first.label) if first else "",
        down=bool(keys and keys[0][1]),
    )


def sort_sent(asked: Asked, query: QueryDict) -> str:
    """The order that the form says; fields that no list is sorted by are left out."""
    known = {one.name for one in asked.obj.fields if one.sortable}
    found: dict[str, str] = {}
    for at in range(1, MOST_SORTS + 1):
        name = query.get(f"key-{at}", "")
        if name in known:
            found.setdefault(name, "-" if query.get(f"way-{at}") == "down" else "")
    return ",".join(f"{way}{name}" for name, way in found.items())
