"""Tests on real data sets, one file for each set. GUANXI_TEST_DATA says where the sets are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def data_set(name: str) -> Path:
    """The folder of a set; the test is skipped where it is missing."""
    folder = Path(os.environ.get("GUANXI_TEST_DATA") or REPOSITORY.parent / "shared" / "data") / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not in {folder.parent}")
    return folder
