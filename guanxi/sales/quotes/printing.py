"""The sheet as a PDF."""

from __future__ import annotations

from pathlib import Path

from guanxi.platform.files.typesetting import typeset
from guanxi.sales.quotes.models import Quote
from guanxi.sales.quotes.paper import Paper, paper_of

_TEMPLATE = Path(__file__).with_name("quote.typ")


def print_quote(quote: Quote, language: str) -> bytes:
    """A4, in one of paper.LANGUAGES."""
    return print_paper(paper_of(quote, language))


def print_paper(paper: Paper) -> bytes:
    """The PDF."""
    return typeset(_TEMPLATE, paper.as_data())
