"""The scripts say what they do, under Debian's plain shell."""

from __future__ import annotations

import os
import subprocess

import pytest

from scripts.checks.sources import ROOT

SHELL = [
    path
    for path in sorted((ROOT / "scripts").iterdir())
    if path.is_file() and path.read_bytes()[:9] == b"#!/bin/sh"
]


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_help_is_said_and_nothing_else_is_done(path: os.PathLike[str]) -> None:
    answer = subprocess.run(
        ["/bin/sh", path, "--help"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=10
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert f"usage: scripts/{os.path.basename(path)}" in answer.stdout
