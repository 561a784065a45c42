"""How a task wants to be run. Said beside the function, so that it holds under any backend that knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """See `policy`."""

    attempts: int = 3
    timeout: timedelta = timedelta(hours=1)
    unique: bool = False
    atomic: bool = False


DEFAULT = Policy()


def policy(
    *,
    attempts: int = DEFAULT.attempts,
    timeout: timedelta = DEFAULT.timeout,
    unique: bool = False,
    atomic: bool = False,
) -> Callable[[_F], _F]:
    """Say how a task is run; stands below `@task()`.

    attempts  how often it is tried when it raises, with growing pauses; 1 also means: not again after a crash
    timeout   after this long it counts as hung: the job fails and the worker restarts to be rid of it
    unique    while one with the same arguments waits, another is not added; one that runs does not count
    atomic    run it in one transaction together with "done": its effects on the database happen exactly once
    """

    def mark(function: _F) -> _F:
        function.__guanxi_policy__ = Policy(attempts, timeout, unique, atomic)  # type: ignore[attr-defined]
        return function

    return mark


def policy_of(function: Callable[..., Any]) -> Policy:
    found: Policy = getattr(function, "__guanxi_policy__", DEFAULT)
    return found
