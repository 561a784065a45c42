"""Customers gone silent by their own rhythm, and whether that rule was right in the past."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, pstdev
from typing import Generic, TypeVar

from guanxi.analytics.mining.trust import Trust, doubts

Key = TypeVar("Key", bound=Hashable)
FEWEST, SPREADS, LEAST_WAIT = 30, 2.0, 30


@dataclass(frozen=True)
class Silence:
    """Days since the last time, the mean of the usual ones, and after how many it is too long."""

    since: int
    usual: float
    limit: float

    @property
    def silent(self) -> bool:
        return self.since > self.limit


@dataclass(frozen=True)
class Tried:
    """The rule as it would have judged `days` ago: of those it called silent, and of the others, how many
    did not come back until now."""

    days: int
    called: int
    right: int
    others: int
    left: int


@dataclass(frozen=True)
class Silences(Generic[Key]):
    of: Mapping[Key, Silence]
    tried: Tried
    trust: Trust


def silences(days: Mapping[Key, Sequence[int]], today: int, *, back: int = 120) -> Silences[Key]:
    """From the days (any count of days) on which each came: mean + 2 spreads of their own pauses, at least a
    month, is too long. Who came fewer than three times has no rhythm and is left out."""
    found = {key: one for key, own in days.items() if (one := _silence(own, today)) is not None}
    then = today - back
    known = {key: [day for day in own if day <= then] for key, own in days.items()}
    judged = {key: one for key, own in known.items() if (one := _silence(own, then)) is not None}
    came_back = {key for key in judged if max(days[key]) > then}
    called = [key for key, one in judged.items() if one.silent]
    others = [key for key, one in judged.items() if not one.silent]
    tried = Tried(
        back,
        len(called),
        sum(key not in came_back for key in called),
        len(others),
        sum(key not in came_back for key in others),
    )
    better = bool(called and others) and tried.right / len(called) > tried.left / len(others)
    trust = Trust(
        len(found),
        ("rhythm_goes_on",),
        doubts(thin=len(found) < FEWEST, rule_not_proven=not better or len(called) < 5),
    )
    return Silences(found, tried, trust)


def _silence(own: Sequence[int], today: int) -> Silence | None:
    told = sorted(set(own))
    if len(told) < 3:
        return None
    pauses = [later - earlier for earlier, later in pairwise(told)]
    usual = mean(pauses)
    return Silence(today - told[-1], usual, max(usual + SPREADS * pstdev(pauses), LEAST_WAIT))
