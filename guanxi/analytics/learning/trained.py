"""What a training hands over, and what a model says of one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from guanxi.analytics.mining.trust import Trust


@dataclass(frozen=True)
class Trained:
    """A version in the making; the fields mean what they mean in `ModelVersion`."""

    recipe: dict[str, Any]
    features: list[str]
    figures: dict[str, Any]
    trust: Trust
    events: int = 0
    leaks: list[dict[str, Any]] = field(default_factory=list)
    marks: tuple[int, int] | None = None


@dataclass(frozen=True)
class Thin:
    """Too little to learn from: how many cases there are of the rarer kind, and how many it takes."""

    size: int
    events: int
    needed: int


@dataclass(frozen=True)
class Said:
    """What is to stand in a record's fields, and why; `value` None empties them."""

    record_id: int
    value: Any
    tier: str
    reasons: list[Any]
