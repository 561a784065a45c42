"""Sheets set by Typst: a template of a room, and all words as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import manimgx_fonts_cjk
import typst

_lock = Lock()
_compilers: dict[Path, typst.Compiler] = {}


def typeset(template: Path, data: Mapping[str, Any], *, form: str = "pdf") -> bytes:
    """The sheet as "pdf", or its one page as "png"; nothing in the data is read as markup.

    One at a time in a process: the typesetter keeps fonts and what it has set before.
    """
    given = {"data": json.dumps(data, ensure_ascii=False)}
    with _lock:
        compiler = _compiler(template)
        made = (
            compiler.compile(format="png", ppi=160.0, sys_inputs=given)
            if form == "png"
            else compiler.compile(format="pdf", sys_inputs=given)
        )
    assert isinstance(made, bytes)
    return made


def _compiler(template: Path) -> typst.Compiler:
    """Our own fonts only, so that a sheet looks alike on every server."""
    if template not in _compilers:
        fonts = str(Path(manimgx_fonts_cjk.__file__).parent)
        _compilers[template] = typst.Compiler(str(template), font_paths=[fonts], ignore_system_fonts=True)
    return _compilers[template]
