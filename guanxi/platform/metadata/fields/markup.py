"""HTML as members write it: what is kept of it, and its words."""

from __future__ import annotations

import re
from html import escape, unescape

import nh3

TAGS = frozenset({
    "p", "br", "strong", "b", "em", "i", "u", "s", "a", "ul", "ol", "li", "blockquote", "h2", "h3", "h4",
    "pre", "code", "hr",
})  # fmt: skip
_ATTRIBUTES = {"a": {"href"}}
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_BLOCK = re.compile(
    r"<(?:p|br|li|ul|ol|h[2-4]|hr|pre|blockquote)\b[^>]*>|</(?:p|li|h[2-4]|pre|blockquote)>", re.I
)
_TAG = re.compile(r"<[^>]*>")
_MARKUP = re.compile(r"</?(?:[a-z][a-z0-9]*)\b[^<>]*>|&(?:[a-z]+|#\d+);", re.I)


def cleaned_markup(text: str) -> str:
    """HTML without whatever could act or hide, or plain text as paragraphs; "" where no word is left."""
    if not _MARKUP.search(text):
        text = "".join(f"<p>{_lines(part)}</p>" for part in re.split(r"\n{2,}", text.strip()) if part.strip())
    found = nh3.clean(
        text,
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    ).strip()
    return found if words_of_markup(found) or "<hr" in found else ""


def words_of_markup(markup: str) -> str:
    """The text of cleaned HTML on one line."""
    return " ".join(unescape(_TAG.sub("", _BLOCK.sub(" ", markup))).split())


def _lines(part: str) -> str:
    return "<br>".join(escape(line, quote=False) for line in part.strip().split("\n"))
