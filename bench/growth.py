"""What a request costs in a hundred times as much data: ours_ms in the large set, bare_ms in the small one.

The two are opened one after the other again and again, so that both meet the same neighbours.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from bench.lists import cases
from bench.measuring import Result, against, elapsed
from bench.product import api
from bench.sets import open_copy

LIMIT = 1.3
ROUNDS = 4


def measure(small: tuple[int, str], large: tuple[int, str], times: int) -> Iterator[Result]:
    """Lines for the sets (size, copy); the database of the large one is open afterwards."""
    told: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    asked = {}
    for size, copy in (small, large):
        # Of its pages by number only the depth differs.
        asked[size] = [
            (name.partition(", page")[0], "page" in name, path) for name, path in cases(open_copy(copy))
        ]
    for _ in range(ROUNDS):
        for size, copy in (small, large):
            client = api(open_copy(copy))
            for name, deep, path in asked[size]:
                found = told[f"{name}, half-way down" if deep else name][size]
                found += _times(partial(client, path), min(times, 3), max(times // ROUNDS, 1))
    every: list[float] = []
    for name, sets in told.items():
        little, much = (min(sets[size]) for size, _copy in (small, large))
        every.append(much / little)
        yield against("growth", f"list {name}", rows=large[0], ours=much, bare=little, limit=LIMIT)
    middle = statistics.median(every)
    yield against(
        "growth", "the median of these", rows=large[0], ours=middle, bare=1.0, limit=LIMIT, unit="times"
    )


def _times(do: Callable[[], object], warm: int, times: int) -> list[float]:
    for _ in range(warm):
        do()
    return [elapsed(do) for _ in range(times)]
