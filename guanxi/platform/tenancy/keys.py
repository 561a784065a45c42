"""Primary keys: 63-bit, ordered by time, made by the application.

    42 bits  milliseconds since 2024-01-01 UTC  (until 2163)
    10 bits  node: the process that made it
    11 bits  counter within the millisecond

Why not UUIDv7 or a database sequence: docs/decisions/0003-keys.md.
"""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
_NODE_BITS, _COUNTER_BITS = 10, 11
_COUNTER_MAX = (1 << _COUNTER_BITS) - 1

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_node: int | None = None
_node_file: int | None = None  # held open: closing it would give the number to another process


def new_key() -> int:
    """The next key of this process; keys of one process only grow, also when the clock is set back."""
    return new_keys(1)[0]


def new_keys(count: int) -> list[int]:
    """`count` keys in growing order."""
    global _last_ms, _counter, _node
    keys = []
    with _lock:
        if _node is None:
            _node = _take_node()
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


def first_key_at(moment: datetime) -> int:
    """The smallest key that can be made at this moment: `id__lt` it means "made before"."""
    return (int(moment.timestamp() * 1000) - EPOCH_MS) << (_NODE_BITS + _COUNTER_BITS)


def _take_node() -> int:
    """A number that no other living process with the same GUANXI_DATA has.

    Each number is a file that its process keeps locked; the kernel frees it however the process ends.
    Machines that share one PostgreSQL but no disk are given ranges by GUANXI_NODES, e.g. "256-511".
    """
    global _node_file
    from django.conf import settings  # not at import time: migrations name this module's functions

    first, last = (int(part) for part in os.environ.get("GUANXI_NODES", "0-1023").split("-"))
    folder = Path(settings.DATA_DIR) / "nodes"
    folder.mkdir(parents=True, exist_ok=True)
    # In random order, so that machines whose ranges nobody has set still seldom meet.
    for number in random.sample(range(first, last + 1), last - first + 1):
        handle = os.open(folder / str(number), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        _node_file = handle
        return number
    raise RuntimeError(f"every node number in {first}-{last} is taken by a running process")


def _forget_node() -> None:
    """A forked child takes a number of its own; its copy of the parent's lock goes."""
    global _lock, _node, _node_file
    _lock, _node = threading.Lock(), None
    if _node_file is not None:
        os.close(_node_file)
        _node_file = None


os.register_at_fork(after_in_child=_forget_node)
