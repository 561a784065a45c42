"""Where Django keeps the language and the zone of a request, as a plain context variable.

Every label, sentence, date and number asks for them, hundreds of times in a page. Django keeps them in
asgiref's Local, which takes a lock and two objects for each answer; both are the same to whoever asks.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.utils import timezone
from django.utils.translation import trans_real


class Active:
    """`value` as of this thread or task; there is none until it is set, and none after `del`."""

    __slots__ = ("_held",)

    def __init__(self, name: str) -> None:
        self._held: ContextVar[Any] = ContextVar(name)

    @property
    def value(self) -> Any:
        found = self._held.get(_NOTHING)
        if found is _NOTHING:
            raise AttributeError("value")
        return found

    @value.setter
    def value(self, value: Any) -> None:
        self._held.set(value)

    @value.deleter
    def value(self) -> None:
        self._held.set(_NOTHING)


_NOTHING = object()


def keep_plainly() -> None:
    """Put both in the place of Django's; what is active now stays so."""
    modules: tuple[Any, ...] = (trans_real, timezone)
    for module in modules:
        before, kept = module._active, Active(f"guanxi {module.__name__}")
        if hasattr(before, "value"):
            kept.value = before.value
        module._active = kept
