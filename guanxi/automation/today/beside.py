"""Pieces that rooms above offer to Today's side column: they register, Today imports nobody.

    register(Piece(name="since", template="collaboration/since.html", context=since_of))

Nouns register theirs in `panels.py`, which is loaded when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from guanxi.platform.identity.requests import MemberRequest


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One section beside the stream, in the order of `order`; drawn with what `context` gives, as `piece`.

    Where it gives None the section is not there.
    """

    name: str
    template: str
    context: Callable[[MemberRequest], Mapping[str, Any] | None]
    order: int = 50


_pieces: dict[str, Piece] = {}


def register(piece: Piece) -> Piece:
    """Offer a piece. Raises ValueError for a name that is taken."""
    if piece.name in _pieces:
        raise ValueError(f"two pieces are called {piece.name}")
    _pieces[piece.name] = piece
    return piece


def pieces_for(request: MemberRequest) -> list[tuple[str, Mapping[str, Any]]]:
    """The templates of what stands beside the stream for this member, with their values."""
    drawn = (
        (one.template, one.context(request)) for one in sorted(_pieces.values(), key=lambda one: one.order)
    )
    return [(template, context) for template, context in drawn if context is not None]
