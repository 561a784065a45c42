"""Which of several hundred addresses a request means, without trying one after the other.

Django matches a path against every pattern until one fits, and the pages of records stand last. Most patterns
can be told apart by their fixed words alone: here they stand in a tree of those words, and only the few that
agree with the path are tried, in the order in which they were declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import Resolver404, ResolverMatch, URLPattern, URLResolver
from django.urls.converters import PathConverter
from django.urls.resolvers import RoutePattern

Address = URLPattern | URLResolver
Place = tuple[int, Address]


@dataclass(slots=True)
class Node:
    """Where a path stands after some of its parts.

    words  the fixed words that may come next; `other` is what comes after any part
    ends   patterns that are complete here; `open` those that may go on in a way of their own
    """

    words: dict[str, Node] = field(default_factory=dict)
    other: Node | None = None
    ends: list[Place] = field(default_factory=list)
    open: list[Place] = field(default_factory=list)

    def put(self, parts: list[str], place: Place, *, goes_on: bool) -> None:
        """Let a pattern with these parts be found: "<" in a part stands for any."""
        if not parts:
            (self.open if goes_on else self.ends).append(place)
            return
        head, *rest = parts
        if "<" not in head:
            following = self.words.setdefault(head, Node())
        else:
            following = self.other = self.other or Node()
        following.put(rest, place, goes_on=goes_on)

    def find(self, parts: list[str], at: int = 0) -> Iterator[Place]:
        """The patterns that may fit, as they come."""
        yield from self.open
        if at == len(parts):
            yield from self.ends
            return
        if (following := self.words.get(parts[at])) is not None:
            yield from following.find(parts, at + 1)
        if self.other is not None:
            yield from self.other.find(parts, at + 1)


class Tree(URLResolver):
    """The patterns as one, which finds the same as Django finds by trying them in turn."""

    def __init__(self, patterns: Iterable[Address]) -> None:
        super().__init__(RoutePattern(""), list(patterns))
        self._root = Node()
        for place in enumerate(_every(self.url_patterns)):
            parts, goes_on = _parts(place[1])
            self._root.put(parts, place, goes_on=goes_on)

    def resolve(self, path: Any) -> ResolverMatch:
        """Raises Resolver404 where nothing fits, with what was tried."""
        path, tried = str(path), []
        for _at, one in sorted(self._root.find(path.split("/")), key=lambda place: place[0]):
            try:
                found = one.resolve(path)
            except Resolver404:
                found = None
            if found is not None:
                if isinstance(one, URLResolver):
                    found.route = f"{one.pattern}{found.route}"  # as Django's own would say
                return found
            tried.append([one])
        raise Resolver404({"tried": tried, "path": path})


def _every(patterns: Iterable[Address]) -> Iterator[Address]:
    """The patterns, in place of an area that adds nothing to them those of the area."""
    for one in patterns:
        if isinstance(one, URLResolver) and not (str(one.pattern) or one.namespace or one.default_kwargs):
            yield from _every(one.url_patterns)
        else:
            yield one


def _parts(address: Address) -> tuple[list[str], bool]:
    """The parts by which a path can be told from others, and whether more may follow them."""
    pattern = address.pattern
    if not isinstance(pattern, RoutePattern):
        return [], True
    parts = str(pattern).split("/")
    if isinstance(address, URLResolver):
        return parts[:-1], True
    if any(isinstance(one, PathConverter) for one in pattern.converters.values()):
        return [], True
    return parts, False
