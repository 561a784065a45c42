"""What a process does when it has loaded everything and begins to answer."""

from __future__ import annotations

import gc

YOUNG = (
    10_000  # containers that are made before the collector looks at them; a page of rows is a few thousand
)


def settle() -> None:
    """Keep what was loaded out of the collector's sight, and let it look after requests, not within them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
