"""Pages of what a worker did: who opens one knows how it ended, and need not be told any more."""

from __future__ import annotations

from collections.abc import Callable

from guanxi.platform.identity.actors import Actor

Hearing = Callable[[str, int, Actor], None]
_hearing: list[Hearing] = []


def hears_opened(hearing: Hearing) -> Hearing:
    """Register who wants to know: a function of what it is ("batch", "import"), its id, and the reader."""
    _hearing.append(hearing)
    return hearing


def tell_opened(name: str, key: int, *, by: Actor) -> None:
    """Somebody looks at how a piece of work has ended."""
    for hearing in _hearing:
        hearing(name, key, by)
