"""What stands in a form that came too late, in the words of the page it was typed into.

A room that draws forms from declarations offers a reader: address and typed pairs → (label, value) as people
read them, or None for an address that is not its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guanxi.platform.identity.actors import Actor

Typed = Sequence[Sequence[str]]
Reader = Callable[[str, Typed, Actor], list[tuple[str, str]] | None]
_readers: list[Reader] = []


def reads_kept_forms(reader: Reader) -> Reader:
    """Offer a reader; the first that knows the address is taken."""
    _readers.append(reader)
    return reader


def words_of(address: str, typed: Typed, *, by: Actor) -> list[tuple[str, str]]:
    """(label, value) of what a person typed; a form that nobody reads shows its values without names."""
    for reader in _readers:
        found = reader(address, typed, by)
        if found is not None:
            return found
    return [("", value) for _name, value in typed if value and not value.isdecimal()]
