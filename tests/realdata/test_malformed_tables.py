"""40 horrors, the spectrum of CSV and a broken export: each is read, or refused with a word why."""

from __future__ import annotations

import gzip
import json
import tarfile
import time
from pathlib import Path

import pytest

from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.reading import open_table
from tests.realdata import SAFELY

REFUSED = {
    "badcolspan.html": "web_page",
    "complex.html": "web_page",
    "html.html": "web_page",
    "invisible_text.html": "web_page",
    "rowcolspan.html": "web_page",
    "encrypted_no_password.xls": "encrypted",
    "libreoffice.xlsx": "empty",
    "simple.unknown": "empty",
    "simple.zip": "archive",
}


@pytest.fixture(scope="session")
def sets(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    for name in ("messytables_horror", "csv_spectrum"):
        with tarfile.open(data / "malformed_tables" / f"{name}.tar.xz") as archive:
            archive.extractall(folder / name, **SAFELY)
    return folder


def test_every_horror_is_read_or_refused_and_none_hangs(sets: Path, tmp_path: Path):
    files = sorted(path for path in (sets / "messytables_horror").rglob("*") if path.is_file())
    assert len(files) == 40
    refused, rows = {}, {}
    for path in files:
        started = time.monotonic()
        try:
            rows[path.name] = open_table(path, workroom=tmp_path).count()
        except UnreadableFile as problem:
            refused[path.name] = problem
        assert time.monotonic() - started < 20, path.name
    assert {name: problem.code for name, problem in refused.items()} == REFUSED
    assert all(problem.reason and problem.remedy for problem in refused.values())
    assert rows["simple.csv"] == rows["simple.xls"] == rows["simple.xlsx"] == rows["simple.ssv"] == 6
    assert (rows["long.csv"], rows["characters.csv"], rows["utf-16le_encoded.csv"]) == (4000, 382, 327)


@pytest.mark.parametrize(
    ("name", "encoding", "first"),
    [
        ("characters.csv", "big5hkscs", "id"),
        ("spanish_chars.csv", "cp1252", "GF_ID"),
        ("utf8bom.csv", "utf-8-sig", "kitten"),
        ("mixedGLB.csv", "utf-8", "Year"),
        ("excel_pasting.csv", "utf-8", "Year"),
    ],
)
def test_traps_of_encodings_and_titles_are_seen_through(sets: Path, tmp_path: Path, name, encoding, first):
    table = open_table(sets / "messytables_horror" / name, workroom=tmp_path)
    assert (table.encoding, table.columns[0]) == (encoding, first)


def test_the_spectrum_of_csv_gives_its_json(sets: Path, tmp_path: Path):
    for path in sorted((sets / "csv_spectrum").rglob("*.csv")):
        if path.stem == "location_coordinates":
            continue  # its JSON is of other data: another phone number
        table = open_table(path, workroom=tmp_path)
        rows = [dict(zip(table.columns, row, strict=True)) for _number, row in table.rows()]
        twin = path.parent.parent / "json" / f"{path.stem}.json"
        assert rows == json.loads(twin.read_text("utf-8")), path.name


def test_rows_that_lie_within_one_cell_are_unpacked(data: Path, tmp_path: Path):
    broken = tmp_path / "leads.csv"
    broken.write_bytes(
        gzip.decompress((data / "malformed_tables" / "x_education_leads_as_found.csv.gz").read_bytes())
    )
    table = open_table(broken, workroom=tmp_path)
    rows = [row for _number, row in table.rows()]
    assert len(rows) == 9240
    assert {len(row) for row in rows} == {37}
    whole = open_table(data / "x_education_leads" / "leads.csv", workroom=tmp_path)
    assert {row[0] for row in rows} == {row[0] for _number, row in whole.rows()}
