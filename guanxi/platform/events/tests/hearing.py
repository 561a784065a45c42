"""Consumers for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from guanxi.platform.events.consuming import CONSUMERS, Handler, consumer
from guanxi.platform.events.models import Fact


@contextmanager
def hearing(name: str, *patterns: str, handle: Handler | None = None, **options) -> Iterator[list[Fact]]:
    """Only this consumer is registered inside; yields the list of what it has heard."""
    heard: list[Fact] = []

    def remember(facts: Sequence[Fact]) -> None:
        if handle is not None:
            handle(facts)
        heard.extend(facts)

    others = dict(CONSUMERS)
    CONSUMERS.clear()
    consumer(name, patterns or ("*",), **options)(remember)
    try:
        yield heard
    finally:
        CONSUMERS.clear()
        CONSUMERS.update(others)
