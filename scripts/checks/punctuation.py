"""Chinese is written with full-width punctuation: no Chinese character is followed by an ASCII sign.

Read are translations, templates, Markdown without its code, and the plain strings of Python files. Left out
are raw strings, which are patterns, tests, which try what people type, and English that quotes Chinese words.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from scripts.checks.sources import ROOT, report, source_files

_WRONG = re.compile(r"[\u3400-\u9fff][,:;?!()]")
_CHINESE, _LATIN = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]")
_FENCE = re.compile(r"^(```|~~~)")
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+|<[^>]*>")
_TEMPLATE_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def wrong_lines(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Line numbers, and the two characters each, of what has to be full-width; in the order of the lines."""
    for number, line in _prose(path, text):
        for found in _WRONG.finditer(line):
            yield number, found.group()


def _prose(path: Path, text: str) -> Iterator[tuple[int, str]]:
    if path.suffix == ".py":
        yield from _plain_strings(text)
    elif path.suffix == ".md":
        yield from _markdown(text)
    else:
        if path.suffix == ".html":
            text = _TEMPLATE_CODE.sub(lambda code: "\n" * code.group().count("\n"), text)
        yield from enumerate(text.splitlines(), 1)


def _plain_strings(text: str) -> Iterator[tuple[int, str]]:
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = before in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
        is_raw = "r" in token.string.split(token.string[-1:] or " ")[0].lower()
        if token.type == tokenize.STRING and not is_docstring and not is_raw:
            yield token.start[0], token.string
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            before = token.type


def _markdown(text: str) -> Iterator[tuple[int, str]]:
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line.lstrip()):
            in_code = not in_code
        elif not in_code and not line.startswith("    "):
            prose = _CODE.sub("", line)
            if len(_CHINESE.findall(prose)) > len(_LATIN.findall(prose)):
                yield number, prose


def _is_read(path: Path) -> bool:
    return "tests" not in path.parts and not path.name.startswith("test_")


def main() -> int:
    return report(
        [
            f"{path.relative_to(ROOT)}:{number}: {found}"
            for path in source_files(".po", ".html", ".md", ".py")
            if _is_read(path.relative_to(ROOT))
            for number, found in wrong_lines(path, path.read_text())
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
