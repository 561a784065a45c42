"""The conditions of a filter as a tree that is changed by links: all of these, any of those, nested.

A place in the tree is named by a path, the numbers of the parts that lead to it: "" is the root, "1.0" the
first part of the second part. The root always asks for all of its parts, as the chips do. `not` belongs to
the group or the condition that it stands before and has no path of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any as Anything

from django.http import QueryDict

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.fields.parts import PLACE_PARTS
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.filters import All, Any, Condition, Filter, Not
from guanxi.platform.records.filters.words import keys_in, words_of
from guanxi.platform.records.pages.asked import Asked
from guanxi.platform.records.titles import Key, Ref, titles_of
from guanxi.web.components import Option

Path = tuple[int, ...]
Change = Callable[[Filter], Filter | None]


@dataclass(frozen=True, slots=True)
class Node:
    """A group or a condition, with the addresses of what its buttons do. `any_of` is None for a condition."""

    path: str
    words: str
    negated: bool
    any_of: bool | None
    parts: list[Node]
    edit_url: str
    remove_url: str
    flip_url: str
    negate_url: str


def tree_of(asked: Asked, *, by: Actor) -> Node:
    """The filter of the list, to be drawn."""
    refs = titles_of(keys_in(asked.filter, asked.obj), by=by)
    return _node(asked, root_of(asked.filter), (), refs)


def root_of(tree: Filter) -> All:
    """The filter as a group of all that must hold."""
    return tree if isinstance(tree, All) else All((tree,))


def read_path(text: str) -> Path | None:
    """ "1.0" → (1, 0); None for what is no path."""
    numbers = text.split(".") if text else []
    if any(not (one.isascii() and one.isdecimal() and len(one) < 4) for one in numbers) or len(numbers) > 12:
        return None
    return tuple(int(one) for one in numbers)


def at(tree: Filter, path: Path) -> Filter | None:
    """What stands there, with the `not` before it."""
    here: Filter = root_of(tree)
    for index in path:
        parts = _parts(here)
        if index >= len(parts):
            return None
        here = parts[index]
    return here


def changed_at(tree: Filter, path: Path, change: Change) -> Filter:
    """The filter with something else at a place; None as the answer of `change` takes it away."""
    found = _changed(root_of(tree), path, change)
    return root_of(found) if found is not None else All()


def put(tree: Filter, path: Path, condition: Condition, how: str) -> Filter:
    """A condition into the tree: in the "place" of another, "into" a group, or "beside" a condition.

    Beside a condition of a group that wants all makes a group that wants any of the two, and vice versa.
    """
    if how == "into":
        return changed_at(tree, path, lambda group: _with(group, condition))
    if how == "beside":
        parent = _bare(at(tree, path[:-1]))
        pair = All if isinstance(parent, Any) else Any
        return changed_at(tree, path, lambda one: pair((one, condition)))
    return changed_at(tree, path, lambda one: Not(condition) if isinstance(one, Not) else condition)


def operated(asked: Asked, query: QueryDict) -> Filter | None:
    """The filter after a button of the tree: `drop`, `flip` or `negate` with a path; None without one."""
    for name, change in (("drop", lambda _one: None), ("flip", _flipped), ("negate", _negated)):
        path = read_path(query.get(name, "")) if name in query else None
        if path is not None and at(asked.filter, path) is not None:
            return changed_at(asked.filter, path, change)
    return None


def fields_beyond(obj: Object, by: Actor) -> list[tuple[str, list[Option]]]:
    """Parts of addresses, and fields of what this object links to: a condition may look one step further."""
    found = []
    for one in obj.fields:
        parts = [part for name in PLACE_PARTS if (part := one.part(name))]
        if parts and one.filterable and not one.hidden:
            found.append((str(one.label), [Option(part.name, str(part.label)) for part in parts]))
    for link in obj.fields:
        if not isinstance(link, Link) or not link.filterable or link.hidden:
            continue
        if link.to in ("member", "team"):
            continue
        if not registry.has(link.to) or not by.may("see", link.to):
            continue
        target = as_seen(registry.get(link.to), by)
        options = [
            Option(f"{link.name}.{one.name}", str(one.label))
            for one in target.fields
            if one.filterable and not one.hidden and one.type != "about"
        ]
        found.append((str(link.label), options))
    return found


def _node(asked: Asked, one: Filter, path: Path, refs: Mapping[Key, Ref]) -> Node:
    bare = _bare(one)
    where = ".".join(str(index) for index in path)
    group = isinstance(bare, All | Any)
    parts = [_node(asked, part, (*path, index), refs) for index, part in enumerate(_parts(bare))]

    def url(**button: Anything) -> str:
        return asked.url(tree="1", **button)

    return Node(
        path=where,
        words=str(words_of(bare, asked.obj, refs)) if isinstance(bare, Condition) else "",
        negated=isinstance(one, Not),
        any_of=isinstance(bare, Any) if group else None,
        parts=parts,
        edit_url="" if group else url(edit=where),
        remove_url=url(drop=where) if path else "",
        flip_url=url(flip=where) if group and len(parts) > 1 else "",
        negate_url=url(negate=where) if path else "",
    )


def _changed(one: Filter, path: Path, change: Change) -> Filter | None:
    if not path:
        return change(one)
    if isinstance(one, Not):
        inner = _changed(one.part, path, change)
        return None if inner is None else Not(inner)
    kept: list[Filter] = []
    for index, part in enumerate(_parts(one)):
        new = _changed(part, path[1:], change) if index == path[0] else part
        if new is None:
            continue
        kept += new.parts if type(new) is type(one) and isinstance(new, All | Any) else (new,)
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else type(one)(tuple(kept))  # type: ignore[call-arg,arg-type]


def _parts(one: Filter | None) -> tuple[Filter, ...]:
    bare = _bare(one)
    return bare.parts if isinstance(bare, All | Any) else ()


def _bare(one: Filter | None) -> Filter | None:
    """Without the `not` before it."""
    return one.part if isinstance(one, Not) else one


def _with(group: Filter, condition: Condition) -> Filter:
    if isinstance(group, Not):
        return Not(_with(group.part, condition))
    if isinstance(group, All | Any):
        return type(group)((*group.parts, condition))
    return All((group, condition))


def _flipped(group: Filter) -> Filter:
    if isinstance(group, Not):
        return Not(_flipped(group.part))
    if isinstance(group, All):
        return Any(group.parts)
    return All(group.parts) if isinstance(group, Any) else group


def _negated(one: Filter) -> Filter:
    return one.part if isinstance(one, Not) else Not(one)
