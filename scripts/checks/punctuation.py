"""Chinese is written with full-width punctuation: no Chinese character is followed by an ASCII sign.

Read are translations, templates, what Python files show to people, and Chinese Markdown (*.zh.md) without its
code. Left out are tests, which try what people really type, and English that quotes Chinese words.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.checks.sources import ROOT, report, source_files

_WRONG = re.compile(r"[\u3400-\u9fff][,:;?!()]")
_SAYS = re.compile(r"(.*\.)?(_|L|n?p?gettext(_lazy)?)")
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
        yield from _labels(text)
    elif path.suffix == ".md":
        yield from _markdown(text)
    else:
        if path.suffix == ".html":
            text = _TEMPLATE_CODE.sub(lambda code: "\n" * code.group().count("\n"), text)
        yield from enumerate(text.splitlines(), 1)


def _labels(text: str) -> Iterator[tuple[int, str]]:
    for call in ast.walk(ast.parse(text)):
        if isinstance(call, ast.Call) and _SAYS.fullmatch(ast.unparse(call.func)):
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.lineno, argument.value


def _markdown(text: str) -> Iterator[tuple[int, str]]:
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line.lstrip()):
            in_code = not in_code
        elif not in_code and not line.startswith("    "):
            yield number, _CODE.sub("", line)


def _is_read(path: Path) -> bool:
    return "tests" not in path.parts and (path.suffix != ".md" or ".zh" in path.suffixes)


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
