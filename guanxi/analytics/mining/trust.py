"""How far a finding may be relied on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Trust:
    """`size`: the cases that the finding stands on. `assumes` and `doubts` are names; pages have the words
    for them.

    A doubt named "thin…" says that there are too few cases: show a sentence, not a curve.
    """

    size: int
    assumes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = field(default=())

    @property
    def sound(self) -> bool:
        return not self.doubts

    @property
    def thin(self) -> bool:
        return any(doubt.startswith("thin") for doubt in self.doubts)


def doubts(**found: bool) -> tuple[str, ...]:
    """The names of the doubts that hold: `doubts(thin=n < 30, uneven=…)`."""
    return tuple(name for name, holds in found.items() if holds)
