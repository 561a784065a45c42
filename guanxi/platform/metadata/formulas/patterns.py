"""Patterns that people write, run by RE2: its time grows with the length of the text and with nothing else.

An engine that goes back and tries again, as Python's does, takes years for some patterns and thirty letters.
What such engines know beyond (looking ahead, what was found before) is refused where it is written.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

MOST_MEMORY = 1 << 20  # bytes of a compiled pattern: (a{1000}){1000} is refused
LONGEST = 200


def wrong_with(pattern: str) -> str:
    """Why a text is no pattern, as its engine says it; "" where it is one."""
    if len(pattern) > LONGEST:
        return f"> {LONGEST}"
    try:
        _compiled(pattern)
    except re2.error as problem:
        said = problem.args[0] if problem.args else ""
        return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return ""


def matches(text: str, pattern: str) -> bool:
    """Whether the whole of a text is as the pattern says; False for what is no pattern."""
    try:
        return _compiled(pattern).fullmatch(text) is not None
    except re2.error:
        return False


@lru_cache(maxsize=500)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    return re2.compile(pattern, options=options)
