"""The bench itself, on two hundred contacts: what it measures must go on being there to be measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"name", "rows", "ours_ms", "bare_ms", "ratio", "limit", "holds"}


@pytest.mark.slow
@pytest.mark.one_database
def test_every_family_has_its_lines(tmp_path: Path) -> None:
    lines = tmp_path / "lines.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "bench", "--contacts", "200", "--times", "1", "--rows", "40",
            "--json", str(lines), "--only", "list", "page", "growth", "cpu", "import", "score", "search",
            "depth",
        ],
        env={
            **os.environ, "GUANXI_DATABASE_URL": f"sqlite:///{tmp_path}/home.sqlite3",
            "GUANXI_BENCH_CACHE": str(tmp_path),
        },
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(lines.read_text())
    assert all(one.keys() >= KEYS for one in found)
    assert {one["family"] for one in found} == {
        "list",
        "page",
        "growth",
        "cpu",
        "import",
        "score",
        "search",
        "depth",
    }
    # An import is the difference of two runs, which is noise for so few rows.
    assert all(one["ours_ms"] > 0 for one in found if one["family"] != "import")


def test_the_table_of_the_page_is_made_from_the_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench import report

    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{report.BEGIN}\nyesterday\n{report.END}\nafter\n")
    monkeypatch.setattr(report, "PAGE", page)
    line = {
        "database": "sqlite", "family": "cpu", "name": "board", "rows": 100_000, "ours_ms": 12.0,
        "bare_ms": None, "ratio": None, "limit": 10, "holds": False, "queries": 9, "unit": "ms", "note": "",
    }  # fmt: skip
    lines = tmp_path / "lines.json"
    lines.write_text(json.dumps([line, {**line, "database": "postgresql", "ours_ms": 9.0, "holds": True}]))
    report.document(str(lines))
    text = page.read_text()
    assert "yesterday" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| board | 100,000 | 10 | 12.00 ms |  | NO, 9 queries | 9.00 ms |  | yes |" in text
