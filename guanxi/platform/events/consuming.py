"""Who hears which facts. Consumers stand in `consumers.py` of an app or noun and register by `@consumer`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q

from guanxi.platform.events.models import Fact

Handler = Callable[[Sequence[Fact]], None]

CONSUMERS: dict[str, Consumer] = {}


@dataclass(frozen=True, slots=True)
class Consumer:
    """A name with a cursor, and what to do with what it hears; see `consumer` for the fields."""

    name: str
    hears: tuple[str, ...]
    handle: Handler
    starts: Literal["first", "now"] = "first"
    batch: int = 200
    reset: Callable[[], None] | None = None

    def heard(self) -> Q:
        """The facts it hears, as a condition on the log."""
        wanted = Q()
        for pattern in self.hears:
            object_name, _, verb = pattern.partition(".")
            one = Q()
            if object_name != "*":
                one &= Q(object=object_name)
            if verb not in {"*", ""}:
                one &= Q(verb=verb)
            if not one:
                return Q()
            wanted |= one
        return wanted


def consumer(
    name: str,
    hears: Sequence[str],
    *,
    starts: Literal["first", "now"] = "first",
    batch: int = 200,
    reset: Callable[[], None] | None = None,
) -> Callable[[Handler], Handler]:
    """Register a function that is called with facts: of one workspace, in order, `batch` at most.

    name    its cursor's name for ever: under a new name it is a new consumer
    hears   patterns of facts: "deal.won", "contact.*", "*.archived", "*"
    starts  where it begins on its first day: at the "first" fact of the log, or with what happens "now"
    reset   empties what it has built in the chosen workspace, so that it can be rebuilt from the log

    It is called inside the workspace and inside the transaction that moves its cursor: what it does to the
    database happens exactly once. What it does outside (mail, HTTP) belongs into a job that it enqueues.
    A fact that was parked comes after its successors: go by the record as it is now where that matters.
    """
    for pattern in hears:
        if pattern != "*" and pattern.count(".") != 1:
            raise ValueError(f"consumer {name}: {pattern!r} is not object.verb")

    def register(handle: Handler) -> Handler:
        if name in CONSUMERS:
            raise ValueError(f"two consumers are called {name!r}")
        CONSUMERS[name] = Consumer(name, tuple(hears), handle, starts, batch, reset)
        return handle

    return register
