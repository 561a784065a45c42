"""What changes about members, teams, roles, invitations and tokens, told to whoever listens.

Facts live in a room above this one, so identity offers a list of hearers instead of stating them itself.
Hearers run in the transaction of the change: they can be sure it happened, and their error undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guanxi.platform.identity.actors import Actor


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    verb     past tense
    changes  field → [old, new]
    about    other records concerned
    """

    object: str  # "workspace", "member", "team", "role", "invitation", "token"
    verb: str
    record_id: int
    title: str
    by: Actor
    changes: Mapping[str, list[Any]] = field(default_factory=dict)
    about: tuple[tuple[str, int], ...] = ()


Hearer = Callable[[Change], None]

_hearers: list[Hearer] = []


def hear(hearer: Hearer) -> Hearer:
    """Have a function called with every Change; the same function is added once. Usable as a decorator."""
    if hearer not in _hearers:
        _hearers.append(hearer)
    return hearer


def tell(change: Change) -> None:
    """Call the hearers. The verbs of this room do, inside their transaction."""
    for hearer in _hearers:
        hearer(change)
