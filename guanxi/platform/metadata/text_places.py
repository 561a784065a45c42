"""Where in a file of shapes something is said, so that whoever wrote it finds what is wrong with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

_FAULT = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.S
)
_KEY = re.compile(r"""\s*(?P<key>[\w-]+|"[^"]*"|'[^']*')\s*[=.]""")


def fault_of(text: str, problem: Exception) -> str:
    """Where a text is no TOML, in words; what the parser says of it follows in its own language."""
    found = _FAULT.fullmatch(str(problem))
    if found is None:
        return _("This is no TOML.")
    last = text.rstrip("\n").split("\n")
    line, column = int(found["line"] or len(last)), int(found["column"] or len(last[-1]) + 1)
    said = _("This is no TOML from line %(line)d, column %(column)d on (%(fault)s).")
    return said % {"line": line, "column": column, "fault": found["what"]}


def placed(text: str, path: Sequence[str], words: str) -> str:
    """Words about a part of a text (`("objects", "machine", "fields", "size")`), with its line and column.

    Where the part itself is not said (a part is missing), the nearest that it would stand in is named.
    """
    for end in range(len(path), 1, -1):
        if place := _place_of(text, path[:end]):
            said = {"line": place[0], "column": place[1], "problem": words}
            return _("Line %(line)d, column %(column)d: %(problem)s") % said
    return words


def _place_of(text: str, path: Sequence[str]) -> tuple[int, int] | None:
    """Line and column, from 1, of the head of a table or of a key; None where neither stands there."""
    wanted, table = list(path), list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("["):
            table = _head(line)
            if table[: len(wanted)] == wanted:
                return number, line.index("[") + 1
        elif table == wanted[:-1] and (found := _KEY.match(line)) and found["key"].strip("\"'") == wanted[-1]:
            return number, found.start("key") + 1
    return None


def _head(line: str) -> list[str]:
    """The parts of the name in the head of a table; none of what only looks like one."""
    try:
        found: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return []
    names = []
    while isinstance(found, dict) and found:
        name, found = next(iter(found.items()))
        names.append(name)
    return names
