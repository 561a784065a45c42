"""No file names a folder of the machine that it was written on."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.checks.sources import ROOT, report, source_files

# Folders that every machine has; to name them says nothing about this one.
_EVERYWHERE = {Path("/"), Path("/root"), Path("/home"), Path("/tmp"), Path("/srv"), Path("/opt")}


def mentions(text: str, folders: set[Path]) -> list[str]:
    """The folders that a text names."""
    return sorted(str(folder) for folder in folders if f"{folder}/" in text)


def main() -> int:
    folders = {ROOT, ROOT.parent, Path.home()} - _EVERYWHERE
    problems = []
    for path in source_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        problems += [f"{path.relative_to(ROOT)} names {folder}/" for folder in mentions(text, folders)]
    return report(problems)


if __name__ == "__main__":
    sys.exit(main())
