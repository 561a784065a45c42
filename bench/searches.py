"""The search field as somebody types into it: what the palette is sent, for a whole firm's records."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from bench.making import Bench
from bench.measuring import Result, cpu_of, statements, within
from bench.product import api, browser

LIMIT = 30.0  # milliseconds, the middle of all


def measure(bench: Bench, times: int) -> Iterator[Result]:
    client = browser(bench)
    client.headers |= {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "palette-list"}
    middle = []
    for name, typed in cases(bench):
        ask = partial(client, f"/search/?q={quote(typed)}")
        told = statements(ask)
        middle.append(cpu_of(ask, times))
        yield within(
            "search", name, rows=bench.contacts, ours=middle[-1], limit=None, queries=len(told), note=typed
        )
    yield within(
        "search", "the median of these", rows=bench.contacts, ours=statistics.median(middle), limit=LIMIT
    )


def cases(bench: Bench) -> Iterator[tuple[str, str]]:
    """What people type: beginnings, whole names, both scripts, sounds, slips, numbers and addresses."""
    newest = "/api/v1/contacts?limit=1&sort=-created_at&fields=name,phones,emails"
    one: dict[str, Any] = api(bench).json(newest)["data"][0]
    yield "two letters", "an"
    yield "the beginning of a name", "Samir Ha"
    yield "a whole name", one["name"]
    yield "a name with a slip", "Quentn Hansen"
    yield "two Chinese characters", "王志"
    yield "a Chinese name by its sound", "wangzhihua"
    yield "a Chinese name by its initials", "wzh"
    yield "a firm", "青禾水务"
    yield "a firm in the other script", "青禾水務"
    yield "a phone", one["phones"][0]["number"]
    yield "an email", one["emails"][0]["email"]
    yield "what is not there", "qxzvwk"
