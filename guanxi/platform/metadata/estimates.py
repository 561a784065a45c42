"""What rooms estimate of records, for whoever ranks them: told by the room that does, read by Today.

tell_estimates(lambda: [Estimated("lead", "chance", "chance_class", "high", _("…%(chance)d%%"))])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Estimated:
    """A whole number of 0 to 100 that something writes of an object's records.

    tier, alarm  the choice beside it, and its value that asks for somebody; "" where there is none
    why          a sentence with %(chance)d
    warm         the higher, the sooner somebody is worth a call: Today ranks by it in place of the rules
    """

    object: str
    field: str
    tier: str
    alarm: str
    why: str | Promise
    warm: bool


Tell = Callable[[], Iterable[Estimated]]
_tellers: list[Tell] = []


def tell_estimates(tell: Tell) -> Tell:
    """Register who estimates something; asked inside a workspace, often: it answers from memory."""
    _tellers.append(tell)
    return tell


def estimates() -> list[Estimated]:
    """Everything that is estimated in the chosen workspace."""
    return [one for tell in _tellers for one in tell()]
