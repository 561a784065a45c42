"""Primary keys: 63-bit, ordered by time, made by the application.

    42 bits  milliseconds since 2024-01-01 UTC  (until 2163)
    10 bits  node: the process that made it
    11 bits  counter within the millisecond

Why not UUIDv7 or a database sequence: docs/decisions/0003-keys.md.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import UTC, datetime

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
_NODE_BITS, _COUNTER_BITS = 10, 11
_COUNTER_MAX = (1 << _COUNTER_BITS) - 1

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_node = 0


def _choose_node() -> None:
    """`guanxi serve` numbers its processes by GUANXI_NODE; any other process draws a number."""
    global _node
    given = os.environ.get("GUANXI_NODE")
    _node = (int(given) if given else secrets.randbits(_NODE_BITS)) % (1 << _NODE_BITS)


_choose_node()
os.register_at_fork(after_in_child=_choose_node)


def new_key() -> int:
    """The next key of this process; keys of one process only grow, also when the clock is set back."""
    return new_keys(1)[0]


def new_keys(count: int) -> list[int]:
    """`count` keys in growing order."""
    global _last_ms, _counter
    keys = []
    with _lock:
        now = time.time_ns() // 1_000_000 - EPOCH_MS
        if now > _last_ms:
            _last_ms, _counter = now, 0
        for _ in range(count):
            if _counter > _COUNTER_MAX:
                # The millisecond is full: borrow from the next one instead of waiting for it.
                _last_ms, _counter = _last_ms + 1, 0
            keys.append((_last_ms << (_NODE_BITS + _COUNTER_BITS)) | (_node << _COUNTER_BITS) | _counter)
            _counter += 1
    return keys


def key_time(key: int) -> datetime:
    """When a key was made, to the millisecond, UTC."""
    return datetime.fromtimestamp(((key >> (_NODE_BITS + _COUNTER_BITS)) + EPOCH_MS) / 1000, tz=UTC)
