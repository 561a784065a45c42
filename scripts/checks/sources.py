"""The files of the project: what git tracks, and what it would."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def source_files(*suffixes: str) -> Iterator[Path]:
    """Files of the checkout with one of the suffixes, or all of them; ignored ones are left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in sorted(set(filter(None, listed.stdout.split("\0")))):
        path = ROOT / name
        if path.is_file() and (not suffixes or path.suffix in suffixes):
            yield path


def report(problems: list[str]) -> int:
    """Print the problems; the exit code."""
    for problem in problems:
        print(problem)
    return 1 if problems else 0
