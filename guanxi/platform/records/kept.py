"""How long what was done can be taken back: undo, trash, retyping, merging, handing over: one promise."""

from __future__ import annotations

from datetime import timedelta

KEPT_FOR = timedelta(days=30)
