"""Tests on real data sets, one file for each set. GUANXI_TEST_DATA says where the sets are."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

# Debian 12's Python 3.11.2 has no extraction filters yet; newer ones ask for one.
SAFELY: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}

REPOSITORY = Path(__file__).resolve().parents[2]


def data_set(name: str) -> Path:
    """The folder of a set; the test is skipped where it is missing."""
    folder = Path(os.environ.get("GUANXI_TEST_DATA") or REPOSITORY.parent / "shared" / "data") / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not in {folder.parent}")
    return folder
