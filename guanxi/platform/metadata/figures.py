"""Where figures come from: the room that computes them says so here, and the API asks.

The two are neighbours that do not know each other; what they agree on is this form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from guanxi.platform.identity.actors import Actor


class Figures(Protocol):
    """What can be asked, with the rights of who asks."""

    def metrics(self, by: Actor) -> list[dict[str, Any]]:
        """The metrics that the actor may measure."""

    def rows(self, asked: Mapping[str, list[str]], by: Actor) -> dict[str, Any]:
        """The figures of a cube. Raises FieldError, FilterSyntaxError, Refused."""

    def file(self, asked: Mapping[str, list[str]], form: str, by: Actor) -> tuple[bytes, str]:
        """The same as a file ("csv" or "parquet") and its media type; for who may export. Raises the same."""


_figures: list[Callable[[], Figures]] = []


def provide_figures(figures: Callable[[], Figures]) -> None:
    """Answer from now on; called when the first figure is asked for."""
    _figures[:] = [figures]


def the_figures() -> Figures | None:
    """Who answers; None where no such room is."""
    return _figures[0]() if _figures else None
