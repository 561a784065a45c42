"""The sheet as a PDF."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock

import manimgx_fonts_cjk
import typst

from guanxi.sales.quotes.models import Quote
from guanxi.sales.quotes.paper import Paper, paper_of

_TEMPLATE = Path(__file__).with_name("quote.typ")
_lock = Lock()
_compiler: typst.Compiler | None = None


def print_quote(quote: Quote, language: str) -> bytes:
    """A4, in one of paper.LANGUAGES."""
    return print_paper(paper_of(quote, language))


def print_paper(paper: Paper) -> bytes:
    """The PDF. One at a time in a process: the typesetter keeps fonts and what it has set before."""
    given = {"data": json.dumps(paper.as_data(), ensure_ascii=False)}
    with _lock:
        made = _the_compiler().compile(format="pdf", sys_inputs=given)
    assert isinstance(made, bytes)
    return made


def _the_compiler() -> typst.Compiler:
    """Our own fonts only, so that a sheet looks alike on every server."""
    global _compiler
    if _compiler is None:
        fonts = str(Path(manimgx_fonts_cjk.__file__).parent)
        _compiler = typst.Compiler(str(_TEMPLATE), font_paths=[fonts], ignore_system_fonts=True)
    return _compiler
